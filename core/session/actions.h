// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string_view>

#include "core/message/body_store.h"
#include "core/protocol/command.h"
#include "core/session/settings.h"
#include "core/statistics/event.h"

namespace milter_manager::session {

using Time = std::chrono::steady_clock::time_point;

// The world's time; a simulation has its own.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time now() const = 0;
  virtual double unix_time() const = 0;  // seconds since 1970
};

// Tags number sessions and milter connections: "(17)" in log lines. Never 0.
class TagSource {
 public:
  virtual ~TagSource() = default;
  virtual std::uint32_t next_tag() = 0;
};

enum class Severity : std::uint8_t { error, warning, message, info, debug };

// A condition is to be asked whether `child` is to be left out from `stage` on. `command` is what the MTA sent
// for the stage; its views live until ask_condition() returns.
struct ConditionRequest {
  std::uint32_t id = 0;
  int child = 0;
  Stage stage = Stage::connect;
  const protocol::Command* command = nullptr;
  // The MTA itself has refused the recipient: for conditions that ask for such recipients only.
  bool refused_recipient = false;
};

// What a session wants done, in the order in which it says so. Implemented by core/proxy on libuv, and by tests.
// No call may call back into the session. Bytes and events are views that live until the call returns.
class Actions {
 public:
  virtual ~Actions() = default;

  virtual void send_to_mta(std::string_view bytes) = 0;
  // What was sent is still to be delivered; nothing more is read. The session is over: Session::finished().
  virtual void close_mta() = 0;

  // Connect to the child. Answered by child_connected() or child_failed(), never from within this call.
  virtual void open_child(int child) = 0;
  virtual void send_to_child(int child, std::string_view bytes) = 0;
  // What was sent is still to be delivered; nothing more of this connection reaches the session. open_child() may
  // follow for a new one.
  virtual void close_child(int child) = 0;

  // Answered by condition_answered(); a late answer does no harm.
  virtual void ask_condition(const ConditionRequest& request) = 0;

  virtual std::unique_ptr<message::BodyStore> create_body_store() = 0;

  virtual void report(const statistics::Event& event) = 0;
  // For [milter][load]: whether a command of ours waits for an answer of this child.
  virtual void child_busy(int child, bool busy) = 0;
  // For [milter][load]: the child failed (it could not be reached, closed, sent nonsense, or timed out).
  virtual void child_error(int child, bool timed_out) = 0;
  // For metrics, before the child_error() of it: the child's own time was not over, but the MTA can wait no longer
  // (Settings::reply_deadline).
  virtual void reply_deadline_hit(int child) { static_cast<void>(child); }
  virtual void log(Severity severity, std::string_view text) = 0;
};

}  // namespace milter_manager::session
