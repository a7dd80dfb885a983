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

constexpr double kLongestWork = 1e6;  // seconds

// What a line claims may be anything: work of no length, of years, or far from when it was logged, is none.
bool is_plausible(double begin, double seconds, double logged) {
  constexpr double kDay = 86400;
  return seconds > 0 && seconds < kLongestWork && std::abs(begin - logged) < kLongestWork + kDay;
}

}  // namespace

void AtOnce::add(double time, std::string_view host, std::uint32_t pid, std::uint64_t number) {
  constexpr std::uint64_t kMost = 1'000'000'000;  // a line may claim anything
  constexpr double kMinute = 60;
  number = std::min(number, kMost);
  const double minute = std::floor(time / kMinute);
  if (minute < minute_) {
    most_ = std::max(most_, number);
    return;
  }
  if (minute > minute_) {
    minute_ = minute;
    of_process_.clear();
    sum_ = 0;
  }
  const std::pair process(std::string(host), pid);
  if (of_process_.size() >= kMaximumProcesses && of_process_.count(process) == 0) return;
  std::uint64_t& own = of_process_[process];
  if (number > own) sum_ += number - std::exchange(own, number);
  most_ = std::max(most_, sum_);
}

MilterLoad::Gathered& MilterLoad::host(std::string_view name) {
  if (settings_.shared) name = {};
  auto found = hosts_.find(name);
  // Lines may claim any host: those beyond are one.
  if (found == hosts_.end() && hosts_.size() >= kMaximumHosts) {
    name = "(others)";
    found = hosts_.find(name);
  }
  return found != hosts_.end() ? found->second : hosts_.emplace(name, Gathered{}).first->second;
}

bool MilterLoad::wanted(std::string_view name) {
  const auto found = names_.find(name);
  if (found != names_.end()) return found->second;
  const bool is_wanted = settings_.is_wanted(name);
  if (is_wanted || names_.size() < kMaximumMilters) names_.emplace(name, is_wanted);
  return is_wanted;
}

void MilterLoad::event(const maillog::Record& record) {
  Gathered& gathered = host(record.host);
  HostLoad& load = gathered.load;
  if (load.first == 0) load.first = record.time;
  load.last = std::max(load.last, record.time);
  if (const auto* session = std::get_if<statistics::SessionEnd>(&record.event)) {
    ++load.sessions;
    if (session->elapsed > 0) load.session_seconds += session->elapsed;
  } else if (const auto* heartbeat = std::get_if<statistics::Heartbeat>(&record.event)) {
    gathered.open.add(record.time, record.host, record.pid, heartbeat->open);
  } else if (const auto* finished = std::get_if<statistics::SessionsFinished>(&record.event)) {
    gathered.open.add(record.time, record.host, record.pid, finished->processing);
  } else if (const auto* end = std::get_if<statistics::MilterEnd>(&record.event)) {
    if (!wanted(end->name) || load.work_source == LoadSource::messages) return;
    if (settings_.content_only && !is_content(end->state)) return;
    if (!is_plausible(record.time - end->elapsed, end->elapsed, record.time)) return;
    load.work.push_back({record.time - end->elapsed, end->elapsed});
    load.work_source = LoadSource::connections;
  } else if (const auto* minute = std::get_if<statistics::MilterLoad>(&record.event)) {
    if (!wanted(minute->name) || !(minute->span > 0 && minute->span < 1e6)) return;
    add_minute(record, *minute, gathered);
  }
}

// Lines of several processes cover the same time: their work adds up, the time does not.
void MilterLoad::add_minute(const maillog::Record& record, const statistics::MilterLoad& minute,
                            Gathered& of) {
  auto& hours = of.load.load_hours;
  const auto hour = static_cast<std::int64_t>(std::floor(record.time / kHour)) * kHour;
  const auto found = hours.find(hour);
  if (found == hours.end() && hours.size() >= kMaximumHours) return;
  LoadHour& sums = found != hours.end() ? found->second : hours[hour];
  sums.busy_seconds += minute.busy_mean * minute.span;
  sums.messages += minute.messages;
  const double begin = record.time - minute.span;
  sums.begin = sums.seconds > 0 ? std::min(sums.begin, begin) : begin;
  sums.end = sums.seconds > 0 ? std::max(sums.end, record.time) : record.time;
  sums.seconds = sums.end - sums.begin;
  of.busy.add(record.time, record.host, record.pid, minute.busy_max);
}

void MilterLoad::message(const Message& message) {
  for (const ChildVerdict& child : message.children) {
    if (!wanted(child.name)) continue;
    HostLoad& load = host(message.host).load;
    if (load.work_source != LoadSource::messages) {
      // From here on it is known exactly.
      load.work = {};
      load.work_source = LoadSource::messages;
    }
    if (!child.epoch || child.cause == statistics::Cause::condition) continue;
    if (settings_.content_only && !is_content(child.state)) continue;
    const double begin = *child.epoch - child.final_waited;
    if (!is_plausible(begin, child.final_waited, message.time)) continue;
    load.work.push_back({begin, child.final_waited});
    if (child.cause == statistics::Cause::fallback) ++load.failed;
  }
}

void MilterLoad::other_line(const maillog::OtherLine& line) {
  if (line.program == "spamd") host(line.host).load.spamd.add(line.time, line.text);
}

std::map<std::string, HostLoad, std::less<>> MilterLoad::take_hosts() {
  std::map<std::string, HostLoad, std::less<>> loads;
  for (auto& [name, gathered] : std::exchange(hosts_, {})) {
    sort_by_begin(gathered.load.work);
    gathered.load.most_busy = gathered.busy.most();
    gathered.load.most_open = gathered.open.most();
    loads.emplace(name, std::move(gathered.load));
  }
  return loads;
}

}  // namespace milter_manager::report
