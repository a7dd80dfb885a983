// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/model/summary.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace milter_manager::report {
namespace {

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

std::uint32_t SummaryCounter::number_of(std::string_view name) {
  const std::uint32_t number = names_.number(name);
  while (summary_.milters.size() <= number) {
    MilterSummary& added = summary_.milters.emplace_back();
    added.name = names_.name(static_cast<std::uint32_t>(summary_.milters.size() - 1));
    added.report_keys.resize(rules_.keys().size());
    milter_minutes_.emplace_back(room_);
  }
  return number;
}

MilterSummary& SummaryCounter::milter(std::string_view name) { return summary_.milters[number_of(name)]; }

SummaryCounter::Host& SummaryCounter::host(std::string_view name) {
  const std::uint32_t number = host_names_.number(name);
  while (hosts_.size() <= number) {
    Host& added = hosts_.emplace_back();
    added.summary.name = host_names_.name(static_cast<std::uint32_t>(hosts_.size() - 1));
  }
  return hosts_[number];
}

// None where there are too many.
HostSummary::Verdicts* SummaryCounter::verdicts(Host& host, std::uint32_t milter) {
  if (host.places.size() <= milter) host.places.resize(milter + 1);
  std::uint32_t& place = host.places[milter];
  auto& all = host.summary.verdicts;
  if (place == 0) {
    if (host_milters_ >= kMaximumHostMilters) return nullptr;
    ++host_milters_;
    all.emplace_back().milter = milter;
    place = static_cast<std::uint32_t>(all.size());
  }
  return &all[place - 1];
}

void SummaryCounter::header(const maillog::Record& record, std::span<const maillog::ReportHit> hits) {
  const auto* const header = std::get_if<statistics::MilterHeaderAdd>(&record.event);
  summary_.report_keys.resize(rules_.keys().size());
  auto& keys = header != nullptr ? milter(header->milter).report_keys : summary_.report_keys;
  for (const maillog::ReportHit& hit : hits) keys[hit.key] += hit.count;
}

void SummaryCounter::take(const statistics::MilterEnd& end, double time) {
  const std::uint32_t number = number_of(end.name);
  MilterSummary& milter_summary = summary_.milters[number];
  ++milter_summary.connections;
  ++milter_summary.connection_statuses[end.status];
  // A milter that was never connected to was not waited for either.
  if (end.state == State::start) return;
  milter_summary.connection_waits.add(std::max(end.elapsed, 0.0));
  if (summary_.messages == 0) milter_minutes_[number].connections.add(time);
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
    take_connection(record);
  } else if (const auto* const milter_end = std::get_if<statistics::MilterEnd>(&record.event)) {
    take(*milter_end, record.time);
  } else if (const auto* const load = std::get_if<statistics::MilterLoad>(&record.event)) {
    take(*load);
  } else if (const auto* const old = std::get_if<statistics::OldSessionEnd>(&record.event)) {
    ++summary_.connections;
    summary_.connection_times.add(old->elapsed);
    take_connection(record);
  } else if (const auto* const old_milter = std::get_if<statistics::OldMilterEnd>(&record.event)) {
    const std::uint32_t number = number_of(old_milter->name);
    MilterSummary& of = summary_.milters[number];
    ++of.connections;
    of.connection_waits.add(std::max(old_milter->elapsed, 0.0));
    if (summary_.messages == 0) milter_minutes_[number].connections.add(record.time);
  } else if (std::holds_alternative<statistics::SessionDisconnected>(record.event)) {
    ++summary_.disconnected;
  }
}

// Minutes of connections count only where there are no messages, whose lines come before those of the first connection's end.
void SummaryCounter::take_connection(const maillog::Record& record) {
  ++host(record.host).summary.connections;
  if (summary_.messages == 0) connection_minutes_.add(record.time);
}

void SummaryCounter::message(const Message& message) {
  ++summary_.messages;
  ++summary_.by_stage[at(message.state)][message.status];
  summary_.bytes += message.bytes;
  summary_.recipients += message.recipients;
  summary_.refused += message.refused;
  summary_.message_times.add(message.elapsed);
  message_minutes_.add(message.time);
  Host& on = host(message.host);
  ++on.summary.messages;
  ++on.summary.statuses[message.status];
  for (const ChildVerdict& child : message.children) take(child, message.time, on);
}

void SummaryCounter::take(const ChildVerdict& child, double time, Host& on) {
  const std::uint32_t number = number_of(child.name);
  MilterSummary& of = summary_.milters[number];
  if (++of.messages == 1) of.place = ++places_;
  ++of.verdicts[at(child.group)][at(child.cause)][at(child.state)][at(child.status)];
  if (!was_asked(child)) return;
  ++of.asked;
  ++of.statuses[at(child.group)][child.status];
  milter_minutes_[number].messages.add(time);
  if (child.cause == Cause::fallback) ++of.failures;
  if (child.applied()) add_effect(child, of.applied);
  if (child.group == Group::evaluated) add_effect(child, of.evaluated);
  // A verdict at CONNECT is repeated for each message without waiting again.
  if (child.waited > 0) of.waits.add(child.waited);
  HostSummary::Verdicts* const there = verdicts(on, number);
  if (there == nullptr) return;
  ++there->statuses[at(child.group)][child.status];
  if (child.cause == Cause::fallback) ++there->failures[at(child.group)];
  there->waited[at(child.group)] += child.waited;
}

Summary SummaryCounter::finish() {
  const bool has_messages = summary_.messages > 0;
  summary_.report_keys.resize(rules_.keys().size());
  summary_.busiest = (has_messages ? message_minutes_ : connection_minutes_).busiest();
  for (std::size_t i = 0; i < summary_.milters.size(); ++i) {
    const MilterMinutes& minutes = milter_minutes_[i];
    summary_.milters[i].busiest = (has_messages ? minutes.messages : minutes.connections).busiest();
  }
  sort_milters();
  for (Host& one : hosts_) summary_.hosts.push_back(std::move(one.summary));
  std::sort(summary_.hosts.begin(), summary_.hosts.end(),
            [](const HostSummary& a, const HostSummary& b) { return a.name < b.name; });
  return std::move(summary_);
}

// Header lines come before message lines, whose order is the configuration's.
void SummaryCounter::sort_milters() {
  std::vector<std::uint32_t> order(summary_.milters.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return summary_.milters[a].place < summary_.milters[b].place;
  });
  std::vector<MilterSummary> sorted;
  std::vector<std::uint32_t> places(order.size());
  for (const std::uint32_t number : order) {
    places[number] = static_cast<std::uint32_t>(sorted.size());
    sorted.push_back(std::move(summary_.milters[number]));
  }
  summary_.milters = std::move(sorted);
  for (Host& one : hosts_) {
    auto& all = one.summary.verdicts;
    for (HostSummary::Verdicts& of : all) of.milter = places[of.milter];
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.milter < b.milter; });
  }
}

}  // namespace milter_manager::report
