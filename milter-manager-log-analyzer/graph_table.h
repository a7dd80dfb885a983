// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "core/archive/layout.h"

namespace milter_manager::log_analyzer {

// What the pictures show, as tables.

enum class Shape : std::uint8_t {
  stack,  // parts of a whole: areas, one on the other
  lines,  // unlike things: lines, all from zero
};

enum class Measure : std::uint8_t {
  events,   // happenings: a total, a mean and a highest value a minute
  at_once,  // how many there were at one time: only a highest value
};

struct SeriesStyle {
  std::string_view source;  // the archive's data source
  std::string_view label;   // in the legend
  std::uint32_t colour;     // 0xRRGGBB
  bool dashed = false;
  Measure measure = Measure::events;
};

struct GraphDefinition {
  archive::Kind kind;
  std::string_view title;  // a milter's name follows ": " where the kind is of milters
  std::string_view subject;
  std::string_view unit;  // of the vertical axis
  Shape shape;
  std::span<const SeriesStyle> series;
  // Has its place on the page before there is an archive.
  bool always = false;
  // Of a further graph of the same archive: what its pictures' names begin with, in place of the archive's.
  std::string_view picture = {};
};

// The graphs of all kinds but those of report keys, in the order of the page.
std::span<const GraphDefinition> graph_definitions();

// The colours of the series of a graph that is not in the table, by their place in it: from the seventh on they come
// again, and are dashed.
SeriesStyle nth_style(std::size_t n);

// A stretch of time up to now, in rows of the archives.
struct Range {
  std::string_view tag;      // "day", in file names
  std::string_view heading;  // "Last Day"
  std::int64_t seconds;
  std::int64_t row;       // seconds
  std::string_view axis;  // RRDtool's --x-grid
};
std::span<const Range> ranges();

// Dots of the drawing area, before it is drawn at double density.
inline constexpr int kGraphWidth = 540;
inline constexpr int kGraphHeight = 180;

}  // namespace milter_manager::log_analyzer
