// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/config/reading.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "core/config/build_defaults.h"
#include "core/config/text_syntax.h"

namespace milter_manager::config {
namespace {

tl::unexpected<Error> wrong(const Rule& rule, std::string_view wanted, const Value& value) {
  const std::string shown = rule.style == Style::secret ? "something else" : ruby_literal(value);
  return failure(fmt::format("{} should be {} but was {}", rule.label, wanted, shown));
}

std::string range_text(const Limits& limits) {
  const auto number = [](double value) {
    return value == std::floor(value) ? fmt::format("{:.0f}", value) : fmt::format("{}", value);
  };
  const std::string zero = limits.zero_too ? "0 or " : "";
  // Past a thousand millions the bound is ours and not worth telling.
  if (limits.clamp || limits.most >= 1e9) return fmt::format("{}{} or more", zero, number(limits.least));
  return fmt::format("{}from {} to {}", zero, number(limits.least), number(limits.most));
}

Result<double> read_number(const Rule& rule, const Value& value, bool whole) {
  const std::string kind = whole ? "an integer" : "a number";
  double number = 0;
  if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    number = static_cast<double>(*integer);
  } else if (const auto* real = std::get_if<double>(&value); real && !whole && std::isfinite(*real)) {
    number = *real;
  } else {
    return wrong(rule, kind, value);
  }
  if (number > rule.limits.most && rule.limits.clamp) return rule.limits.most;
  if (number == 0 && rule.limits.zero_too) return number;
  if (number < rule.limits.least || number > rule.limits.most) {
    return wrong(rule, kind + " " + range_text(rule.limits), value);
  }
  return number;
}

// "0660" as people write a mode within quotes; other texts are no numbers.
std::optional<std::int64_t> octal_number(const Rule& rule, const Value& value) {
  const auto* text = std::get_if<std::string>(&value);
  if (rule.style != Style::octal || !text || text->empty()) return std::nullopt;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number, 8);
  if (error != std::errc{} || end != text->data() + text->size()) return std::nullopt;
  return number;
}

}  // namespace

Result<void> read(const Rule& rule, const Value& value, bool& out) {
  const auto* text = std::get_if<std::string>(&value);
  if (const auto* flag = std::get_if<bool>(&value)) {
    out = *flag;
  } else if (text && (*text == "true" || *text == "false")) {
    out = *text == "true";
  } else {
    return wrong(rule, "one of [true, false]", value);
  }
  return {};
}

Result<void> read(const Rule& rule, const Value& value, std::uint32_t& out) {
  const auto octal = octal_number(rule, value);
  const auto number = read_number(rule, octal ? Value{*octal} : value, true);
  // Who leaves out the 0 in front has written another number.
  if (!number && rule.style == Style::octal)
    return wrong(rule, "a mode from 0 to 0777, octal as in 0660,", value);
  if (!number) return tl::unexpected(number.error());
  out = static_cast<std::uint32_t>(*number);
  return {};
}

Result<void> read(const Rule& rule, const Value& value, std::uint64_t& out) {
  const auto number = read_number(rule, value, true);
  if (!number) return tl::unexpected(number.error());
  out = static_cast<std::uint64_t>(*number);
  return {};
}

Result<void> read(const Rule& rule, const Value& value, double& out) {
  const auto number = read_number(rule, value, false);
  if (!number) return tl::unexpected(number.error());
  out = *number;
  return {};
}

Result<void> read(const Rule& rule, const Value& value, Seconds& out) {
  double seconds = 0;
  if (auto done = read(rule, value, seconds); !done) return done;
  out = Seconds(seconds);
  return {};
}

Result<void> read(const Rule& rule, const Value& value, std::string& out) {
  const auto* text = std::get_if<std::string>(&value);
  if (!text) return wrong(rule, "a string", value);
  // The system's calls would cut it there, and take another file or user than the one written.
  if (text->find('\0') != std::string::npos) return wrong(rule, "a string without NUL", value);
  auto checked = check_syntax(rule.syntax, rule.label, *text);
  if (!checked) return tl::unexpected(checked.error());
  out = std::move(*checked);
  return {};
}

Result<void> read(const Rule& rule, const Value& value, FallbackStatus& out) {
  constexpr std::string_view kWanted = R"(one of ["accept", "reject", "temporary-failure", "discard"])";
  const auto* text = std::get_if<std::string>(&value);
  if (!text) return wrong(rule, kWanted, value);
  std::string name = *text;
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == '_') c = '-';
  }
  for (const auto status : {FallbackStatus::accept, FallbackStatus::reject, FallbackStatus::temporary_failure,
                            FallbackStatus::discard}) {
    if (name != fallback_status_name(status)) continue;
    out = status;
    return {};
  }
  return wrong(rule, kWanted, value);
}

Result<void> read(const Rule& rule, const Value& value, std::vector<std::string>& out) {
  if (const auto* one = std::get_if<std::string>(&value)) {
    out = {*one};
    return {};
  }
  const auto* list = std::get_if<List>(&value);
  if (!list) return wrong(rule, "a list of names", value);
  out = *list;
  return {};
}

Result<void> read(const Rule& rule, const Value& value, std::map<std::string, std::string>& out) {
  if (const auto* text = std::get_if<std::string>(&value)) {
    out = parse_options(*text);
    return {};
  }
  const auto* table = std::get_if<Table>(&value);
  if (!table) return wrong(rule, "a string as in \"a=b,c=d\" or a hash", value);
  std::map<std::string, std::string> options;
  for (const auto& [name, scalar] : *table) {
    const auto* text = std::get_if<std::string>(&scalar);
    options[name] =
        text ? *text : std::visit([](const auto& one) { return ruby_literal(Value(one)); }, scalar);
  }
  out = std::move(options);
  return {};
}

Result<void> read(const Rule& rule, const Value& value, std::map<std::string, Scalar>& out) {
  const auto* table = std::get_if<Table>(&value);
  if (!table) return wrong(rule, "a hash", value);
  out = std::map<std::string, Scalar>(table->begin(), table->end());
  return {};
}

Value write(const std::map<std::string, std::string>& value) {
  if (value.empty()) return {};
  return Table(value.begin(), value.end());
}

Value write(const std::map<std::string, Scalar>& value) { return Table(value.begin(), value.end()); }

}  // namespace milter_manager::config
