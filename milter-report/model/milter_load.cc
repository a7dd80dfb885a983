// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/model/milter_load.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <variant>

namespace milter_manager::report {
namespace {

using statistics::State;

constexpr std::int64_t kHour = 3600;
constexpr std::size_t kMaximumHosts = 1000;
constexpr std::size_t kMaximumHours = 100'000;  // of a host

bool is_content(State state) {
  return state == State::header || state == State::end_of_header || state == State::body ||
         state == State::end_of_message;
}

// What a line claims may be anything: work of no length, or of years, is none.
bool is_plausible(double begin, double seconds) {
  return seconds > 0 && seconds < 1e6 && std::isfinite(begin);
}

}  // namespace

HostLoad& MilterLoad::host(std::string_view name) {
  if (settings_.shared) name = {};
  auto found = hosts_.find(name);
  // Lines may claim any host: those beyond are one.
  if (found == hosts_.end() && hosts_.size() >= kMaximumHosts) {
    name = "(others)";
    found = hosts_.find(name);
  }
  return found != hosts_.end() ? found->second : hosts_.emplace(name, HostLoad{}).first->second;
}

bool MilterLoad::wanted(std::string_view name) {
  const auto found = names_.find(name);
  if (found != names_.end()) return found->second;
  const bool is_wanted = settings_.is_wanted(name);
  if (is_wanted || names_.size() < kMaximumMilters) names_.emplace(name, is_wanted);
  return is_wanted;
}

void MilterLoad::event(const maillog::Record& record) {
  HostLoad& load = host(record.host);
  if (load.first == 0) load.first = record.time;
  load.last = std::max(load.last, record.time);
  if (const auto* session = std::get_if<statistics::SessionEnd>(&record.event)) {
    ++load.sessions;
    if (session->elapsed > 0) load.session_seconds += session->elapsed;
  } else if (const auto* heartbeat = std::get_if<statistics::Heartbeat>(&record.event)) {
    load.most_open = std::max(load.most_open, heartbeat->open);
  } else if (const auto* finished = std::get_if<statistics::SessionsFinished>(&record.event)) {
    load.most_open = std::max(load.most_open, finished->processing);
  } else if (const auto* end = std::get_if<statistics::MilterEnd>(&record.event)) {
    if (!wanted(end->name) || load.work_source == LoadSource::messages) return;
    if (settings_.content_only && !is_content(end->state)) return;
    if (!is_plausible(record.time, end->elapsed)) return;
    load.work.push_back({record.time - end->elapsed, end->elapsed});
    load.work_source = LoadSource::connections;
  } else if (const auto* minute = std::get_if<statistics::MilterLoad>(&record.event)) {
    if (!wanted(minute->name) || !(minute->span > 0 && minute->span < 1e6)) return;
    const auto hour = static_cast<std::int64_t>(std::floor(record.time / kHour)) * kHour;
    if (load.load_hours.size() >= kMaximumHours && load.load_hours.count(hour) == 0) return;
    LoadHour& sums = load.load_hours[hour];
    sums.busy_seconds += minute->busy_mean * minute->span;
    sums.seconds += minute->span;
    sums.messages += minute->messages;
    load.most_busy = std::max(load.most_busy, minute->busy_max);
  }
}

void MilterLoad::message(const Message& message) {
  for (const ChildVerdict& child : message.children) {
    if (!wanted(child.name)) continue;
    HostLoad& load = host(message.host);
    if (load.work_source != LoadSource::messages) {
      // From here on it is known exactly.
      load.work = {};
      load.work_source = LoadSource::messages;
    }
    if (!child.epoch || child.cause == statistics::Cause::condition) continue;
    if (settings_.content_only && !is_content(child.state)) continue;
    const double begin = *child.epoch - child.final_waited;
    if (!is_plausible(begin, child.final_waited)) continue;
    load.work.push_back({begin, child.final_waited});
    if (child.cause == statistics::Cause::fallback) ++load.failed;
  }
}

void MilterLoad::other_line(const maillog::OtherLine& line) {
  if (line.program == "spamd") host(line.host).spamd.add(line.time, line.text);
}

std::map<std::string, HostLoad, std::less<>> MilterLoad::take_hosts() {
  for (auto& [name, load] : hosts_) sort_by_begin(load.work);
  return std::exchange(hosts_, {});
}

}  // namespace milter_manager::report
