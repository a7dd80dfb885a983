// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/setting.h"

namespace milter_manager::config {

// What reading a value may go by: the row of the table without its target.
struct Rule {
  std::string_view label;  // as the message names the setting
  Syntax syntax = Syntax::any;
  Limits limits{};
  Style style = Style::plain;
};

// Reads a value that is not nil into the type that holds the setting. `out` is untouched on failure;
// the message is "LABEL should be WHAT but was VALUE".
Result<void> read(const Rule& rule, const Value& value, bool& out);
Result<void> read(const Rule& rule, const Value& value, std::uint32_t& out);
Result<void> read(const Rule& rule, const Value& value, std::uint64_t& out);
Result<void> read(const Rule& rule, const Value& value, double& out);
Result<void> read(const Rule& rule, const Value& value, Seconds& out);
Result<void> read(const Rule& rule, const Value& value, std::string& out);
Result<void> read(const Rule& rule, const Value& value, FallbackStatus& out);
Result<void> read(const Rule& rule, const Value& value, std::vector<std::string>& out);
Result<void> read(const Rule& rule, const Value& value, std::map<std::string, std::string>& out);
Result<void> read(const Rule& rule, const Value& value, std::map<std::string, Scalar>& out);

template <typename T>
Result<void> read(const Rule& rule, const Value& value, std::optional<T>& out) {
  T read_value{};
  if (auto done = read(rule, value, read_value); !done) return done;
  out = std::move(read_value);
  return {};
}

// The way back: what a getter of the configuration language returns.
inline Value write(bool value) { return value; }
inline Value write(std::uint32_t value) { return std::int64_t{value}; }
inline Value write(std::uint64_t value) { return static_cast<std::int64_t>(value); }
inline Value write(double value) { return value; }
inline Value write(Seconds value) { return value.count(); }
inline Value write(const std::string& value) { return value; }
inline Value write(FallbackStatus value) { return std::string(fallback_status_name(value)); }
inline Value write(const std::vector<std::string>& value) { return value; }
Value write(const std::map<std::string, std::string>& value);  // nil when empty
Value write(const std::map<std::string, Scalar>& value);
template <typename T>
Value write(const std::optional<T>& value) {
  return value ? write(*value) : Value{};
}

}  // namespace milter_manager::config
