// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/protocol/packet.h"
#include "test/bench/dialogue.h"
#include "test/bench/endpoint.h"
#include "test/bench/tally.h"

namespace milter_manager::bench {

// How a run goes.
struct Plan {
  std::size_t connections = 1;                // kept busy at once
  Clock::duration duration{};                 // until no new session begins
  std::uint64_t sessions = 0;                 // or after so many; 0: by time alone
  std::uint64_t messages = 1;                 // a connection
  Clock::duration timeout{};                  // for one reply
  std::optional<protocol::CommandKind> hold;  // connections go as far as this and stay until the time is up
};

// Many MTAs in one thread: each connection slot runs one Dialogue after another over epoll.
class Client {
 public:
  // All must outlive the client.
  Client(const Plan& plan, const Script& script, const Endpoint& endpoint, Tally& tally);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Returns when the last session has ended, with the time that it took. A peer that fails a thousand times on end
  // is given up.
  Clock::duration run();

 private:
  struct Slot;

  bool may_begin() const;
  void open(Slot& slot);
  void connected(Slot& slot);
  void end(Slot& slot);
  void fail(Slot& slot, std::string_view why);
  void serve(Slot& slot, std::uint32_t events);
  bool receive(Slot& slot);
  void react(Slot& slot);
  void flush(Slot& slot);
  void watch(Slot& slot, int operation, bool writing);
  void look_at_clock();

  const Plan& plan_;
  const Script& script_;
  const Endpoint& endpoint_;
  Tally& tally_;
  int epoll_;
  std::vector<std::unique_ptr<Slot>> slots_;
  std::vector<char> buffer_;
  Clock::time_point begin_, now_;
  std::uint64_t begun_ = 0;
  std::size_t active_ = 0;
  int failures_on_end_ = 0;
};

}  // namespace milter_manager::bench
