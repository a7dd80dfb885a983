// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-manager-log-analyzer/explain.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cmath>
#include <iterator>

#include "core/maillog/line_parser.h"
#include "core/maillog/minutes.h"
#include "core/maillog/stream.h"
#include "core/maillog/view_source.h"
#include "milter-manager-log-analyzer/archives_update.h"

namespace milter_manager::log_analyzer {
namespace {

const char* name_of(maillog::Format format) {
  switch (format) {
    case maillog::Format::bsd:
      return "BSD (RFC 3164)";
    case maillog::Format::rfc3339:
      return "RFC 3339";
    case maillog::Format::rfc5424:
      return "RFC 5424";
    case maillog::Format::own_file:
      return "milter-manager's own log file";
    case maillog::Format::journal:
      return "systemd journal, as JSON";
  }
  return "";
}

std::string why_not(maillog::Rejection rejection, const std::string& program) {
  switch (rejection) {
    case maillog::Rejection::no_stamp:
      return "the line is in no format that is known: it begins with no time and host";
    case maillog::Rejection::other_program:
      return fmt::format("it is another program's line, not {}[PID]'s", program);
    case maillog::Rejection::no_statistics:
      return fmt::format("it is a line of {}, but its text does not begin with \"[statistics] \"", program);
    case maillog::Rejection::no_text:
      return "the journal's JSON leaves out what it says: journalctl --all shows it";
  }
  return "";
}

std::string time_text(double time) {
  const auto second = static_cast<std::time_t>(std::floor(time));
  const auto microsecond = static_cast<int>(std::llround((time - std::floor(time)) * 1e6));
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06}Z", fmt::gmtime(second), microsecond);
}

void explain_counts(const maillog::Minutes& minutes, std::string& out) {
  bool is_first = true;
  for (const auto& [key, series] : minutes.series()) {
    const auto kind = archive_kind(key.kind);
    if (!kind) continue;
    const auto& sources = archive::layout(*kind).sources;
    for (const auto& [minute, row] : series) {
      if (is_first) {
        fmt::format_to(std::back_inserter(out), "counts   in the minute {:%Y-%m-%dT%H:%MZ}\n",
                       fmt::gmtime(static_cast<std::time_t>(minute)));
      }
      is_first = false;
      for (std::size_t i = 0; i < sources.size(); ++i) {
        if (row[i] == 0 || std::isnan(row[i])) continue;
        fmt::format_to(std::back_inserter(out), "           {}: {} +{}\n",
                       archive::file_name(*kind, key.milter, key.report_key), sources[i], row[i]);
      }
    }
  }
  if (is_first) out += "counts   nowhere: such an event has no place in any archive\n";
}

}  // namespace

std::string explain(const std::string& line, const std::string& program, const maillog::ReportRules& rules,
                    std::chrono::sys_seconds now) {
  const auto seconds = static_cast<double>(now.time_since_epoch().count());
  maillog::LineParser parser(program, seconds);
  const auto parsed = parser.parse(line);
  if (!parsed) return fmt::format("It does not count: {}.\n", why_not(parsed.error(), program));
  std::string out =
      fmt::format("format   {}\ntime     {}\nhost     {}, process {}\n", name_of(parsed->format),
                  time_text(parsed->time), maillog::printable(parsed->host->name), parsed->pid);
  maillog::Minutes minutes(&rules);
  std::string event;
  maillog::Stream stream({program, seconds, 0}, [&](const maillog::Record& record) {
    statistics::format(record.event, event);
    minutes.add(record);
  });
  maillog::ViewSource source(line);
  stream.read_on(source, "", maillog::Stream::LastLine::take);
  if (event.empty()) return out + "It does not count: its text is no event that is known.\n";
  out += fmt::format("event    {}\n", event);
  if (stream.counts().cut > 0) out += "         (the line's end is missing)\n";
  explain_counts(minutes, out);
  return out;
}

}  // namespace milter_manager::log_analyzer
