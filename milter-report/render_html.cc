// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <kainjow/mustache.hpp>

#include "milter-report/page_template.h"
#include "milter-report/render.h"

namespace milter_manager::report {
namespace {

using kainjow::mustache::data;
using kainjow::mustache::list;
using kainjow::mustache::object;

list texts(const std::vector<std::string>& sentences) {
  list all;
  for (const std::string& sentence : sentences) all.push_back(safe_text(sentence));
  return all;
}

list columns_data(const Table& table) {
  list columns;
  for (const Column& column : table.columns) {
    columns.push_back(object{{"heading", safe_text(column.heading)}, {"is_text", column.is_text}});
  }
  return columns;
}

list rows_data(const Table& table) {
  list rows;
  for (const auto& row : table.rows) {
    list cells;
    for (std::size_t i = 0; i < row.size(); ++i) {
      cells.push_back(object{{"value", shown(row[i])}, {"is_text", table.columns[i].is_text}});
    }
    rows.push_back(object{{"cells", cells}});
  }
  return rows;
}

object section_data(const Section& section) {
  list tables, facts;
  for (const Table& table : section.tables) {
    tables.push_back(object{{"id", safe_text(section.id.empty() ? table.id : section.id + "-" + table.id)},
                            {"title", safe_text(table.title)},
                            {"columns", columns_data(table)},
                            {"has_rows", !table.rows.empty()},
                            {"rows", rows_data(table)},
                            {"notes", texts(table.notes)}});
  }
  for (const Fact& fact : section.facts) {
    facts.push_back(object{{"label", safe_text(fact.label)}, {"value", shown(fact.value)}});
  }
  object fields{{"conclusions", texts(section.conclusions)},
                {"paragraphs", texts(section.paragraphs)},
                {"has_facts", !section.facts.empty()},
                {"facts", facts},
                {"tables", tables}};
  fields.insert({"heading", section.heading.empty() ? data(false) : data(safe_text(section.heading))});
  return fields;
}

}  // namespace

// kainjow's mustache escapes what stands in {{…}}: only the style, which is ours, is in {{{…}}}.
std::string render_html(const Document& document, double made) {
  kainjow::mustache::mustache page{std::string(kPageTemplate)};
  list about, sections;
  for (const auto& [key, text] : document.about) {
    std::string label = key;
    std::replace(label.begin(), label.end(), '_', ' ');
    about.push_back(object{{"label", safe_text(label)}, {"text", safe_text(text)}});
  }
  for (const Section& section : document.sections) sections.push_back(section_data(section));
  return page.render(object{{"style", std::string(kPageStyle)},
                            {"style_hash", std::string(kPageStyleHash)},
                            {"title", safe_text(document.title)},
                            {"command", safe_text(document.command)},
                            {"made", shown(number(made, Unit::time))},
                            {"about", about},
                            {"cautions", texts(document.cautions)},
                            {"sections", sections}});
}

}  // namespace milter_manager::report
