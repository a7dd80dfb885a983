// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>
#include <nlohmann/json.hpp>

#include "milter-report/render.h"

namespace milter_manager::report {
namespace {

using Json = nlohmann::ordered_json;

Json number_json(double value) {
  if (!std::isfinite(value)) return nullptr;
  constexpr double kExact = 9007199254740992;  // 2^53
  if (value == std::floor(value) && std::abs(value) < kExact) return static_cast<std::int64_t>(value);
  return value;
}

Json cell_json(const Cell& cell) {
  if (const auto* const text = std::get_if<std::string>(&cell)) return *text;
  if (const auto* const number = std::get_if<Number>(&cell)) return number_json(number->value);
  if (const auto* const interval = std::get_if<Interval>(&cell)) {
    return {{"value", number_json(interval->value)},
            {"low", number_json(interval->low)},
            {"high", number_json(interval->high)}};
  }
  return nullptr;
}

Json table_json(const Table& table) {
  Json rows = Json::array();
  for (const auto& row : table.rows) {
    Json object = Json::object();
    for (std::size_t i = 0; i < row.size(); ++i) object[table.columns[i].key] = cell_json(row[i]);
    rows.push_back(std::move(object));
  }
  Json out{{"title", table.title}, {"rows", std::move(rows)}};
  if (!table.notes.empty()) out["notes"] = table.notes;
  return out;
}

Json section_json(const Section& section) {
  Json out = Json::object();
  if (!section.id.empty()) out["id"] = section.id;
  if (!section.heading.empty()) out["heading"] = section.heading;
  if (!section.paragraphs.empty()) out["paragraphs"] = section.paragraphs;
  if (!section.facts.empty()) {
    Json& facts = out["facts"] = Json::object();
    for (const Fact& fact : section.facts) facts[fact.key] = cell_json(fact.value);
  }
  if (!section.tables.empty()) {
    Json& tables = out["tables"] = Json::object();
    for (const Table& table : section.tables) tables[table.id] = table_json(table);
  }
  if (!section.conclusions.empty()) out["conclusions"] = section.conclusions;
  return out;
}

}  // namespace

std::string render_json(const Document& document, double made) {
  Json out{{"report", document.command}, {"title", document.title}, {"made", number_json(std::floor(made))}};
  Json& about = out["about"] = Json::object();
  for (const auto& [key, text] : document.about) about[key] = text;
  out["cautions"] = document.cautions;
  Json& sections = out["sections"] = Json::array();
  for (const Section& section : document.sections) sections.push_back(section_json(section));
  return out.dump(2, ' ', true, Json::error_handler_t::replace) + "\n";
}

}  // namespace milter_manager::report
