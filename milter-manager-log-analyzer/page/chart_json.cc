// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-manager-log-analyzer/page/chart_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>
#include <span>
#include <vector>

#include "milter-manager-log-analyzer/text.h"

namespace milter_manager::log_analyzer {
namespace {

using nlohmann::json;
using std::chrono::sys_seconds;

constexpr std::string_view kScriptTexts = "script.";

std::string quoted(const std::string& text) {
  return json(text).dump(-1, ' ', false, json::error_handler_t::replace);
}

// Before the first that is known there may be a year of nothing.
std::size_t unknown_before(const std::vector<double>& values) {
  const auto first =
      std::find_if(values.begin(), values.end(), [](double value) { return std::isfinite(value); });
  return static_cast<std::size_t>(first - values.begin());
}

void put_values(std::span<const double> values, std::string& out) {
  for (const double value : values) {
    if (std::isfinite(value)) {
      fmt::format_to(std::back_inserter(out), "{:.4g},", value);
    } else {
      out += "null,";
    }
  }
  if (!values.empty()) out.pop_back();
}

std::int64_t offset_at(std::int64_t time) {
  return local_date(sys_seconds(std::chrono::seconds(time))).tm_gmtoff;
}

json offsets(std::int64_t from, std::int64_t to) {
  constexpr std::int64_t kDay = 86400;
  json all = json::array();
  std::int64_t current = offset_at(from);
  all.push_back({from, current});
  for (std::int64_t day = from; day < to; day += kDay) {
    if (offset_at(day + kDay) == current) continue;
    // Where in the day it changes.
    std::int64_t before = day, after = day + kDay;
    while (after - before > 1) {
      const std::int64_t middle = before + (after - before) / 2;
      (offset_at(middle) == current ? before : after) = middle;
    }
    current = offset_at(after);
    all.push_back({after, current});
  }
  return all;
}

}  // namespace

std::string for_script(std::string json) {
  std::string out;
  out.reserve(json.size());
  for (const char letter : json) {
    switch (letter) {
      case '<':
        out += "\\u003c";
        break;
      case '>':
        out += "\\u003e";
        break;
      case '&':
        out += "\\u0026";
        break;
      default:
        out += letter;
    }
  }
  return out;
}

std::string chart_json(const Exhibit& exhibit, const Language& language) {
  const sys_seconds last =
      exhibit.start +
      exhibit.row * static_cast<std::int64_t>(exhibit.series.empty() ? 0 : exhibit.series[0].values.size());
  std::string out =
      fmt::format(R"({{"start":{},"row":{},"until":{},"stack":{},"unit":{},"second_unit":{},"series":[)",
                  exhibit.start.time_since_epoch().count(), exhibit.row.count(),
                  std::min(last, exhibit.until).time_since_epoch().count(), exhibit.shape == Shape::stack,
                  quoted(language.word(exhibit.unit)), quoted(language.word(exhibit.second_unit)));
  bool first = true;
  for (const Series& series : exhibit.series) {
    if (!(series.highest > 0)) continue;
    out += first ? "" : ",";
    first = false;
    out += fmt::format(
        R"({{"label":{},"light":"#{:06x}","dark":"#{:06x}","dashed":{},"second":{},"counts":{},"begin":{},"unknown":{},"values":[)",
        quoted(language.word(series.label)), series.light, series.dark, series.dashed,
        !exhibit.second_unit.empty() && series.measure != Measure::events, series.measure == Measure::events,
        series.begin.time_since_epoch().count(), unknown_before(series.values));
    put_values(std::span(series.values).subspan(unknown_before(series.values)), out);
    out += "]}";
  }
  return for_script(out + "]}");
}

std::string page_json(const Language& language, sys_seconds from, const Page& page) {
  json texts = json::object();
  for (const auto& [name, text] : language.texts()) {
    if (name.starts_with(kScriptTexts)) texts[name.substr(kScriptTexts.size())] = text;
    if (name.starts_with("duration.")) texts[name] = text;
  }
  json fields{{"made", page.made.time_since_epoch().count()},
              {"ended", page.log_ended},
              {"offsets", offsets(from.time_since_epoch().count(), page.now.time_since_epoch().count())},
              {"texts", std::move(texts)}};
  if (page.summary.newest) fields["newest"] = page.summary.newest->time_since_epoch().count();
  return for_script(fields.dump());
}

}  // namespace milter_manager::log_analyzer
