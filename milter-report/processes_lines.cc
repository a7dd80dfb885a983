// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/processes_lines.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>

#include "milter-report/document.h"
#include "milter-report/render.h"

namespace milter_manager::report {
namespace {

using processes::Measured;
using processes::Process;
using processes::Sample;

constexpr const char* kUnknown = "-";
// Where awk and people look for the first seven has not changed since they were the only ones.
constexpr const char* kColumns = "{:>8} {:>6} {:>9} {:>9} {:>5} {:>8} {:>5} {:>9} {:>5} {}\n";

std::string bytes(std::uint64_t value) {
  constexpr double kStep = 1024;
  constexpr const char* kUnits[] = {"KiB", "MiB", "GiB", "TiB"};
  double size = static_cast<double>(value) / kStep;
  std::size_t unit = 0;
  // 1023.95 would be shown as 1024.0.
  for (; size >= 1023.95 && unit + 1 < std::size(kUnits); ++unit) size /= kStep;
  return fmt::format("{:.1f}{}", size, kUnits[unit]);
}

// "01:23", "1:02:03", "12d03h".
std::string cpu_time(double seconds) {
  const auto whole = static_cast<std::int64_t>(seconds);
  if (whole < 3600) return fmt::format("{:02}:{:02}", whole / 60, whole % 60);
  if (whole < 100 * 3600) return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
  return fmt::format("{}d{:02}h", whole / 86400, whole / 3600 % 24);
}

std::time_t unix_time(const Sample& sample) { return sample.moment.wall.time_since_epoch().count(); }

std::string local_time(const Sample& sample) {
  return fmt::format("{:%H:%M:%S}", fmt::localtime(unix_time(sample)));
}

std::string utc(const Sample& sample) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(unix_time(sample)));
}

std::optional<double> thousandths(std::optional<double> value) {
  return value ? std::optional<double>(std::round(*value * 1000) / 1000) : std::nullopt;
}

template <typename Value>
nlohmann::ordered_json json_value(const std::optional<Value>& value) {
  return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json(nullptr);
}

template <typename Integer>
Cell cell(std::optional<Integer> value) {
  return value ? number(static_cast<double>(*value)) : Cell(Unknown{});
}

const std::vector<Column>& csv_columns() {
  static const std::vector<Column> columns = {
      {"time", "", true},  {"name", "", true}, {"pid", ""},           {"vss_bytes", ""},
      {"rss_bytes", ""},   {"pss_bytes", ""},  {"cpu_percent", ""},   {"cpu_seconds", ""},
      {"descriptors", ""}, {"threads", ""},    {"command", "", true},
  };
  return columns;
}

}  // namespace

std::string_view process_heading() {
  static const std::string heading =
      fmt::format(kColumns, "Time", "PID", "VSS", "RSS", "%CPU", "CPU time", "#FD", "PSS", "#Thr", "Command");
  return heading;
}

std::string process_lines(const Sample& sample) {
  const std::string time = local_time(sample);
  if (sample.processes.empty()) return time + " not found\n";
  std::string out;
  for (const Measured& one : sample.processes) {
    const Process& process = one.process;
    fmt::format_to(
        std::back_inserter(out), kColumns, time, process.pid, bytes(process.virtual_bytes),
        bytes(process.resident_bytes), one.cpu_percent ? fmt::format("{:.1f}", *one.cpu_percent) : kUnknown,
        cpu_time(one.cpu_seconds), process.descriptors ? std::to_string(*process.descriptors) : kUnknown,
        process.proportional_bytes ? bytes(*process.proportional_bytes) : kUnknown, process.threads,
        safe_text(process.command()));
  }
  return out;
}

std::string process_csv(const Sample& sample, bool with_heading) {
  Table table;
  table.columns = csv_columns();
  const std::string time = utc(sample);
  for (const Measured& one : sample.processes) {
    const Process& process = one.process;
    table.rows.push_back(
        {time, one.name, number(process.pid), number(static_cast<double>(process.virtual_bytes)),
         number(static_cast<double>(process.resident_bytes)), cell(process.proportional_bytes),
         number(thousandths(one.cpu_percent), Unit::none), number(thousandths(one.cpu_seconds), Unit::none),
         cell(process.descriptors), number(process.threads), process.command()});
  }
  std::string text = render_csv(table);
  if (!with_heading) text.erase(0, text.find('\n') + 1);
  return text;
}

std::string process_json(const Sample& sample) {
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const Measured& one : sample.processes) {
    const Process& process = one.process;
    all.push_back({{"name", safe_text(one.name)},
                   {"pid", process.pid},
                   {"vss_bytes", process.virtual_bytes},
                   {"rss_bytes", process.resident_bytes},
                   {"pss_bytes", json_value(process.proportional_bytes)},
                   {"cpu_percent", json_value(thousandths(one.cpu_percent))},
                   {"cpu_seconds", *thousandths(one.cpu_seconds)},
                   {"descriptors", json_value(process.descriptors)},
                   {"threads", process.threads},
                   {"command", safe_text(process.command())}});
  }
  const nlohmann::ordered_json object = {{"time", utc(sample)}, {"processes", std::move(all)}};
  return object.dump() + "\n";
}

}  // namespace milter_manager::report
