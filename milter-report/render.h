// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.h"
#include "milter-report/document.h"

namespace milter_manager::report {

enum class Rendering : std::uint8_t { text, json, csv, html };

struct RenderOptions {
  Rendering rendering = Rendering::text;
  std::string table;  // only the table of that id; "" is all (CSV: the first)
  double made = 0;    // Unix seconds: when it was made
};

// Renders a document. Error: it has no table of that id; the error names those that it has.
//   text   for a terminal: control bytes and what is not UTF-8 are \xHH, so that no log moves a cursor
//   json   one object; numbers as they are, in the units of the columns; what is not UTF-8 as U+FFFD
//   csv    RFC 4180, one table; a field that a spreadsheet could take for a formula begins with "'"
//   html   one page, without a script and without anything from elsewhere
Result<std::string> render(const Document& document, const RenderOptions& options);

// The four, for tests and for who wants only one.
std::string render_text(const Document& document);
std::string render_json(const Document& document, double made);
std::string render_csv(const Table& table);
std::string render_html(const Document& document, double made);

// One cell in words: "1.23 %". Controls and what is not UTF-8 in texts are \xHH.
std::string shown(const Cell& cell);
// A text without control bytes (also C1 and direction marks, which deceive the eye), and valid UTF-8: else \xHH.
std::string safe_text(std::string_view text);
// The table that a document's facts make, for CSV: figure, value. Its id is "facts".
Table facts_table(const Document& document);

}  // namespace milter_manager::report
