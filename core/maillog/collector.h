// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/maillog/log_clock.h"
#include "core/maillog/log_plan.h"
#include "core/maillog/minutes.h"
#include "core/maillog/read_state.h"
#include "core/maillog/stream.h"

namespace milter_manager::maillog {

// By host and day (the first second of the day, local time): how many lines. At most kMaximum; the rest is
// counted
// under the host "".
class LinesByDay {
 public:
  static constexpr std::size_t kMaximum = 1000;
  void add(std::string_view host, double time, std::uint64_t lines);
  const std::map<std::pair<std::string, std::int64_t>, std::uint64_t>& lines() const { return lines_; }

 private:
  std::map<std::pair<std::string, std::int64_t>, std::uint64_t> lines_;
};

// What a run has to tell besides its counts.
struct CollectorReport {
  LinesByDay lost;                    // statistics lines that never reached the log, as the heartbeats tell
  LinesByDay late;                    // events of minutes that had been closed before: not counted
  LinesByDay future;                  // events more than a day ahead of the clock: not counted
  std::vector<std::string> notes;     // sentences: what is worth knowing
  std::vector<std::string> gaps;      // sentences: what of the log may be missing
  std::vector<std::string> failures;  // sentences: what could not be read
  std::uint64_t bytes = 0;            // read, unpacked
};

// Counts what is new in logs, run by run:
//
//   Collector collector(settings, std::move(state), store);
//   collector.read(paths);
//   collector.close_minutes();
//   … = collector.state();          // to be kept, once all that store() was given is safe
//
// Any number of runs, over any rotation, count what one run would count that sees the whole log.
class Collector {
 public:
  struct Settings {
    std::string program = "milter-manager";
    const ReportRules* rules =
        nullptr;     // what headers count; must outlive the collector. None: no header does
    double now = 0;  // Unix seconds
    double lateness = kLateness;
    bool complete = false;  // the logs get no more lines: their last minutes are complete as they are
    std::size_t maximum_samples = 5;
    // Called now and then with the bytes of the files that are read, as they lie there, and how many in all.
    std::function<void(std::uint64_t done, std::uint64_t total)> progress;
    // How many rows wait in memory before store() is called in mid-run.
    std::size_t maximum_rows = 50'000;
  };
  // Gets the rows of minutes that are complete. Several times in a run over a long log; each time of later
  // minutes.
  using Store = std::function<void(SeriesTable&& rows, const LogClock& clock)>;

  Collector(Settings settings, ReadState state, Store store);
  Collector(const Collector&) = delete;
  Collector& operator=(const Collector&) = delete;

  // Reads what is new in the logs: files, or "-". They may be given in any order: it begins with the oldest
  // lines.
  void read(const std::vector<std::string>& paths);

  // Takes an entry of the journal. `cursor`: where the next run goes on.
  void take(const JournalEntry& entry) { stream_.take(entry); }
  void move_clock(std::string_view host, std::int64_t microseconds) {
    stream_.move_clock(host, microseconds);
  }
  const std::string& journal_cursor() const { return state_.journal_cursor; }
  void set_journal_cursor(std::string cursor) { state_.journal_cursor = std::move(cursor); }

  // Stores the minutes that are complete by the log's clock. Returns the clock; none if no line was ever read.
  std::optional<LogClock> close_minutes();

  ReadState state() const;
  const CollectorReport& report() const { return report_; }
  CollectorReport& report() { return report_; }
  const Stream& stream() const { return stream_; }
  // The first minute that was ever counted, in this run or before.
  std::optional<std::int64_t> first_minute() const { return state_.first; }
  std::uint64_t records_of_surplus_milters() const { return minutes_.records_of_surplus_milters(); }

 private:
  void add(const Record& record);
  void store_old_rows();
  void store_before(std::int64_t end, const LogClock& clock);
  std::optional<double> first_time(const LogPiece& piece) const;
  void read(LogPiece& piece, const std::function<void(std::size_t)>& count);
  Result<std::unique_ptr<TrackedSource>> open(LogPiece& piece);

  Settings settings_;
  ReadState state_;  // rows, hosts and processes are in the objects below
  Store store_;
  Minutes minutes_;
  Stream stream_;
  CollectorReport report_;
  // While files are read: the oldest time in those to come, and in the lines read last, by thousands.
  double oldest_to_come_ = 0;
  double oldest_recent_ = 0, oldest_before_ = 0;
  std::size_t recent_ = 0;
  std::size_t next_store_ = 0;  // rows
};

}  // namespace milter_manager::maillog
