// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/render.h"

#include <fmt/format.h>

#include <algorithm>

namespace milter_manager::report {
namespace {

std::vector<std::string> table_ids(const Document& document) {
  std::vector<std::string> ids;
  for (const Section& section : document.sections) {
    for (const Table& table : section.tables) ids.push_back(table.id);
  }
  const bool has_facts = std::any_of(document.sections.begin(), document.sections.end(),
                                     [](const Section& section) { return !section.facts.empty(); });
  if (has_facts) ids.emplace_back("facts");
  return ids;
}

const Table* find_table(const Document& document, const std::string& id) {
  for (const Section& section : document.sections) {
    for (const Table& table : section.tables) {
      if (id.empty() || table.id == id) return &table;
    }
  }
  return nullptr;
}

// The document with nothing but this table.
Document only(const Document& document, const Table& table) {
  Document one = document;
  one.sections.clear();
  one.sections.emplace_back().tables.push_back(table);
  return one;
}

}  // namespace

Table facts_table(const Document& document) {
  Table table;
  table.id = "facts";
  table.title = "Figures";
  table.columns = {{"section", "section", true},
                   {"figure", "figure", true},
                   {"value", "value"},
                   {"low", "low"},
                   {"high", "high"}};
  for (const Section& section : document.sections) {
    for (const Fact& fact : section.facts) {
      std::vector<Cell> row{section.id, fact.key, fact.value, Unknown{}, Unknown{}};
      if (const auto* const interval = std::get_if<Interval>(&fact.value)) {
        row = {section.id, fact.key, Number{interval->value, interval->unit},
               Number{interval->low, interval->unit}, Number{interval->high, interval->unit}};
      }
      table.rows.push_back(std::move(row));
    }
  }
  return table;
}

Result<std::string> render(const Document& document, const RenderOptions& options) {
  const Table facts = facts_table(document);
  const Table* table = find_table(document, options.table);
  if (options.table == facts.id || (table == nullptr && options.table.empty())) table = &facts;
  if (table == nullptr) {
    return failure(fmt::format("--table: there is no \"{}\"; there are: {}", options.table,
                               fmt::join(table_ids(document), ", ")));
  }
  if (options.rendering == Rendering::csv) return render_csv(*table);
  const Document& shown = document;
  const Document part = options.table.empty() ? Document{} : only(document, *table);
  const Document& what = options.table.empty() ? shown : part;
  switch (options.rendering) {
    case Rendering::json:
      return render_json(what, options.made);
    case Rendering::html:
      return render_html(what, options.made);
    default:
      return render_text(what);
  }
}

}  // namespace milter_manager::report
