// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/maillog/minutes.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "core/maillog/fingerprint.h"
#include "core/maillog/greylist_delay.h"
#include "core/maillog/minute.h"

namespace milter_manager::maillog {
namespace {

using statistics::Status;

constexpr std::size_t kFieldCounts[] = {4, 8, kReportKeys, 9, kReportKeys, 10, 11, 8, 9, 6, 4, 1, 1};
static_assert(kReportKeys <= kMaximumFields);

template <typename Field>
double& field(Row& row, Field which) {
  return row[static_cast<std::size_t>(which)];
}

// Skip and progress are no ends, and have no field anywhere.
std::optional<StatusField> status_field(Status status) {
  switch (status) {
    case Status::pass:
      return StatusField::pass;
    case Status::accept:
      return StatusField::accept;
    case Status::reject:
      return StatusField::reject;
    case Status::discard:
      return StatusField::discard;
    case Status::temporary_failure:
      return StatusField::temporary_failure;
    case Status::quarantine:
      return StatusField::quarantine;
    case Status::abort:
      return StatusField::abort;
    case Status::error:
      return StatusField::error;
    case Status::stop:
      return StatusField::stop;
    case Status::skip:
    case Status::progress:
      break;
  }
  return std::nullopt;
}

// The statuses up to `last` stand in all rows at the same place.
template <typename Field>
void count_status(Row& row, Status status, Field last) {
  const auto which = status_field(status);
  if (which && static_cast<std::size_t>(*which) <= static_cast<std::size_t>(last)) ++field(row, *which);
}
static_assert(static_cast<int>(StatusField::abort) == static_cast<int>(MessageField::abort));
static_assert(static_cast<int>(StatusField::abort) == static_cast<int>(MilterMessageField::abort));
static_assert(static_cast<int>(StatusField::quarantine) == static_cast<int>(EvaluationField::quarantine));

GreylistField greylist_field(std::uint64_t delay_seconds) {
  constexpr std::uint64_t kMinutes[] = {1, 5, 10, 30, 60};
  const auto* bound = std::find_if(std::begin(kMinutes), std::end(kMinutes),
                                   [&](std::uint64_t minutes) { return delay_seconds <= minutes * 60; });
  return static_cast<GreylistField>(bound - std::begin(kMinutes));
}

Row empty_row(Kind kind) {
  Row row{};
  if (kind == Kind::milter_load) {
    const double none = std::numeric_limits<double>::quiet_NaN();
    field(row, LoadField::p50) = field(row, LoadField::p95) = field(row, LoadField::p99) = none;
  }
  return row;
}

}  // namespace

std::size_t field_count(Kind kind) { return kFieldCounts[static_cast<std::size_t>(kind)]; }

void add_to(SeriesTotals& totals, const SeriesTable& table) {
  for (const auto& [key, series] : table) {
    if (totals.size() >= kMaximumTotals && totals.count(key) == 0) continue;
    Row& total = totals[key];
    for (const auto& [minute, row] : series) {
      for (std::size_t i = 0; i < row.size(); ++i) total[i] += std::isnan(row[i]) ? 0 : row[i];
    }
  }
}

// Counts one record.
class Minutes::Counter {
 public:
  Counter(Minutes& minutes, const Record& record)
      : minutes_(minutes), record_(record), minute_(minute_of(record.time)) {}

  void operator()(const statistics::SessionEnd& e) {
    ++field(manager(Kind::session), SessionField::smtp);
    count_status(manager(Kind::manager_status), e.status, StatusField::error);
  }
  void operator()(const statistics::OldSessionEnd&) { ++field(manager(Kind::session), SessionField::smtp); }

  void operator()(const statistics::MilterEnd& e) {
    ++field(manager(Kind::session), SessionField::child);
    if (Row* row = milter(Kind::milter_status, e.name)) count_status(*row, e.status, StatusField::stop);
  }
  void operator()(const statistics::OldMilterEnd&) { ++field(manager(Kind::session), SessionField::child); }

  void operator()(const statistics::SessionDisconnected&) {
    ++field(manager(Kind::session), SessionField::disconnected);
  }
  void operator()(const statistics::SessionsFinished& e) {
    maximum(minutes_.manager_, Kind::session, SessionField::concurrent, static_cast<double>(e.processing));
  }

  void operator()(const statistics::Quarantined&) {
    ++field(manager(Kind::manager_status), StatusField::quarantine);
  }
  void operator()(const statistics::OldReply& e) {
    // A message passes once, with the answer to its end.
    if (e.status == Status::pass && e.state != statistics::State::end_of_message) return;
    count_status(manager(Kind::manager_status), e.status, StatusField::error);
  }
  void operator()(const statistics::OldAbort&) { ++field(manager(Kind::manager_status), StatusField::abort); }

  void operator()(const statistics::MilterHeaderAdd& e) {
    if (minutes_.rules_ != nullptr) minutes_.rules_->match(e.header, e.value, minutes_.hits_);
    if (!minutes_.hits_.empty()) {
      add_hits(minutes_.manager_, Kind::manager_report, Kind::manager_key);
      if (Owner* const owner = minutes_.milter(e.milter))
        add_hits(*owner, Kind::milter_report, Kind::milter_key);
    }
    const auto delay = greylist_delay(e.header, e.value);
    if (!delay) return;
    if (Row* row = milter(Kind::milter_greylist, e.milter)) ++field(*row, greylist_field(*delay));
  }

  void operator()(const statistics::MessageEnd& e) {
    Row& row = manager(Kind::message);
    count_status(row, e.status, MessageField::abort);
    field(row, MessageField::bytes) += static_cast<double>(e.bytes);
    field(row, MessageField::recipients) += static_cast<double>(e.recipients);
    field(row, MessageField::refused) += static_cast<double>(e.refused);
  }

  void operator()(const statistics::MilterMessage& e) {
    if (e.group == statistics::Group::evaluated) {
      evaluated(e);
    } else {
      enforced(e);
    }
  }

  void operator()(const statistics::MilterLoad& e) {
    Row* row = milter(Kind::milter_load, e.name);
    if (row == nullptr) return;
    Owner& owner = *minutes_.milter(e.name);
    maximum(owner, Kind::milter_load, LoadField::open, static_cast<double>(e.open));
    maximum(owner, Kind::milter_load, LoadField::busy, static_cast<double>(e.busy));
    maximum(owner, Kind::milter_load, LoadField::busy_mean, e.busy_mean);
    maximum(owner, Kind::milter_load, LoadField::busy_max, static_cast<double>(e.busy_max));
    worst(field(*row, LoadField::p50), e.p50);
    worst(field(*row, LoadField::p95), e.p95);
    worst(field(*row, LoadField::p99), e.p99);
    field(*row, LoadField::errors) += static_cast<double>(e.errors);
    field(*row, LoadField::timeouts) += static_cast<double>(e.timeouts);
  }

  void operator()(const statistics::Heartbeat&) {
    Row& row = manager(Kind::health);
    maximum(minutes_.manager_, Kind::health, HealthField::processes, 1);
    field(row, HealthField::lines) += static_cast<double>(record_.delivery.written);
    field(row, HealthField::lost) += static_cast<double>(record_.delivery.lost);
    field(row, HealthField::dropped) += static_cast<double>(record_.delivery.dropped);
  }

  // What begins or maintains nothing that is counted.
  void operator()(const statistics::SessionHeaderAdd&) {}
  void operator()(const statistics::MaintainMemory&) {}
  void operator()(const statistics::SessionStart&) {}
  void operator()(const statistics::MilterStart&) {}

 private:
  Row& manager(Kind kind) { return minutes_.row(minutes_.manager_, kind, minute_); }

  // None where the name is not known, or is one too many.
  Row* milter(Kind kind, std::string_view name) {
    Owner* const owner = minutes_.milter(name);
    return owner == nullptr ? nullptr : &minutes_.row(*owner, kind, minute_);
  }

  template <typename Field>
  void maximum(Owner& owner, Kind kind, Field which, double value) {
    const std::uint64_t process = fingerprint(record_.host) * 31 + record_.pid;
    minutes_.add_maximum(owner, kind, minute_, static_cast<std::size_t>(which), process, value);
  }

  static void worst(double& value, std::optional<double> other) {
    if (other) value = std::isnan(value) ? *other : std::max(value, *other);
  }

  void add_hits(Owner& owner, Kind report, Kind of_key) {
    for (const ReportHit& hit : minutes_.hits_) {
      if (hit.key < kReportKeys) {
        minutes_.row(owner, report, minute_)[hit.key] += hit.count;
      } else {
        minutes_.row_of_key(owner, of_key, hit.key, minute_)[0] += hit.count;
      }
    }
  }

  void enforced(const statistics::MilterMessage& e) {
    Row* const row = milter(Kind::milter_message, e.name);
    if (row == nullptr) return;
    count_status(*row, e.status, MilterMessageField::abort);
    if (e.status == Status::stop) ++field(*row, MilterMessageField::stop);
    if (e.status == Status::error || e.cause == statistics::Cause::fallback)
      ++field(*row, MilterMessageField::error);
    field(*row, MilterMessageField::rejected) += static_cast<double>(e.rejected);
    field(*row, MilterMessageField::deferred) += static_cast<double>(e.deferred);
  }

  void evaluated(const statistics::MilterMessage& e) {
    Row* const row = milter(Kind::milter_evaluation, e.name);
    if (row == nullptr) return;
    count_status(*row, e.status, EvaluationField::quarantine);
    field(*row, EvaluationField::rejected) += static_cast<double>(e.rejected);
    field(*row, EvaluationField::deferred) += static_cast<double>(e.deferred);
  }

  Minutes& minutes_;
  const Record& record_;
  std::int64_t minute_;
};

void Minutes::add(const Record& record) { std::visit(Counter(*this, record), record.event); }

SeriesTable Minutes::take_before(std::int64_t minute) {
  SeriesTable taken;
  for (auto it = table_.begin(); it != table_.end();) {
    Series& series = it->second;
    const auto end = series.lower_bound(minute);
    if (series.begin() != end) {
      Series& rows = taken[it->first];
      while (series.begin() != end) {
        rows.insert(rows.end(), series.extract(series.begin()));
        --row_count_;
      }
    }
    it = series.empty() ? table_.erase(it) : std::next(it);
  }
  forget_rows(manager_);
  for (auto& [name, owner] : milters_) forget_rows(owner);
  maxima_.erase(maxima_.begin(), maxima_.lower_bound(MaximaKey{minute, nullptr, Kind::session, 0}));
  return taken;
}

std::vector<Maximum> Minutes::maxima() const {
  std::vector<Maximum> all;
  for (const auto& [key, maxima] : maxima_) {
    for (const auto& [process, value] : maxima) {
      all.push_back({{key.kind, key.owner->name, {}}, key.minute, key.field, process, value});
    }
  }
  return all;
}

void Minutes::restore(const SeriesTable& rows, const std::vector<Maximum>& maxima) {
  for (const auto& [key, series] : rows) {
    if (!key.milter.empty()) milter(key.milter);
    table_[key] = series;
    row_count_ += series.size();
  }
  for (const Maximum& one : maxima) {
    const Owner* const owner = one.key.milter.empty() ? &manager_ : milter(one.key.milter);
    if (owner != nullptr) {
      maxima_[MaximaKey{one.minute, owner, one.key.kind, one.field}][one.process] = one.value;
    }
  }
}

Row& Minutes::row(Owner& owner, Kind kind, std::int64_t minute) {
  return row_at(owner.entries[static_cast<std::size_t>(kind)], owner, kind, {}, minute);
}

Row& Minutes::row_of_key(Owner& owner, Kind kind, std::size_t key, std::int64_t minute) {
  if (owner.keys.empty()) owner.keys.resize(rules_->keys().size() - kReportKeys);
  return row_at(owner.keys[key - kReportKeys], owner, kind, rules_->keys()[key].name, minute);
}

Row& Minutes::row_at(Entry& entry, const Owner& owner, Kind kind, std::string_view key, std::int64_t minute) {
  if (entry.row != nullptr && entry.minute == minute) return *entry.row;
  if (entry.series == nullptr) entry.series = &table_[SeriesKey{kind, owner.name, std::string(key)}];
  entry.minute = minute;
  const auto found = entry.series->find(minute);
  if (found != entry.series->end()) {
    entry.row = &found->second;
  } else {
    entry.row = &entry.series->emplace(minute, empty_row(kind)).first->second;
    ++row_count_;
  }
  return *entry.row;
}

void Minutes::forget_rows(Owner& owner) {
  owner.entries.fill({});
  owner.keys.clear();
}

Minutes::Owner* Minutes::milter(std::string_view name) {
  if (name.empty()) return nullptr;
  if (const auto found = milters_.find(name); found != milters_.end()) return &found->second;
  if (milters_.size() >= kMaximumMilters) {
    ++surplus_;
    return nullptr;
  }
  Owner& owner = milters_[std::string(name)];
  owner.name = name;
  return &owner;
}

void Minutes::add_maximum(Owner& owner, Kind kind, std::int64_t minute, std::size_t which,
                          std::uint64_t process, double value) {
  Row& sums = row(owner, kind, minute);
  double& maximum = maxima_[MaximaKey{minute, &owner, kind, which}][process];
  if (value <= maximum) return;
  sums[which] += value - maximum;
  maximum = value;
}

}  // namespace milter_manager::maillog
