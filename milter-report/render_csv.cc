// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <cmath>

#include "milter-report/render.h"

namespace milter_manager::report {
namespace {

// RFC 4180. Spreadsheets take what begins like a formula for one.
void put_text(std::string_view text, std::string& out) {
  const std::string safe = safe_text(text);
  const bool formula = !safe.empty() && std::string_view("=+-@").find(safe.front()) != std::string_view::npos;
  const bool quoted = safe.find_first_of(",\"") != std::string::npos || safe.find(' ') == 0;
  if (!quoted) {
    if (formula) out += '\'';
    out += safe;
    return;
  }
  out += '"';
  if (formula) out += '\'';
  for (const char byte : safe) {
    if (byte == '"') out += '"';
    out += byte;
  }
  out += '"';
}

void put_number(double value, Unit unit, std::string& out) {
  if (!std::isfinite(value)) return;
  out += unit == Unit::time ? fmt::format("{:.6f}", value) : fmt::format("{}", value);
}

// Three fields for a column of intervals, else one.
void put_cell(const Cell& cell, bool is_interval, std::string& out) {
  if (const auto* const text = std::get_if<std::string>(&cell)) put_text(*text, out);
  if (const auto* const number = std::get_if<Number>(&cell)) put_number(number->value, number->unit, out);
  const auto* const interval = std::get_if<Interval>(&cell);
  if (interval != nullptr) put_number(interval->value, interval->unit, out);
  if (!is_interval) return;
  for (double Interval::*const end : {&Interval::low, &Interval::high}) {
    out += ',';
    if (interval != nullptr) put_number(interval->*end, interval->unit, out);
  }
}

}  // namespace

std::string render_csv(const Table& table) {
  std::string out;
  const char* separator = "";
  for (const Column& column : table.columns) {
    out += separator + column.key;
    if (column.is_interval) out += fmt::format(",{0}_low,{0}_high", column.key);
    separator = ",";
  }
  out += "\r\n";
  for (const auto& row : table.rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) out += ',';
      put_cell(row[i], table.columns[i].is_interval, out);
    }
    out += "\r\n";
  }
  return out;
}

}  // namespace milter_manager::report
