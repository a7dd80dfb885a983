// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/maillog/record.h"
#include "core/maillog/report_rules.h"
#include "core/maillog/stream.h"
#include "core/result.h"
#include "milter-report/model/mta_line.h"

namespace milter_manager::report {

// What one milter made of one message: a [milter][message] line, and what its header lines told before.
struct ChildVerdict {
  std::uint32_t milter = 0;  // index into Mails::milters(); kMaximumMilters for names beyond
  std::string_view name;     // as in the log: untrusted
  statistics::State state = statistics::State::start;
  statistics::Status status = statistics::Status::pass;
  statistics::Group group = statistics::Group::enforced;
  statistics::Cause cause = statistics::Cause::answer;
  std::uint32_t recipients = 0;
  std::uint32_t rejected = 0;  // of these
  std::uint32_t deferred = 0;
  std::uint32_t child = 0;      // the tag
  double waited = 0;            // seconds
  double final_waited = 0;      // of these, in the step in which it answered
  std::optional<double> epoch;  // Unix time when it answered: it was busy from epoch - final_waited to epoch
  std::string_view condition;   // that stopped it; "" for none
  std::vector<std::uint16_t>
      report_keys;  // what its headers say: indices into ReportRules::keys(), each once
  std::optional<std::uint32_t> greylist_delay;  // seconds, from its X-Greylist

  // What became of the mail by this milter.
  bool applied() const {
    return group == statistics::Group::enforced &&
           (cause == statistics::Cause::answer || cause == statistics::Cause::fallback);
  }
};

// What the MTA's own lines tell of a message, joined by its queue id. Strings are untrusted.
struct MtaMail {
  std::string client_name;            // "unknown" where the MTA found none
  std::string client_address;         // "" where no line told it
  std::optional<std::string> sender;  // the envelope's; "" is the null sender; none: no line told it
  std::string message_id;             // without "<>"
};

// One message: its children's lines, its [message][end] line and, where asked for, the MTA's. Views and pointers are
// valid during the call.
struct Message {
  double time = 0;  // Unix seconds of its [message][end] line
  std::string_view host;
  std::uint32_t pid = 0;
  std::uint32_t session = 0;
  std::uint32_t number = 0;  // of the session's messages: 1, 2, …
  statistics::State state = statistics::State::start;
  statistics::Status status = statistics::Status::pass;
  double elapsed = 0;
  std::uint64_t bytes = 0;
  std::uint64_t recipients = 0;
  std::uint64_t refused = 0;
  std::string_view queue_id;               // "" where the MTA gave none: then nothing can be joined
  std::span<const ChildVerdict> children;  // in the order of the log, which is that of the configuration
  const MtaMail* mta = nullptr;  // none: not asked for, no queue id, or the log has no line of the MTA for it
};

// Who wants to hear of mails. One pass of read_mails() tells all its visitors. What a visitor keeps is its own affair:
// counts, and not mails, if memory is not to grow with the log.
class MailVisitor {
 public:
  // What costs time only where somebody asks for it.
  struct Wants {
    bool mta = false;     // Message::mta, and mta_line()
    bool lines = false;   // mta_line() alone: nothing is joined
    bool others = false;  // other_line()
  };
  virtual ~MailVisitor() = default;
  virtual Wants wants() const { return {}; }

  // Every event of the manager in the period, in the order of the log, also those that message() tells of. `time` is Unix seconds.
  virtual void event(const maillog::Record&) {}
  // What a milter's header of the period says: the event behind it is a MilterHeaderAdd or, for headers sent to the MTA, a
  // SessionHeaderAdd. Only headers that say anything by LogSelection::rules.
  virtual void header(const maillog::Record&, std::span<const maillog::ReportHit>) {}
  // Every message that ended in the period. In the order of the log; with Wants::mta up to a minute of the log later, since
  // the MTA tells of the sender after the manager has ended.
  virtual void message(const Message&) {}
  // Every line of the MTA in the period that we know. In the order of the log.
  virtual void mta_line(const MtaLine&) {}
  // Every line of any other program in the period, the MTA's included: spamd's for example.
  virtual void other_line(const maillog::OtherLine&) {}
};

// Which logs, and what part of them.
struct LogSelection {
  std::vector<std::string> paths;  // files and patterns, packed or not, in any order; "-" is standard input
  bool rotated = false;            // also the rotated files beside them
  std::string program = "milter-manager";
  std::optional<double> since, until;           // Unix seconds: [since, until)
  double now = 0;                               // tells the year of stamps that have none
  const maillog::ReportRules* rules = nullptr;  // what headers say; none: report_keys stay empty
};

// What was read, and what of it is worth knowing.
struct ReadReport {
  struct HostReport {
    std::string name;
    std::uint64_t events = 0;
    std::uint64_t written = 0;  // lines, as the heartbeats tell
    std::uint64_t lost = 0;     // of these
    std::uint64_t dropped = 0;
  };
  maillog::LineCounts counts;                 // of all that was read, also outside the period
  std::vector<HostReport> hosts;              // those with an event in the period, by name
  std::optional<double> first, last;          // of the events in the period
  std::optional<double> log_first, log_last;  // of all events read
  std::uint64_t events = 0;                   // in the period
  std::uint64_t messages = 0;                 // in the period
  std::uint64_t verdicts = 0;                 // [milter][message] lines of these
  std::uint64_t unfinished = 0;               // [milter][message] lines whose [message][end] never came
  std::uint64_t joined = 0;                   // messages with lines of the MTA (only where asked for)
  std::uint64_t with_queue_id = 0;            // messages that have a queue id
  std::uint64_t connections = 0;              // [session][end] lines, also those of old versions
  std::uint64_t heartbeats = 0;
  std::uint64_t loads = 0;            // [milter][load] lines
  std::vector<std::string> milters;   // names, at their numbers
  std::vector<std::string> failures;  // sentences: what could not be read
  std::vector<std::string> notes;     // sentences

  // Whether the log has message lines at all. Logs of old versions do not.
  bool has_messages() const { return messages > 0; }
};

inline constexpr std::size_t kMaximumMilters = 1000;

// Reads the logs once, oldest first, and tells the visitors. Error: no log could be read at all.
// Memory: independent of the log's length, but for what visitors keep: messages and mails that are open at a time are
// limited, as are hosts and processes (core/maillog).
// Cost: see core/maillog/stream.h; a message with three milters some microseconds.
Result<ReadReport> read_mails(const LogSelection& selection, std::span<MailVisitor* const> visitors);

}  // namespace milter_manager::report
