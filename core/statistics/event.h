// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "core/statistics/vocabulary.h"

namespace milter_manager::statistics {

// Facts that the proxy reports: the text behind "[statistics] " in a log line. All times are seconds.
// All strings are views. share/doc/statistics.md is the manual of the lines.

// [session][end][STATE][STATUS][ELAPSED](TAG)
struct SessionEnd {
  State state = State::start;
  Status status = Status::pass;
  double elapsed = 0;  // written with 6 significant digits
  std::uint32_t tag = 0;
  bool operator==(const SessionEnd&) const = default;
};
// [milter][end][STATE][STATUS][ELAPSED](TAG): NAME
struct MilterEnd {
  State state = State::start;
  Status status = Status::pass;
  double elapsed = 0;  // waited for this milter, of the whole connection; may be negative in old logs
  std::uint32_t tag = 0;
  std::string_view name;
  bool operator==(const MilterEnd&) const = default;
};
// [milter][header][add](TAG): <NAME>=<VALUE>: MILTER, for added, inserted and changed headers.
struct MilterHeaderAdd {
  std::uint32_t tag = 0;
  std::string_view header;
  std::string_view value;
  std::string_view milter;
  bool truncated = false;  // the producer has cut the value: written as "\~" at its end
  bool operator==(const MilterHeaderAdd&) const = default;
};
// [session][header][add](TAG): <NAME>=<VALUE>, for headers sent to the MTA.
struct SessionHeaderAdd {
  std::uint32_t tag = 0;
  std::string_view header;
  std::string_view value;
  bool truncated = false;
  bool operator==(const SessionHeaderAdd&) const = default;
};
// [session][disconnected][ELAPSED](TAG)
struct SessionDisconnected {
  double elapsed = 0;
  std::uint32_t tag = 0;
  bool operator==(const SessionDisconnected&) const = default;
};
// [reply][end-of-message][quarantine](TAG)
struct Quarantined {
  std::uint32_t tag = 0;
  bool operator==(const Quarantined&) const = default;
};
// [sessions][finished] TOTAL(+NEW) PROCESSING
struct SessionsFinished {
  std::uint64_t total = 0;
  std::uint64_t added = 0;
  std::uint64_t processing = 0;
  bool operator==(const SessionsFinished&) const = default;
};
// [maintain][memory] (NKB) REST
struct MaintainMemory {
  std::uint64_t kilobytes = 0;
  std::string_view rest;  // "total:6979 Proc:44 GLib::Object:18"
  bool operator==(const MaintainMemory&) const = default;
};
// Lines of old versions. [session][start](TAG), [milter][start](TAG): NAME
struct SessionStart {
  std::uint32_t tag = 0;
  bool operator==(const SessionStart&) const = default;
};
struct MilterStart {
  std::uint32_t tag = 0;
  std::string_view name;
  bool operator==(const MilterStart&) const = default;
};
// [session][end][ELAPSED](TAG) and [milter][end][ELAPSED](TAG): NAME, without state and status.
struct OldSessionEnd {
  double elapsed = 0;
  std::uint32_t tag = 0;
  bool operator==(const OldSessionEnd&) const = default;
};
struct OldMilterEnd {
  double elapsed = 0;
  std::uint32_t tag = 0;
  std::string_view name;
  bool operator==(const OldMilterEnd&) const = default;
};
// [reply][STATE][STATUS] and [abort][STATE], without a tag. `is_continue`: the word was "continue".
struct OldReply {
  State state = State::start;
  Status status = Status::pass;
  bool is_continue = false;
  bool operator==(const OldReply&) const = default;
};
struct OldAbort {
  State state = State::start;
  bool operator==(const OldAbort&) const = default;
};

// [message][end][STATE][STATUS][ELAPSED][BYTES][RECIPIENTS][REFUSED](SESSION.N): QUEUEID
struct MessageEnd {
  State state = State::start;
  Status status = Status::pass;
  double elapsed = 0;  // this and all below: 6 decimals
  std::uint64_t bytes = 0;
  std::uint64_t recipients = 0;
  std::uint64_t refused = 0;
  std::uint32_t session = 0;
  std::uint32_t number = 0;
  std::string_view queue_id;  // "" is written as "-"
  bool operator==(const MessageEnd&) const = default;
};
// [milter][message][STATE][STATUS][GROUP][CAUSE][RECIPIENTS][REJECTED][DEFERRED][WAITED][FINAL-WAITED][EPOCH]
// (SESSION.N.CHILD): QUEUEID: CONDITION: NAME
struct MilterMessage {
  State state = State::start;
  Status status = Status::pass;
  Group group = Group::enforced;
  Cause cause = Cause::answer;
  std::uint64_t recipients = 0;
  std::uint64_t rejected = 0;
  std::uint64_t deferred = 0;
  double waited = 0;
  double final_waited = 0;
  std::optional<double> epoch;  // Unix time when it answered; none is written as "-"
  std::uint32_t session = 0;
  std::uint32_t number = 0;
  std::uint32_t child = 0;
  std::string_view queue_id;
  std::string_view condition;
  std::string_view name;
  bool operator==(const MilterMessage&) const = default;
};
// [milter][load][SPAN][EPOCH][OPEN][BUSY][BUSY-MEAN][BUSY-MAX][P50][P95][P99][MESSAGES][ERRORS][TIMEOUTS]: NAME
struct MilterLoad {
  double span = 0;
  double epoch = 0;
  std::uint64_t open = 0;
  std::uint64_t busy = 0;
  double busy_mean = 0;
  std::uint64_t busy_max = 0;
  std::optional<double> p50, p95, p99;  // none where there was no message: "-"
  std::uint64_t messages = 0;
  std::uint64_t errors = 0;
  std::uint64_t timeouts = 0;
  std::string_view name;
  bool operator==(const MilterLoad&) const = default;
};
// [heartbeat][SPAN][EPOCH][LINES][SESSIONS][OPEN][CHILDREN][DROPPED]
struct Heartbeat {
  double span = 0;
  double epoch = 0;
  std::uint64_t lines = 0;
  std::uint64_t sessions = 0;
  std::uint64_t open = 0;
  std::uint64_t children = 0;
  std::uint64_t dropped = 0;
  bool operator==(const Heartbeat&) const = default;
};

using Event =
    std::variant<SessionEnd, MilterEnd, MilterHeaderAdd, SessionHeaderAdd, SessionDisconnected, Quarantined,
                 SessionsFinished, MaintainMemory, SessionStart, MilterStart, OldSessionEnd, OldMilterEnd,
                 OldReply, OldAbort, MessageEnd, MilterMessage, MilterLoad, Heartbeat>;

// Whether "\xHH" in a line is an escape. The original's lines may hold a literal "\x41"; ours never do.
// A reader of logs undoes escapes only for a (host, pid) that has written a heartbeat.
enum class Escapes { literal, undone };

// Reads one event.
//
//   std::string scratch;
//   auto event = parse("[milter][end][connect][stop][0.00118](7): milter-greylist", Escapes::undone, scratch);
//   std::get<MilterEnd>(*event).status == Status::stop
//
// parse(format(e), Escapes::undone, …) == e holds for every event, whatever bytes its strings hold, with times
// rounded as they are written (one that is no finite number: as 0). The views point into `text` or, where an escape
// was undone, into `scratch` (which is overwritten); both must outlive the event. No value for a text that is no
// event of ours: unknown tags are no error, since other versions write events that we don't know.
// With Escapes::literal the last mark that can end a header's value ends it: raw values may hold such marks.
// Cost: one pass; no allocation but for scratch's growth.
std::optional<Event> parse(std::string_view text, Escapes escapes, std::string& scratch);

// Appends the event's text to `out`. Bytes below 0x20, 0x7f and "\" everywhere, "]" in brackets, ")" in
// parentheses, ">" between "<>", "#" before three digits, and ":" in queue ids and conditions are written as
// \xHH, so that one event is one line that survives rsyslog. Other bytes stay raw, valid UTF-8 or not.
void format(const Event& event, std::string& out);

// For producers: a header's value made fit for an event: unfolded (line breaks with the white space behind them
// become one blank) and cut so that it is at most 2 KiB after escaping. Overwrites `out`; `value` is not in it.
// Returns whether it was cut.
bool prepare_value(std::string_view value, std::string& out);
// A milter's or header's name cut to 255 bytes, never inside a UTF-8 character.
std::string_view prepare_name(std::string_view name);

}  // namespace milter_manager::statistics
