// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "milter-report/model/mails.h"
#include "milter-report/model/server_replay.h"
#include "milter-report/model/spamd_lines.h"

namespace milter_manager::report {

// Where the knowledge of a milter's load comes from, the best first.
enum class LoadSource : std::uint8_t {
  messages,    // [milter][message]: busy intervals, exactly
  load_lines,  // [milter][load]: how many were busy, minute by minute
  connections,  // [milter][end]: the waits of a whole connection taken as one interval before its end: an estimate
  none,
};

// What a milter did in an hour, as its [milter][load] lines tell.
struct LoadHour {
  double busy_seconds = 0;  // BUSY-MEAN times SPAN, in sum
  double seconds = 0;       // the time that they are of: from the first SPAN's begin to the last one's end
  std::uint64_t messages = 0;
  double begin = 0, end = 0;  // of that time, Unix seconds; of archives 0
};

// What several processes have at once: each tells its own number, about once a minute.
class AtOnce {
 public:
  static constexpr std::size_t kMaximumProcesses = 1000;
  // The largest sum over the processes of one minute so far. Of a process that tells more than once in it, its largest
  // counts. For times in order; a line of an earlier minute counts alone.
  std::uint64_t most() const { return most_; }
  void add(double time, std::string_view host, std::uint32_t pid, std::uint64_t number);

 private:
  double minute_ = 0;
  std::map<std::pair<std::string, std::uint32_t>, std::uint64_t> of_process_;
  std::uint64_t sum_ = 0;
  std::uint64_t most_ = 0;
};

// The load of one milter on one host, where it has its own workers (spamd's children, say).
struct HostLoad {
  std::vector<Work> work;  // sorted by begin; from messages, else from connections
  LoadSource work_source = LoadSource::none;
  std::uint64_t failed = 0;  // of the work: what the milter failed in; it was busy all the same
  std::map<std::int64_t, LoadHour> load_hours;  // by the first second of the hour
  std::uint64_t most_busy = 0;                  // the largest BUSY-MAX, of all processes of a minute in sum
  std::uint64_t sessions = 0;                   // SMTP connections that ended
  double session_seconds = 0;                   // their lengths, in sum
  bool are_sessions_sampled =
      false;                    // archives: how many connections to the milter were open, minute by minute
  std::uint64_t most_open = 0;  // SMTP connections open at once, as heartbeats and [sessions][finished] tell
  double first = 0, last = 0;   // the times of its first and last event
  SpamdLines spamd;

  LoadSource source() const {
    if (work_source == LoadSource::messages) return work_source;
    return !load_hours.empty() ? LoadSource::load_lines : work_source;
  }
};

// Gathers the load of one milter from logs.
// Memory: 16 bytes for each message that the milter worked on.
class MilterLoad final : public MailVisitor {
 public:
  struct Settings {
    // Which milter. All that fit are taken together; names() tells which they were.
    std::function<bool(std::string_view name)> is_wanted;
    // Only work on headers or body counts. For spamd, which spamass-milter asks at the end of the message.
    bool content_only = false;
    // All hosts share the milter's workers: one HostLoad, named "".
    bool shared = false;
  };
  explicit MilterLoad(Settings settings) : settings_(std::move(settings)) {}

  Wants wants() const override { return {.mta = false, .others = true}; }
  void event(const maillog::Record& record) override;
  void message(const Message& message) override;
  void other_line(const maillog::OtherLine& line) override;

  // Sorts the work. To be called at last, once.
  std::map<std::string, HostLoad, std::less<>> take_hosts();
  // Those milters that were wanted, and all that there were.
  const std::map<std::string, bool, std::less<>>& names() const { return names_; }

 private:
  // A load with what is needed to sum up its processes.
  struct Gathered {
    HostLoad load;
    AtOnce busy, open;
  };
  Gathered& host(std::string_view name);
  static void add_minute(const maillog::Record& record, const statistics::MilterLoad& minute, Gathered& of);
  bool wanted(std::string_view name);

  Settings settings_;
  std::map<std::string, Gathered, std::less<>> hosts_;
  std::map<std::string, bool, std::less<>> names_;  // name → whether it is wanted
};

}  // namespace milter_manager::report
