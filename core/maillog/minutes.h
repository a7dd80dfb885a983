// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/maillog/record.h"
#include "core/maillog/report_rules.h"

namespace milter_manager::maillog {

// What a series counts. One archive file per kind, and per milter and report key where the kind has them.
enum class Kind : std::uint8_t {
  session,            // SessionField
  manager_status,     // StatusField up to `error`: of connections
  manager_report,     // ReportKey
  milter_status,      // StatusField; per milter
  milter_report,      // ReportKey; per milter
  message,            // MessageField
  milter_message,     // MilterMessageField; per milter: what counted
  milter_evaluation,  // EvaluationField; per milter: what was only tried
  milter_load,        // LoadField; per milter
  milter_greylist,    // GreylistField; per milter
  health,             // HealthField
  manager_key,        // one field: how often a report key matched that is none of ReportKey; per key
  milter_key,         // the same; per key and milter
};

// The fields of a row, in the order of the archives' data sources. Where not said otherwise a field is the
// number of such events in the minute.
enum class SessionField : std::uint8_t {
  smtp,
  child,
  disconnected,
  concurrent,  // the sum over the processes of each one's maximum in the minute
};
enum class StatusField : std::uint8_t {
  pass,
  accept,
  reject,
  discard,
  temporary_failure,
  quarantine,  // of the manager: quarantine replies; such a connection's own status is `pass` as well
  abort,
  error,
  stop,  // milters only
};
enum class MessageField : std::uint8_t {
  pass,
  accept,
  reject,
  discard,
  temporary_failure,
  quarantine,
  abort,
  bytes,       // sums
  recipients,  //
  refused,     //
};
enum class MilterMessageField : std::uint8_t {
  pass,
  accept,
  reject,
  discard,
  temporary_failure,
  quarantine,
  abort,
  stop,
  error,     // messages for which the milter failed; its fallback's status is counted as well
  rejected,  // recipients
  deferred,  // recipients
};
enum class EvaluationField : std::uint8_t {
  pass,
  accept,
  reject,
  discard,
  temporary_failure,
  quarantine,
  rejected,  // recipients
  deferred,  // recipients
};
// With several processes or hosts: sums of each one's largest value in the minute, and of the worst quantiles
// the worst. A quantile is NaN where there was no message.
enum class LoadField : std::uint8_t { open, busy, busy_mean, busy_max, p50, p95, p99, errors, timeouts };
// Delays that are up to so many minutes and more than the field before.
enum class GreylistField : std::uint8_t {
  delayed_1,
  delayed_5,
  delayed_10,
  delayed_30,
  delayed_60,
  delayed_over
};
enum class HealthField : std::uint8_t {
  processes,  // those that wrote a heartbeat
  lines,      // statistics lines written, as the heartbeats tell
  lost,
  dropped,
};

inline constexpr std::size_t kMaximumFields = 13;

// The number of fields of a kind.
std::size_t field_count(Kind kind);

// One minute of a series: its first field_count(kind) values count, the rest is 0.
using Row = std::array<double, kMaximumFields>;

// Which series. `milter` and `report_key` are empty where the kind has none. They come from the log as they
// are:
// who makes a file name of them makes it safe first.
struct SeriesKey {
  Kind kind = Kind::session;
  std::string milter;
  std::string report_key;
  auto operator<=>(const SeriesKey&) const = default;
};

// A row is a sum over processes of the largest value that each told: what is known of one of them.
struct Maximum {
  SeriesKey key;
  std::int64_t minute = 0;
  std::size_t field = 0;
  std::uint64_t process = 0;  // a hash of host and pid
  double value = 0;
  bool operator==(const Maximum&) const = default;
};

// Minute → row; the minute is its first second as Unix time. Minutes without an event have no row.
using Series = std::map<std::int64_t, Row>;
using SeriesTable = std::map<SeriesKey, Series>;

// Sums of rows, field by field; unknown values (NaN) count nothing. Of fields that are no counts (largest values,
// quantiles) they mean nothing.
// Names in a log may be made up: when there are kMaximumTotals, no further series gets any.
using SeriesTotals = std::map<SeriesKey, Row>;
inline constexpr std::size_t kMaximumTotals = 20'000;
void add_to(SeriesTotals& totals, const SeriesTable& table);

// Counts records by the minute. Records may come in any order.
// Cost: a record of the minute before it costs no allocation. Memory: proportional to the minutes that are
// not yet
// taken; at most kMaximumMilters milter names are told apart, records of further ones count for the manager
// only.
class Minutes {
 public:
  // `rules` tell what headers count, and must outlive it; without them no header does.
  explicit Minutes(const ReportRules* rules = nullptr) : rules_(rules) {}
  Minutes(const Minutes&) = delete;
  Minutes& operator=(const Minutes&) = delete;

  static constexpr std::size_t kMaximumMilters = 1000;

  void add(const Record& record);

  // The rows so far. A reference into this object.
  const SeriesTable& series() const { return table_; }

  // Removes and returns the rows of the minutes before `minute` (Unix time). What comes later for such a minute
  // begins a new row.
  SeriesTable take_before(std::int64_t minute);

  // How many rows there are.
  std::size_t row_count() const { return row_count_; }

  // What a later run has to know to go on with the rows of this one: series() and these.
  std::vector<Maximum> maxima() const;
  // Rows that another object had. To be called before the first record.
  void restore(const SeriesTable& rows, const std::vector<Maximum>& maxima);

  // Milter names beyond kMaximumMilters: how many records had one.
  std::uint64_t records_of_surplus_milters() const { return surplus_; }

 private:
  static constexpr std::size_t kKinds = 13;
  // A series in `table_`, with the row used last at hand.
  struct Entry {
    Series* series = nullptr;
    Row* row = nullptr;
    std::int64_t minute = 0;
  };
  // A milter, or the manager, whose name is empty.
  struct Owner {
    std::string name;
    std::array<Entry, kKinds> entries;
    std::vector<Entry> keys;  // of report keys that are none of ReportKey
  };
  // The largest value that each process told in a minute, of one field of one series.
  struct MaximaKey {
    std::int64_t minute = 0;
    const Owner* owner = nullptr;
    Kind kind = Kind::session;
    std::size_t field = 0;
    auto operator<=>(const MaximaKey&) const = default;
  };
  using Maxima = std::map<std::uint64_t, double>;  // process → value
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  class Counter;

  Row& row(Owner& owner, Kind kind, std::int64_t minute);
  Row& row_of_key(Owner& owner, Kind kind, std::size_t key, std::int64_t minute);
  Row& row_at(Entry& entry, const Owner& owner, Kind kind, std::string_view key, std::int64_t minute);
  static void forget_rows(Owner& owner);
  Owner* milter(std::string_view name);
  void add_maximum(Owner& owner, Kind kind, std::int64_t minute, std::size_t field, std::uint64_t process,
                   double value);

  const ReportRules* rules_;
  std::vector<ReportHit> hits_;  // of the header at hand
  SeriesTable table_;
  Owner manager_;
  std::unordered_map<std::string, Owner, Hash, std::equal_to<>> milters_;
  std::map<MaximaKey, Maxima> maxima_;
  std::size_t row_count_ = 0;
  std::uint64_t surplus_ = 0;
};

}  // namespace milter_manager::maillog
