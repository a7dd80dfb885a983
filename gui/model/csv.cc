// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/model/csv.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cmath>
#include <iterator>

namespace milter_manager::gui {
namespace {

// A field as RFC 4180 has it. Report keys are an administrator's, but an archive's name may come from anywhere.
std::string field(const std::string& text) {
  std::string safe;
  if (!text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos) safe = "'";
  safe += text;
  if (safe.find_first_of("\",\r\n") == std::string::npos) return safe;
  std::string quoted = "\"";
  for (const char byte : safe) quoted.append(byte == '"' ? 2 : 1, byte);
  return quoted + '"';
}

}  // namespace

std::string to_csv(const ChartData& chart) {
  std::string csv = "time";
  for (const Line& line : chart.lines) csv += "," + field(line.key);
  csv += "\r\n";
  for (std::size_t row = 0; row < chart.rows(); ++row) {
    const auto time = chart.time(row);
    if (time + chart.step <= chart.period.from || time >= chart.period.to) continue;
    fmt::format_to(std::back_inserter(csv), "{:%Y-%m-%dT%H:%M:%SZ}",
                   fmt::gmtime(time.time_since_epoch().count()));
    for (const Line& line : chart.lines) {
      const double value = line.values[row];
      // The shortest text that reads back as the same number.
      std::isnan(value) ? fmt::format_to(std::back_inserter(csv), ",")
                        : fmt::format_to(std::back_inserter(csv), ",{}", value);
    }
    csv += "\r\n";
  }
  return csv;
}

}  // namespace milter_manager::gui
