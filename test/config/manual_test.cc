// SPDX-License-Identifier: GPL-3.0-or-later
// share/doc/configuration.md says of the settings what they are.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <map>

#include "core/config/build_defaults.h"
#include "core/config/setting.h"
#include "core/config/value.h"
#include "test/read_file.h"

using namespace milter_manager::config;

namespace {

std::string manual() {
  std::string text = read_file(PROJECT_ROOT "/share/doc/configuration.md");
  REQUIRE_FALSE(text.empty());
  return text;
}

// Rows "| `NAME` | DEFAULT |" of the tables of settings: name => default, "" where that is told in words.
std::map<std::string, std::string> settings_in_manual() {
  std::map<std::string, std::string> found;
  const std::string text = manual();
  bool in_table = false;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t end = text.find('\n', from);
    const std::string line = text.substr(from, end - from);
    from = end + 1;
    if (line == "| setting | default | range | what it says |") in_table = true;
    if (line.empty()) in_table = false;
    if (!in_table || line.rfind("| `", 0) != 0) continue;
    const std::size_t name_end = line.find('`', 3);
    const std::size_t value = name_end + std::string("` | ").size();
    const bool literal = line.compare(value, 1, "`") == 0;
    found[line.substr(3, name_end - 3)] =
        literal ? line.substr(value + 1, line.find('`', value + 1) - value - 1) : "";
  }
  return found;
}

template <typename Target>
std::string literal(const Setting<Target>& setting, const Target& target) {
  const Value value = setting.get(target);
  if (setting.style == Style::octal) return fmt::format("0{:o}", std::get<std::int64_t>(value));
  return ruby_literal(value);
}

}  // namespace

TEST_CASE("the manual's tables have every setting, none but these, and their defaults") {
  std::map<std::string, std::string> in_manual = settings_in_manual();
  const Configuration defaults = default_configuration(std::nullopt);
  const auto check = [&](const std::string& name, const std::string& value) {
    INFO(name);
    REQUIRE(in_manual.count(name) == 1);
    if (!in_manual[name].empty()) CHECK(in_manual[name] == value);
    in_manual.erase(name);
  };
  for (const auto& setting : settings()) check(std::string(setting.name), literal(setting, defaults));
  for (const auto& setting : milter_settings())
    check(fmt::format("milter.{}", setting.name), literal(setting, Milter{}));
  for (const auto& [name, value] : in_manual) {
    INFO(name);
    CHECK(name.empty());
  }
}
