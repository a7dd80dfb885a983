// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/model/summary.h"

#include <algorithm>
#include <numeric>

#include "core/maillog/minute.h"

namespace milter_manager::report {
namespace {

// Logs may claim any time: beyond so many minutes the busiest is that of those known.
constexpr std::size_t kMaximumMinutes = 1'000'000;

using statistics::Cause;
using statistics::Group;
using statistics::State;
using statistics::Status;

template <typename Word>
std::size_t at(Word word) {
  return static_cast<std::size_t>(word);
}

// A condition kept it out, or nothing ever reached it.
bool was_asked(const ChildVerdict& child) {
  return child.cause != Cause::condition && !(child.state == State::start && child.status == Status::pass);
}

void add_effect(const ChildVerdict& child, Effect& effect) {
  ++effect.messages[child.status];
  effect.rejected += child.rejected;
  effect.deferred += child.deferred;
}

}  // namespace

std::uint64_t StatusCounts::sum() const {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

StatusCounts Summary::statuses() const {
  StatusCounts all;
  for (const StatusCounts& stage : by_stage) {
    for (std::size_t i = 0; i < kStatuses; ++i) all.counts[i] += stage.counts[i];
  }
  return all;
}

void SummaryCounter::Minutes::add(double time) {
  const std::int64_t minute = maillog::minute_of(time);
  if (recent_count == nullptr || minute != recent) {
    if (counts.size() >= kMaximumMinutes && counts.count(minute) == 0) return;
    recent_count = &counts[minute];
    recent = minute;
  }
  ++*recent_count;
}

std::pair<std::optional<std::int64_t>, std::uint64_t> SummaryCounter::Minutes::busiest() const {
  std::optional<std::int64_t> minute;
  std::uint64_t most = 0;
  for (const auto& [of, count] : counts) {
    if (count > most || (count == most && of < minute.value_or(of))) {
      minute = of;
      most = count;
    }
  }
  return {minute, most};
}

MilterSummary& SummaryCounter::milter(std::string_view name) {
  const std::uint32_t number = names_.number(name);
  while (summary_.milters.size() <= number) {
    MilterSummary& added = summary_.milters.emplace_back();
    added.name = names_.name(static_cast<std::uint32_t>(summary_.milters.size() - 1));
    added.report_keys.resize(rules_.keys().size());
  }
  return summary_.milters[number];
}

void SummaryCounter::header(const maillog::Record& record, std::span<const maillog::ReportHit> hits) {
  const auto* const header = std::get_if<statistics::MilterHeaderAdd>(&record.event);
  summary_.report_keys.resize(rules_.keys().size());
  auto& keys = header != nullptr ? milter(header->milter).report_keys : summary_.report_keys;
  for (const maillog::ReportHit& hit : hits) keys[hit.key] += hit.count;
}

void SummaryCounter::take(const statistics::MilterEnd& end) {
  MilterSummary& milter_summary = milter(end.name);
  ++milter_summary.connections;
  ++milter_summary.connection_statuses[end.status];
  // A milter that was never connected to was not waited for either.
  if (end.state != State::start) milter_summary.connection_waits.add(std::max(end.elapsed, 0.0));
}

void SummaryCounter::take(const statistics::MilterLoad& load) {
  MilterSummary& milter_summary = milter(load.name);
  ++milter_summary.loads;
  milter_summary.errors += load.errors;
  milter_summary.timeouts += load.timeouts;
}

void SummaryCounter::event(const maillog::Record& record) {
  if (const auto* const end = std::get_if<statistics::SessionEnd>(&record.event)) {
    ++summary_.connections;
    ++summary_.connection_statuses[end->status];
    summary_.connection_times.add(end->elapsed);
    connection_minutes_.add(record.time);
  } else if (const auto* const milter_end = std::get_if<statistics::MilterEnd>(&record.event)) {
    take(*milter_end);
  } else if (const auto* const load = std::get_if<statistics::MilterLoad>(&record.event)) {
    take(*load);
  } else if (const auto* const old = std::get_if<statistics::OldSessionEnd>(&record.event)) {
    ++summary_.connections;
    summary_.connection_times.add(old->elapsed);
    connection_minutes_.add(record.time);
  } else if (const auto* const old_milter = std::get_if<statistics::OldMilterEnd>(&record.event)) {
    MilterSummary& of = milter(old_milter->name);
    ++of.connections;
    of.connection_waits.add(std::max(old_milter->elapsed, 0.0));
  } else if (std::holds_alternative<statistics::SessionDisconnected>(record.event)) {
    ++summary_.disconnected;
  }
}

void SummaryCounter::message(const Message& message) {
  ++summary_.messages;
  ++summary_.by_stage[at(message.state)][message.status];
  summary_.bytes += message.bytes;
  summary_.recipients += message.recipients;
  summary_.refused += message.refused;
  summary_.message_times.add(message.elapsed);
  message_minutes_.add(message.time);
  for (const ChildVerdict& child : message.children) {
    MilterSummary& of = milter(child.name);
    if (++of.messages == 1) of.place = ++places_;
    ++of.verdicts[at(child.group)][at(child.cause)][at(child.state)][at(child.status)];
    if (!was_asked(child)) continue;
    ++of.asked;
    ++of.statuses[at(child.group)][child.status];
    if (child.cause == Cause::fallback) ++of.failures;
    if (child.applied()) add_effect(child, of.applied);
    if (child.group == Group::evaluated) add_effect(child, of.evaluated);
    // A verdict at CONNECT is repeated for each message without waiting again.
    if (child.waited > 0) of.waits.add(child.waited);
  }
}

Summary SummaryCounter::finish() {
  summary_.report_keys.resize(rules_.keys().size());
  const auto busiest = (summary_.messages > 0 ? message_minutes_ : connection_minutes_).busiest();
  summary_.busiest_minute = busiest.first;
  summary_.busiest_count = busiest.second;
  // Header lines come before message lines, whose order is the configuration's.
  std::stable_sort(summary_.milters.begin(), summary_.milters.end(),
                   [](const MilterSummary& a, const MilterSummary& b) { return a.place < b.place; });
  return std::move(summary_);
}

}  // namespace milter_manager::report
