// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "core/net/descriptor.h"

// A name server on the loopback address, on a thread of its own. Names that it was told nothing of do not exist.
class NameServer {
 public:
  enum class Kind { addresses, name, nothing, server_failure, garbage, cut, silence };
  struct Behaviour {
    Kind kind = Kind::addresses;
    std::vector<std::string> texts;  // addresses; or the name of a PTR record
    std::chrono::milliseconds delay{0};
  };

  explicit NameServer(std::map<std::string, Behaviour> names);
  ~NameServer();
  NameServer(const NameServer&) = delete;
  NameServer& operator=(const NameServer&) = delete;

  // "127.0.0.1:40123"
  std::string address() const;
  // Names in the order in which they were asked for.
  std::vector<std::string> asked() const;

 private:
  void serve();
  std::string reply_to(std::string_view question, Behaviour& behaviour);

  milter_manager::net::Descriptor socket_;
  std::uint16_t port_ = 0;
  const std::map<std::string, Behaviour> names_;
  mutable std::mutex lock_;
  std::vector<std::string> asked_;
  std::thread thread_;
};
