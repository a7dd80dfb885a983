// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-manager-log-analyzer/page/reasons.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "milter-manager-log-analyzer/text.h"

namespace milter_manager::log_analyzer {
namespace {

using std::chrono::sys_seconds;

// Of the lines, beyond which their loss is the reason.
constexpr double kMost = 0.5;

const Exhibit* of_manager(const Room& room, Subject subject) {
  const auto found = std::find_if(room.exhibits.begin(), room.exhibits.end(), [&](const Exhibit& exhibit) {
    return exhibit.subject == subject && exhibit.safe_milter.empty();
  });
  return found == room.exhibits.end() ? nullptr : &*found;
}

const Series* series_of(const Exhibit* exhibit, std::string_view source) {
  if (exhibit == nullptr) return nullptr;
  const auto found = std::find_if(exhibit->series.begin(), exhibit->series.end(),
                                  [&](const Series& series) { return series.source == source; });
  return found == exhibit->series.end() || !found->known ? nullptr : &*found;
}

// The end of the last row with something in it.
std::optional<sys_seconds> last_event(const Exhibit& exhibit, const Series& series) {
  const auto last =
      std::find_if(series.values.rbegin(), series.values.rend(), [](double value) { return value > 0; });
  if (last == series.values.rend()) return std::nullopt;
  return exhibit.start + exhibit.row * std::distance(last, series.values.rend());
}

// The end of the last row that is known.
std::optional<sys_seconds> last_known(const Exhibit& exhibit, const Series& series) {
  const auto last = std::find_if(series.values.rbegin(), series.values.rend(),
                                 [](double value) { return !std::isnan(value); });
  if (last == series.values.rend()) return std::nullopt;
  return exhibit.start + exhibit.row * std::distance(last, series.values.rend());
}

}  // namespace

Reasons::Reasons(const Gallery& gallery) : gallery_(gallery) {
  // From the shortest rows to the longest: the first that knows of a milter knows best.
  for (const Room& room : gallery.rooms) {
    std::map<std::string, sys_seconds> in_room;
    for (const Exhibit& exhibit : room.exhibits) {
      if (exhibit.showing != Showing::events || exhibit.safe_milter.empty()) continue;
      for (const Series& series : exhibit.series) {
        const auto time = last_event(exhibit, series);
        if (!time) continue;
        auto& last = in_room.try_emplace(exhibit.safe_milter, *time).first->second;
        last = std::max(last, *time);
      }
    }
    last_seen_.merge(in_room);
  }
}

std::string Reasons::why_empty(const Room& room, const Exhibit& exhibit, const Language& language) const {
  switch (exhibit.showing) {
    case Showing::events:
      return {};
    case Showing::never_seen:
      return language.text("reason.never_seen");
    case Showing::too_young:
      return language.text("reason.too_young", {{"row", language.exact_duration(exhibit.row)}});
    case Showing::silent:
      if (!exhibit.newest) return language.text("reason.no_lines_ever");
      return language.text("reason.no_lines", {{"time", local_time(*exhibit.newest)}});
    case Showing::unreadable:
      return language.text("reason.unreadable");
    case Showing::nothing:
      break;
  }
  return why_nothing(room, exhibit, language);
}

std::string Reasons::why_nothing(const Room& room, const Exhibit& exhibit, const Language& language) const {
  const Exhibit* const health = of_manager(room, Subject::health);
  if (const Series* processes = series_of(health, "processes");
      processes != nullptr && processes->highest <= 0)
    return language.text("reason.manager_silent");
  // Few that were lost explain nothing, but may have told of it.
  const Series* const lost = series_of(health, "lost");
  const Series* const lines = series_of(health, "lines");
  if (lost == nullptr || lost->total < 1) return why_no_event(room, exhibit, language);
  const bool most = lines == nullptr || lost->total >= kMost * lines->total;
  const std::string why =
      language.text(most ? "reason.lost" : "reason.some_lost", {{"n", grouped(lost->total)}});
  return most ? why : why_no_event(room, exhibit, language) + language.text("reason.and") + why;
}

std::string Reasons::why_no_event(const Room& room, const Exhibit& exhibit, const Language& language) const {
  const Series* const connections = series_of(of_manager(room, Subject::sessions), "smtp");
  if (connections != nullptr && connections->highest <= 0) return language.text("reason.no_connections");
  if (!exhibit.safe_milter.empty()) {
    const auto seen = last_seen_.find(exhibit.safe_milter);
    if (seen == last_seen_.end()) return language.text("reason.milter_unknown_ever");
    if (seen->second <= exhibit.start)
      return language.text("reason.milter_unknown", {{"time", local_time(seen->second)}});
  }
  if (connections == nullptr) return language.text("reason.nothing");
  return language.text("reason.nothing_in", {{"n", grouped(connections->total)}});
}

std::optional<sys_seconds> Reasons::manager_silent_since() const {
  for (const Room& room : gallery_.rooms) {
    const Exhibit* const health = of_manager(room, Subject::health);
    const Series* const processes = series_of(health, "processes");
    if (processes == nullptr) continue;
    const auto reported = last_event(*health, *processes);
    const auto known = last_known(*health, *processes);
    if (!reported) continue;  // longer ago than this range goes
    if (known && *known > *reported + health->row) return reported;
    return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace milter_manager::log_analyzer
