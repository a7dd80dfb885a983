// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-manager-log-analyzer/late_events.h"

#include <fmt/format.h>

#include "milter-manager-log-analyzer/text.h"

namespace milter_manager::log_analyzer {
namespace {

constexpr std::int64_t kMinute = 60;

std::string time_text(std::int64_t time) {
  return local_time(std::chrono::sys_seconds(std::chrono::seconds(time)));
}

}  // namespace

void note_by_day(const maillog::LinesByDay& lines, std::string_view what, Outcome& outcome) {
  constexpr std::size_t kShown = 20;
  std::size_t shown = 0;
  for (const auto& [key, count] : lines.lines()) {
    if (++shown > kShown) {
      outcome.notes.push_back(fmt::format("… and so on: {} hosts and days in all", lines.lines().size()));
      return;
    }
    const auto& [host, day] = key;
    if (host.empty()) {
      outcome.notes.push_back(fmt::format("other hosts and days: {} {}", count, what));
      continue;
    }
    const std::string date = local_time(std::chrono::sys_seconds(std::chrono::seconds(day))).substr(0, 10);
    outcome.notes.push_back(fmt::format("host {} on {}: {} {}", maillog::printable(host), date, count, what));
  }
}

LateEvents::LateEvents(const maillog::ReadState& before, std::chrono::sys_seconds now)
    : closed_(before.closed), now_(now) {
  for (const maillog::HostState& host : before.hosts) known_hosts_.insert(host.name);
}

void LateEvents::report(const maillog::Collector& collector, Outcome& outcome) const {
  report_clock(outcome);
  const maillog::LinesByDay& late = collector.report().late;
  note_by_day(late, "events came after their minute was closed, and are not counted (--lateness)", outcome);
  std::uint64_t events = 0;
  std::string unknown_host;
  for (const auto& [key, count] : late.lines()) {
    events += count;
    if (!key.first.empty() && known_hosts_.count(key.first) == 0) unknown_host = key.first;
  }
  if (events == 0 || !closed_) return;
  const std::string through = time_text(*closed_);
  if (!unknown_host.empty()) {
    outcome.failures.push_back(
        fmt::format("host {} is new, but the minutes up to {} are closed by the logs of other hosts, and {} "
                    "events of closed "
                    "minutes are not counted: give the logs of all hosts to one run, with --log for each",
                    maillog::printable(unknown_host), through, events));
  } else if (2 * events > collector.stream().counts().events) {
    outcome.failures.push_back(fmt::format(
        "most of what was read is of minutes up to {}, which are closed: {} events are not counted. A log "
        "is read only once, and together with the others of its time",
        through, events));
  }
}

void LateEvents::report_clock(Outcome& outcome) const {
  const std::int64_t now = now_.time_since_epoch().count();
  if (!closed_ || now >= *closed_ + kMinute) return;
  outcome.failures.push_back(fmt::format(
      "the clock has been set back: it is {}, but the minutes up to {} are closed. Events of these minutes "
      "are not counted; later ones are",
      time_text(now), time_text(*closed_)));
}

}  // namespace milter_manager::log_analyzer
