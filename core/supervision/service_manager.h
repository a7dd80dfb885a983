// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "core/net/descriptor.h"

namespace milter_manager::supervision {

// systemd, where it has started us; every call does nothing where nobody listens, or where the program was built without it. What is
// told is a datagram: nobody waits for it.
//
// Source: sd_notify(3), sd_listen_fds(3), sd_watchdog_enabled(3).
class ServiceManager {
 public:
  // The sockets that it has opened for us (Accept=no), from LISTEN_FDS, close-on-exec; and forgets the variables, so that
  // nobody whom we start takes them for his. Once, at the start. Those that are no listening sockets of streams are closed.
  static std::vector<net::Descriptor> take_sockets();

  // The service serves; and, after a reload began, again.
  void ready(const std::string& status);
  void reloading();
  // It may take that long.
  void stopping(std::chrono::duration<double> limit);
  void status(const std::string& status);
  // "I am alive", at least this often; nullopt: nobody wants to know.
  std::optional<std::chrono::duration<double>> watchdog_interval() const;
  void alive();

 private:
  void notify(const std::string& state) const;
};

}  // namespace milter_manager::supervision
