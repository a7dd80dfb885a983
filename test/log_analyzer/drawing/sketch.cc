// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/log_analyzer/drawing/sketch.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "milter-manager-log-analyzer/options.h"

namespace milter_manager::log_analyzer {

std::chrono::sys_seconds at(const char* time) {
  const auto parsed = parse_time(time);
  REQUIRE(parsed);
  return *parsed;
}

const GraphDefinition& graph_of(Subject subject, bool of_milter) {
  for (const GraphDefinition& definition : graph_definitions()) {
    if (definition.subject == subject && archive::layout(definition.kind).of_milter == of_milter)
      return definition;
  }
  FAIL("no such graph");
  return graph_definitions()[0];
}

const Curve& curve_of(const Window& window, std::string_view source) {
  for (const Curve& curve : window.curves) {
    if (curve.style->source == source) return curve;
  }
  FAIL("no such curve");
  return window.curves[0];
}

const SeriesStyle& style_of(const GraphDefinition& definition, std::string_view source) {
  for (const SeriesStyle& style : definition.series) {
    if (style.source == source) return style;
  }
  FAIL("no such series");
  return definition.series[0];
}

archive::Archive archive_of(const ScratchDirectory& directory, archive::Kind kind, const char* first,
                            const std::vector<std::vector<double>>& minutes) {
  const auto begin = std::chrono::floor<std::chrono::minutes>(at(first));
  auto made = archive::Archive::create(directory / archive::file_name(kind, "milter", "key"),
                                       archive::layout(kind), begin);
  REQUIRE(made);
  std::vector<archive::Row> rows;
  for (std::size_t i = 0; i < minutes.size(); ++i)
    rows.push_back({begin + std::chrono::minutes(i), minutes[i]});
  REQUIRE(made->update(rows, archive::Minute{}));
  return *made;
}

Window quiet_day(const GraphDefinition& definition) {
  Window window = empty_window(ranges()[0], at("2026-09-15T00:00:00Z"));
  for (const SeriesStyle& style : definition.series) {
    Curve curve;
    curve.style = &style;
    curve.values.assign(window.rows(), 0);
    curve.begin = window.start;
    curve.known = true;
    window.curves.push_back(std::move(curve));
  }
  window.newest = window.end;
  return window;
}

void set(Window& window, std::string_view source, const std::vector<double>& values) {
  for (Curve& curve : window.curves) {
    if (curve.style->source != source) continue;
    std::copy(values.begin(), values.end(), curve.values.begin());
    double sum = 0;
    for (const double value : curve.values) sum += value;
    curve.total = sum * static_cast<double>(window.row.count()) / 60;
    curve.mean = sum / static_cast<double>(curve.values.size());
    curve.highest = *std::max_element(curve.values.begin(), curve.values.end());
  }
}

Sheet sheet_of(const GraphDefinition& definition, const Window& window) {
  return {&definition, &window, title_of(definition, ""), ""};
}

}  // namespace milter_manager::log_analyzer
