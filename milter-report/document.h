// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace milter_manager::report {

// What a command has to say, in a form that is rendered as text, JSON, CSV or a page (render.h). A command puts numbers in,
// as exact as it has them; how many digits are shown is the renderer's affair. All texts may hold anything, also what
// came from a log: the renderers make them safe.

// How a number is shown. JSON and CSV have it as it is, in the unit named here.
enum class Unit : std::uint8_t {
  none,          // "12.5"; whole numbers without a fraction
  count,         // "1,234"
  share,         // 0.0123 → "1.23 %"
  seconds,       // 0.0042 → "4.20 ms"; 125 → "2 m 5 s"
  bytes,         // 1536 → "1.50 KiB"
  per_second,    // "3.4 /s"
  time,          // Unix seconds → "2026-09-14 23:59:00", local time; JSON and CSV: Unix seconds
  signed_share,  // a difference: "+1.23 points"
};

struct Number {
  double value = 0;
  Unit unit = Unit::none;
};
// A number with its interval (95 %, where the document doesn't say otherwise): "1.2 % (0.9 – 1.6 %)". JSON: {"value", "low", "high"};
// CSV: three columns KEY, KEY_low, KEY_high, where the column says so.
struct Interval {
  double value = 0;
  double low = 0;
  double high = 0;
  Unit unit = Unit::none;
};
// Nothing is known: "–" in text, null in JSON, an empty field in CSV.
struct Unknown {};

using Cell = std::variant<Unknown, std::string, Number, Interval>;

inline Cell count(std::uint64_t value) { return Number{static_cast<double>(value), Unit::count}; }
inline Cell number(double value, Unit unit = Unit::none) { return Number{value, unit}; }
inline Cell number(std::optional<double> value, Unit unit) {
  return value ? Cell(Number{*value, unit}) : Cell(Unknown{});
}
// part / whole; unknown where the whole is 0.
inline Cell share(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return Unknown{};
  return Number{static_cast<double>(part) / static_cast<double>(whole), Unit::share};
}

struct Column {
  std::string key;           // in JSON and CSV: "waited_p95"; small letters, digits, "_"
  std::string heading;       // in text and on the page: "95th"
  bool is_text = false;      // left-aligned words, and not right-aligned numbers
  bool is_interval = false;  // its cells are Interval or Unknown
};

struct Table {
  std::string id;     // in JSON, CSV and --table: "milters"
  std::string title;  // "Milters"
  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows;  // each with a cell a column
  std::vector<std::string> notes;       // sentences below it
};

// A figure with a name: "messages  1,234".
struct Fact {
  std::string key;    // "messages"
  std::string label;  // "Messages"
  Cell value;
};

struct Section {
  std::string id;                       // "spamd"; "" for the only one
  std::string heading;                  // "" for none
  std::vector<std::string> paragraphs;  // sentences before the figures
  std::vector<Fact> facts;
  std::vector<Table> tables;
  std::vector<std::string> conclusions;  // what follows from it: sentences, shown so that nobody misses them
};

struct Document {
  std::string command;  // "summary"
  std::string title;    // "Summary"
  std::vector<std::pair<std::string, std::string>>
      about;  // what it is of: {"period", "…"}, {"log", "…"}; key and text
  std::vector<Section> sections;
  std::vector<std::string> cautions;  // what is missing, and what that means: sentences, at the top
};

}  // namespace milter_manager::report
