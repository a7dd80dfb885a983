// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace milter_manager::statistics {

// How far a session or a milter came, in the protocol's order.
enum class State : std::uint8_t {
  invalid,
  start,
  define_macro,
  negotiate,
  connect,
  helo,
  envelope_from,
  envelope_recipient,
  data,
  unknown,
  header,
  end_of_header,
  body,
  end_of_message,
  quit,
  abort,
};

// What was answered. `pass` stands for "continue" and for "nothing was said".
enum class Status : std::uint8_t {
  pass,
  accept,
  reject,
  discard,
  temporary_failure,
  skip,
  progress,
  abort,
  quarantine,
  stop,
  error,
};

// How a milter's answer came about, and what became of it.
enum class Cause : std::uint8_t {
  answer,     // the milter's own
  fallback,   // it failed; the status is its fallback's
  condition,  // an applicable condition stopped it
  overruled,  // it answered, but another milter's verdict counted, or its own circuit breaker's
  cut,        // another milter's verdict ended the message before it answered finally
};

enum class Group : std::uint8_t { enforced, evaluated };

// The words of the log lines: "envelope-from", "temporary-failure".
std::string_view word(State state);
std::string_view word(Status status);
std::string_view word(Cause cause);
std::string_view word(Group group);
// The other way round; also for the words "default", "not-change" and "continue", which are `pass`.
std::optional<State> parse_state(std::string_view text);
std::optional<Status> parse_status(std::string_view text);
std::optional<Cause> parse_cause(std::string_view text);
std::optional<Group> parse_group(std::string_view text);

}  // namespace milter_manager::statistics
