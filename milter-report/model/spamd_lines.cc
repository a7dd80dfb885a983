// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/model/spamd_lines.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace milter_manager::report {
namespace {

constexpr std::string_view kStates = "prefork: child states: ";
constexpr std::string_view kReached = "prefork: server reached --max-children";
constexpr std::string_view kResult = "spamd: result: ";
constexpr std::string_view kScanTime = " scantime=";
// Who writes more letters than any spamd has children is no spamd.
constexpr std::size_t kMostChildren = 10'000;
constexpr std::size_t kMostHours = 100'000;

}  // namespace

void SpamdLines::add(double time, std::string_view text) {
  if (text.starts_with(kStates)) {
    std::string_view letters = text.substr(kStates.size());
    letters = letters.substr(0, letters.find(' '));
    if (letters.empty() || letters.size() > kMostChildren) return;
    const auto busy = static_cast<std::uint32_t>(std::count(letters.begin(), letters.end(), 'B'));
    ++states;
    if (letters.find('I') == std::string_view::npos) ++all_busy;
    most_children = std::max(most_children, static_cast<std::uint32_t>(letters.size()));
    most_busy = std::max(most_busy, busy);
  } else if (text.starts_with(kReached)) {
    ++reached_maximum;
    const std::int64_t hour = static_cast<std::int64_t>(std::floor(time / 3600)) * 3600;
    if (reached_by_hour.size() < kMostHours || reached_by_hour.count(hour) > 0) ++reached_by_hour[hour];
  } else if (text.starts_with(kResult)) {
    const std::size_t at = text.find(kScanTime);
    if (at == std::string_view::npos) return;
    double seconds = 0;
    const char* const begin = text.data() + at + kScanTime.size();
    const auto [end, error] = std::from_chars(begin, text.data() + text.size(), seconds);
    if (error != std::errc{} || end == begin || !(seconds >= 0 && seconds < 1e6)) return;
    ++scans;
    scan_seconds += seconds;
  }
}

}  // namespace milter_manager::report
