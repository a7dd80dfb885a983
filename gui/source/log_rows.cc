// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/source/log_rows.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <variant>

namespace milter_manager::gui {
namespace {

using std::chrono::sys_seconds;

constexpr std::int64_t kMinute = 60;
constexpr std::int64_t kHour = 3600;
// Lines of other processes may come late; so much of the newest is not taken yet.
constexpr std::int64_t kLate = 600;
// A manager that is alive says so each minute: so much silence is a gap.
constexpr std::chrono::seconds kSilence{300};

// Both kinds count the same, one names files.
static_assert(static_cast<int>(maillog::Kind::session) == static_cast<int>(archive::Kind::session));
static_assert(static_cast<int>(maillog::Kind::message) == static_cast<int>(archive::Kind::manager_message));
static_assert(static_cast<int>(maillog::Kind::milter_load) == static_cast<int>(archive::Kind::milter_load));
static_assert(static_cast<int>(maillog::Kind::milter_key) == static_cast<int>(archive::Kind::milter_key));

sys_seconds moment(std::int64_t time) { return sys_seconds(std::chrono::seconds(time)); }

}  // namespace

maillog::Minutes& LogRows::minutes(std::string_view host) {
  const auto found = hosts_.find(host);
  if (found != hosts_.end()) return *found->second;
  const std::string name = hosts_.size() < kMaximumHosts ? std::string(host) : "…";
  auto& minutes = hosts_[name];
  if (!minutes) minutes = std::make_unique<maillog::Minutes>(&rules_);
  return *minutes;
}

void LogRows::event(const maillog::Record& record) {
  maillog::Minutes& of_record = minutes(record.host);
  of_record.add(record);
  const std::int64_t minute = static_cast<std::int64_t>(std::floor(record.time)) / kMinute * kMinute;
  if (first_ == 0 || minute < first_) first_ = minute;
  last_ = std::max(last_, minute);
  if (std::holds_alternative<statistics::Heartbeat>(record.event)) has_heartbeats_ = true;
  if (minute != alive_) {
    alive_ = minute;
    store_.mark_alive(moment(minute), moment(minute + kMinute), kSilence);
  }
  // One line from the future puts off all that follow it; so does a log that goes backwards.
  if (of_record.row_count() * hosts_.size() > most_)
    return store_before(std::numeric_limits<std::int64_t>::max());
  if (minute < stored_before_ + kHour + kLate) return;
  stored_before_ = minute - kLate;
  store_before(stored_before_);
}

void LogRows::store_before(std::int64_t minute) {
  for (auto& [host, of_host] : hosts_) store(host, of_host->take_before(minute));
}

std::size_t LogRows::open_rows() const {
  std::size_t sum = 0;
  for (const auto& [host, of_host] : hosts_) sum += of_host->row_count();
  return sum;
}

void LogRows::store(const std::string& host, const maillog::SeriesTable& table) {
  for (const auto& [key, rows] : table) {
    const SeriesId id{host, static_cast<archive::Kind>(key.kind), key.milter, key.report_key};
    for (const auto& [minute, row] : rows) store_.put(id, moment(minute), row);
  }
}

RowStore LogRows::finish() {
  for (auto& [host, of_host] : hosts_) store(host, of_host->series());
  hosts_.clear();
  // Old versions have no heartbeat: their silence says nothing.
  if (!has_heartbeats_ && last_ > 0)
    store_.mark_alive(moment(first_), moment(last_ + kMinute), std::chrono::seconds(0));
  return std::move(store_);
}

Result<LogReading> read_logs(const std::vector<std::string>& paths, const maillog::ReportRules& rules,
                             double now) {
  LogRows rows(rules);
  report::MailVisitor* const visitors[] = {&rows};
  report::LogSelection selection;
  selection.paths = paths;
  selection.now = now;
  selection.rules = &rules;
  auto report = report::read_mails(selection, visitors);
  if (!report) return tl::unexpected(report.error());
  LogReading reading;
  reading.rows = rows.finish();
  reading.failures = std::move(report->failures);
  return reading;
}

}  // namespace milter_manager::gui
