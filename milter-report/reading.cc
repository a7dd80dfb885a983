// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include "milter-report/command.h"
#include "milter-report/render.h"

namespace milter_manager::report {
namespace {

std::string moment_text(double time) { return shown(number(time, Unit::time)); }

std::string period_text(std::optional<double> first, std::optional<double> last) {
  if (!first || !last) return "nothing";
  return fmt::format("{} to {}", moment_text(*first), moment_text(*last));
}

std::string logs_text(const LogSelection& selection) {
  std::string text;
  for (const std::string& path : selection.paths) {
    text += fmt::format("{}{}", text.empty() ? "" : ", ", path == "-" ? "standard input" : path);
  }
  return text;
}

std::string asked_period(const LogSelection& selection) {
  if (selection.since && selection.until) {
    return fmt::format("from {} to {}", moment_text(*selection.since), moment_text(*selection.until));
  }
  if (selection.since) return fmt::format("from {} on", moment_text(*selection.since));
  return fmt::format("before {}", moment_text(selection.until.value_or(0)));
}

void add_losses(const ReadReport& report, Document& document) {
  std::uint64_t written = 0, lost = 0, dropped = 0;
  for (const ReadReport::HostReport& host : report.hosts) {
    written += host.written;
    lost += host.lost;
    dropped += host.dropped;
  }
  if (lost + dropped > 0) {
    document.cautions.push_back(
        fmt::format("{} of {} statistics lines never reached this log ({} lost on the way, {} dropped by the "
                    "manager's own log): all counts are too "
                    "low by about that share.",
                    shown(count(lost + dropped)), shown(count(written + dropped)), shown(count(lost)),
                    shown(count(dropped))));
  }
  if (report.events > 0 && report.heartbeats == 0) {
    document.cautions.push_back(
        "No heartbeat is in the log: lines that were lost on the way cannot be told.");
  }
}

}  // namespace

void describe_reading(const LogSelection& selection, const ReadReport& report, Document& document) {
  document.about.emplace_back("period", period_text(report.first, report.last));
  if (selection.since || selection.until) document.about.emplace_back("asked_for", asked_period(selection));
  document.about.emplace_back("log", logs_text(selection));
  std::string lines = fmt::format("{} lines, {} statistics events", shown(count(report.counts.lines)),
                                  shown(count(report.events)));
  document.about.emplace_back("read", std::move(lines));
  for (const std::string& failed : report.failures)
    document.cautions.push_back("Not all could be read: " + failed);
  document.cautions.insert(document.cautions.end(), report.notes.begin(), report.notes.end());
  add_losses(report, document);
  if (report.counts.unknown + report.counts.no_stamp > 0) {
    document.cautions.push_back(
        fmt::format("{} lines were not understood (\"milter-manager-log-analyzer --explain LINE\" tells how "
                    "a line is read).",
                    shown(count(report.counts.unknown + report.counts.no_stamp))));
  }
  if (report.unfinished > 0) {
    document.cautions.push_back(
        fmt::format("{} verdicts belong to messages whose end is not in the log: they do not count.",
                    shown(count(report.unfinished))));
  }
}

std::optional<std::string> nothing_to_report(const LogSelection& selection, const ReadReport& report,
                                             bool needs_messages) {
  const std::string logs = logs_text(selection);
  if (report.counts.lines == 0) return fmt::format("{}: no line is in it", logs);
  if (!report.log_first) {
    return fmt::format(
        "{}: {} lines, none of them a statistics line of \"{}\". Is it the right log (mail facility), and "
        "the program's name "
        "(--program)?",
        logs, report.counts.lines, selection.program);
  }
  if (report.events == 0) {
    return fmt::format("{}: nothing {}; the log has events of {}", logs, asked_period(selection),
                       period_text(report.log_first, report.log_last));
  }
  if (!needs_messages || report.has_messages()) return std::nullopt;
  return fmt::format(
      "{}: {} connections of {}, but no [message] lines: a version before 3 wrote this log, or "
      "statistics.messages is false. Of connections "
      "\"milter-report summary\" tells what there is",
      logs, report.connections, period_text(report.first, report.last));
}

}  // namespace milter_manager::report
