// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/protocol/command.h"
#include "core/protocol/option.h"
#include "core/protocol/packet.h"
#include "core/result.h"
#include "test/bench/endpoint.h"

namespace milter_manager::bench {

// What the milter does. Replies are encoded once.
struct Conduct {
  protocol::Option wanted{protocol::kMaxVersion, protocol::action::kAll, 0};  // as far as it is offered
  std::map<protocol::CommandKind, std::string>
      replies;                             // of other stages: continue; of the end of message: accept
  std::string edits;                       // before the reply to the end of message
  std::chrono::duration<double> delay{0};  // before each reply; nothing else is answered meanwhile
};

// "accept", "continue", "discard", "reject", "skip", "temporary-failure", or a reply code ("550 5.7.1 no"), encoded.
Result<std::string> encode_reply(std::string_view text);

// A milter that costs as little as one can: one thread, epoll, nothing is decoded but the negotiation.
class Milter {
 public:
  struct Counters {
    std::uint64_t connections = 0, messages = 0, packets = 0, bytes = 0, aborts = 0, quits = 0,
                  protocol_errors = 0;
    std::uint64_t most_open = 0;
  };

  explicit Milter(Conduct conduct);
  ~Milter();
  Milter(const Milter&) = delete;
  Milter& operator=(const Milter&) = delete;

  // Takes connections of one more listening socket, which it closes at its end.
  void add_listener(int socket);
  // Serves until SIGTERM or SIGINT, which it blocks otherwise.
  void run();

  const Counters& counters() const { return counters_; }

 private:
  struct Connection;

  void watch(int socket, int operation, bool writing);
  bool is_listener(int socket) const;
  void accept_from(int listener);
  void serve(int socket, std::uint32_t events);
  bool receive(Connection& connection);
  bool take(Connection& connection, protocol::Packet packet);
  bool negotiate(Connection& connection, protocol::Packet packet);
  bool flush(Connection& connection);
  void drop(int socket);

  const Conduct conduct_;
  const std::string continue_, accept_;
  int epoll_;
  int signals_;
  std::vector<int> listeners_;
  std::vector<char> buffer_;
  std::unordered_map<int, std::unique_ptr<Connection>> connections_;
  Counters counters_;
};

}  // namespace milter_manager::bench
