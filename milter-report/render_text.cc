// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <iterator>

#include "milter-report/render.h"

namespace milter_manager::report {
namespace {

constexpr std::size_t kWidth = 100;  // of paragraphs

struct Range {
  std::uint32_t first, last;
};
// Characters of double width (East Asian scripts, pictures), and those that are put on the one before.
constexpr Range kWide[] = {{0x1100, 0x115f},   {0x2e80, 0xa4cf},  {0xac00, 0xd7a3}, {0xf900, 0xfaff},
                           {0xfe30, 0xfe6f},   {0xff00, 0xff60},  {0xffe0, 0xffe6}, {0x1f300, 0x1f64f},
                           {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd}};
constexpr Range kCombining[] = {
    {0x300, 0x36f}, {0x483, 0x489}, {0x591, 0x5bd}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}};

template <std::size_t size>
bool is_in(const Range (&ranges)[size], std::uint32_t point) {
  return std::any_of(std::begin(ranges), std::end(ranges),
                     [&](const Range& range) { return range.first <= point && point <= range.last; });
}

// How many places a text takes on a terminal. It is valid UTF-8: all bytes of a character but its first are 10xxxxxx.
std::size_t width(std::string_view text) {
  std::size_t places = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto first = static_cast<unsigned char>(text[at]);
    std::uint32_t point = first < 0x80   ? first
                          : first < 0xe0 ? first & 0x1fU
                          : first < 0xf0 ? first & 0xfU
                                         : first & 0x7U;
    for (++at; at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80; ++at) {
      point = point << 6 | (static_cast<unsigned char>(text[at]) & 0x3fU);
    }
    places += is_in(kWide, point) ? 2 : is_in(kCombining, point) ? 0 : 1;
  }
  return places;
}

void pad(std::size_t count, std::string& out) { out.append(count, ' '); }

// Words in lines; all lines but the first are indented, too.
void put_paragraph(std::string_view first_indent, std::string_view indent, std::string_view text,
                   std::string& out) {
  const std::string safe = safe_text(text);
  std::string_view rest = safe;
  out += first_indent;
  std::size_t column = width(first_indent);
  bool begins = true;
  while (!rest.empty()) {
    const std::size_t length = std::min(rest.find(' '), rest.size());
    const std::string_view word = rest.substr(0, length);
    rest.remove_prefix(std::min(length + 1, rest.size()));
    if (!begins && column + 1 + width(word) > kWidth) {
      out += '\n';
      out += indent;
      column = width(indent);
      begins = true;
    }
    if (!begins) {
      out += ' ';
      ++column;
    }
    out += word;
    column += width(word);
    begins = false;
  }
  out += '\n';
}

void put_heading(std::string_view text, char line, std::string& out) {
  const std::string safe = safe_text(text);
  out += safe + '\n';
  out.append(width(safe), line);
  out += '\n';
}

void put_row(const std::vector<std::string>& cells, const std::vector<Column>& columns,
             const std::vector<std::size_t>& widths, std::string& out) {
  std::string line = "  ";
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::size_t blanks = widths[i] - width(cells[i]);
    if (i > 0) line += "  ";
    if (!columns[i].is_text) pad(blanks, line);
    line += cells[i];
    if (columns[i].is_text) pad(blanks, line);
  }
  line.erase(line.find_last_not_of(' ') + 1);
  out += line + '\n';
}

void put_table(const Table& table, std::string& out) {
  if (!table.title.empty()) put_heading(table.title, '-', out);
  std::vector<std::vector<std::string>> lines(1);
  for (const Column& column : table.columns) lines.front().push_back(safe_text(column.heading));
  for (const auto& row : table.rows) {
    auto& line = lines.emplace_back();
    for (const Cell& cell : row) line.push_back(shown(cell));
  }
  std::vector<std::size_t> widths(table.columns.size());
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], width(line[i]));
  }
  if (table.rows.empty()) {
    out += "  (none)\n";
  } else {
    for (const auto& line : lines) put_row(line, table.columns, widths, out);
  }
  for (const std::string& note : table.notes) put_paragraph("  ", "  ", note, out);
}

void put_facts(const std::vector<Fact>& facts, std::string& out) {
  std::size_t widest = 0;
  for (const Fact& fact : facts) widest = std::max(widest, width(safe_text(fact.label)));
  for (const Fact& fact : facts) {
    const std::string label = safe_text(fact.label);
    out += "  " + label;
    pad(widest - width(label) + 2, out);
    out += shown(fact.value) + '\n';
  }
}

void put_section(const Section& section, std::string& out) {
  bool begun = false;
  const auto part = [&] {
    if (begun) out += '\n';
    begun = true;
  };
  if (!section.heading.empty()) {
    put_heading(section.heading, '=', out);
    begun = true;
  }
  for (const std::string& paragraph : section.paragraphs) {
    part();
    put_paragraph("", "", paragraph, out);
  }
  if (!section.facts.empty()) {
    part();
    put_facts(section.facts, out);
  }
  for (const Table& table : section.tables) {
    part();
    put_table(table, out);
  }
  if (!section.conclusions.empty()) part();
  for (const std::string& conclusion : section.conclusions) put_paragraph("=> ", "   ", conclusion, out);
}

}  // namespace

std::string render_text(const Document& document) {
  std::string out;
  put_heading(document.title, '=', out);
  std::size_t widest = 0;
  for (const auto& [key, text] : document.about) widest = std::max(widest, key.size());
  for (const auto& [key, text] : document.about) {
    std::string label = key;
    std::replace(label.begin(), label.end(), '_', ' ');
    std::string indent = "  " + label;
    pad(widest - key.size() + 2, indent);
    put_paragraph(indent, std::string(indent.size(), ' '), text, out);
  }
  if (!document.cautions.empty()) out += '\n';
  for (const std::string& caution : document.cautions) put_paragraph("! ", "  ", caution, out);
  for (const Section& section : document.sections) {
    out += '\n';
    put_section(section, out);
  }
  return out;
}

}  // namespace milter_manager::report
