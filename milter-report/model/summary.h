// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "core/statistics/vocabulary.h"
#include "milter-report/model/mails.h"
#include "milter-report/model/minute_counts.h"
#include "milter-report/model/names.h"
#include "milter-report/model/wait_histogram.h"

namespace milter_manager::report {

inline constexpr std::size_t kStates = 16;
inline constexpr std::size_t kStatuses = 11;
inline constexpr std::size_t kCauses = 5;
inline constexpr std::size_t kGroups = 2;

// How many of each status.
struct StatusCounts {
  std::array<std::uint64_t, kStatuses> counts{};
  std::uint64_t& operator[](statistics::Status status) { return counts[static_cast<std::size_t>(status)]; }
  std::uint64_t operator[](statistics::Status status) const {
    return counts[static_cast<std::size_t>(status)];
  }
  std::uint64_t sum() const;
};

// What happened to recipients of whole messages, and of others.
struct Effect {
  StatusCounts messages;       // by the status that was applied
  std::uint64_t rejected = 0;  // recipients
  std::uint64_t deferred = 0;  // recipients
};

struct MilterSummary {
  std::string name;
  std::uint32_t place = kNoPlace;  // in the order of message lines
  static constexpr std::uint32_t kNoPlace = 0xffffffff;
  // Connections: its [milter][end] lines.
  std::uint64_t connections = 0;
  StatusCounts connection_statuses;
  WaitHistogram connection_waits;
  // Messages: its [milter][message] lines.
  std::uint64_t messages = 0;
  std::uint64_t asked = 0;  // of these, those that it saw anything of: not stopped before, not left out
  using Verdicts =
      std::array<std::array<std::array<std::array<std::uint64_t, kStatuses>, kStates>, kCauses>, kGroups>;
  Verdicts verdicts{};             // [group][cause][state][status]
  StatusCounts statuses[kGroups];  // of messages it was asked about, by group
  Effect applied;                  // what counted
  Effect evaluated;                // what would have
  WaitHistogram waits;             // of messages it was waited for
  std::uint64_t failures = 0;      // messages with cause fallback
  // Of its [milter][load] lines.
  std::uint64_t loads = 0;
  std::uint64_t errors = 0;
  std::uint64_t timeouts = 0;
  std::vector<std::uint64_t> report_keys;  // headers, by ReportRules::keys()
  BusiestMinute busiest;  // of the messages it was asked about (its connections, without messages)
};

// What a host had.
struct HostSummary {
  // What a milter said there.
  struct Verdicts {
    std::uint32_t milter = 0;  // index into Summary::milters
    // Of messages it was asked about, by group:
    StatusCounts statuses[kGroups];
    std::uint64_t failures[kGroups] = {};
    double waited[kGroups] = {};  // seconds, in sum
  };
  std::string name;
  std::uint64_t connections = 0;
  std::uint64_t messages = 0;
  StatusCounts statuses;           // of messages
  std::vector<Verdicts> verdicts;  // in the order of Summary::milters
};

// Everything that "milter-report summary" tells of a log.
struct Summary {
  std::uint64_t connections = 0;
  StatusCounts connection_statuses;
  WaitHistogram connection_times;
  std::uint64_t disconnected = 0;
  std::uint64_t messages = 0;
  std::array<StatusCounts, kStates> by_stage;
  std::uint64_t bytes = 0;
  std::uint64_t recipients = 0;
  std::uint64_t refused = 0;
  WaitHistogram message_times;
  BusiestMinute busiest;                   // of messages (connections, where there are no messages)
  std::vector<MilterSummary> milters;      // as they come in the log
  std::vector<HostSummary> hosts;          // by name; those beyond kMaximumHosts together as "(others)"
  std::vector<std::uint64_t> report_keys;  // headers that went to the MTA

  StatusCounts statuses() const;  // of messages
};

// Counts for a Summary.
// Memory: some 60 KiB a milter and 200 bytes for each that a host has, 6 KiB for each day and milter with a message.
class SummaryCounter : public MailVisitor {
 public:
  static constexpr std::size_t kMaximumHosts = 1000;
  static constexpr std::size_t kMaximumHostMilters = 20'000;  // of all hosts: no more are told apart
  // `rules` must outlive it.
  explicit SummaryCounter(const maillog::ReportRules& rules) : rules_(rules) {}

  void event(const maillog::Record& record) override;
  void header(const maillog::Record& record, std::span<const maillog::ReportHit> hits) override;
  void message(const Message& message) override;
  // What was counted. To be called once, at the end.
  Summary finish();

 private:
  struct Host {
    HostSummary summary;
    std::vector<std::uint32_t> places;  // of a milter's number: 1 + its place in summary.verdicts
  };

  MilterSummary& milter(std::string_view name);
  std::uint32_t number_of(std::string_view name);
  Host& host(std::string_view name);
  HostSummary::Verdicts* verdicts(Host& host, std::uint32_t milter);
  void take(const statistics::MilterEnd& end, double time);
  void take(const statistics::MilterLoad& load);
  void take(const ChildVerdict& child, double time, Host& host);
  void take_connection(const maillog::Record& record);
  void sort_milters();

  const maillog::ReportRules& rules_;
  Summary summary_;
  Names names_{kMaximumMilters};
  std::uint32_t places_ = 0;
  MinuteCounts::Room room_;
  MinuteCounts message_minutes_{room_}, connection_minutes_{room_};
  struct MilterMinutes {
    explicit MilterMinutes(MinuteCounts::Room& room) : messages(room), connections(room) {}
    MinuteCounts messages, connections;
  };
  std::deque<MilterMinutes> milter_minutes_;  // by number
  Names host_names_{kMaximumHosts};
  std::deque<Host> hosts_;  // by number
  std::size_t host_milters_ = 0;
};

}  // namespace milter_manager::report
