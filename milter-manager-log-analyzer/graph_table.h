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
  events,   // happenings, averages a minute: a total, a mean and a highest value
  at_once,  // how many there were at one time, or how long it took, at most: only a highest value
  level,    // how many there were on average: a mean and a highest value
};

// 0xRRGGBB, on a light ground and on a dark one.
struct Colour {
  std::uint32_t light;
  std::uint32_t dark;
  bool operator==(const Colour&) const = default;
};

// What a graph is of; key: of report keys that rules have added.
enum class Subject : std::uint8_t {
  status,
  report,
  sessions,
  messages,
  recipients,
  volume,
  health,
  refusals,
  evaluation,
  evaluated_refusals,
  load,
  wait,
  errors,
  greylist,
  key,
};

struct SeriesStyle {
  std::string_view source;  // the archive's data source
  std::string_view label;   // in the legend
  Colour colour;
  bool dashed = false;
  Measure measure = Measure::events;
};

struct GraphDefinition {
  archive::Kind kind;
  std::string_view title;  // a milter's name follows ": " where the kind is of milters
  Subject subject;
  std::string_view unit;  // of the vertical axis
  Shape shape;
  std::span<const SeriesStyle> series;
  // Its pictures are those that were always there: they are made before there is an archive too. A milter's only
  // where its connections have one, since who is on trial alone need not have any.
  bool always = false;
  // Of a further graph of the same archive: what its pictures' names begin with, in place of the archive's.
  std::string_view picture = {};
  // Where not "": the series that are no events are of this unit, and have an axis of their own.
  std::string_view second_unit = {};
};

// The graphs of all kinds but those of report keys, in the order of the page.
std::span<const GraphDefinition> graph_definitions();

// The colours of the series of a graph that is not in the table, by their place in it: from the tenth on they come
// again, and are dashed.
SeriesStyle nth_style(std::size_t n);

// A stretch of time up to now, in rows of the archives.
struct Range {
  std::string_view tag;      // "day", in file names
  std::string_view heading;  // "Last Day"
  std::int64_t seconds;
  std::int64_t row;  // seconds
};
std::span<const Range> ranges();

}  // namespace milter_manager::log_analyzer
