// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/config/dump.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/config/setting.h"
#include "core/config/text_syntax.h"
#include "core/config/value.h"

namespace milter_manager::config {
namespace {

class Dump {
 public:
  Dump(const Configuration& configuration, bool with_secrets)
      : configuration_(configuration), with_secrets_(with_secrets) {}

  std::string run() {
    std::string_view group;
    const Configuration defaults;
    for (const auto& setting : settings()) {
      if (setting.shown_only_when_set && !location_of(setting.name) &&
          setting.get(configuration_) == setting.get(defaults)) {
        continue;
      }
      const std::string_view its_group = setting.name.substr(0, setting.name.find('.'));
      if (its_group != group) {
        end_group(group);
        begin_group();
      }
      group = its_group;
      item("", setting.name, setting.name, literal(setting, setting.get(configuration_)));
    }
    end_group(group);
    for (const std::string_view object : {"s25r.", "remote_network.", "stress.", "trust.", "dnsbl."}) {
      show_group(object);
    }
    for (const Condition& condition : configuration_.conditions) show(condition);
    for (const Milter& milter : configuration_.milters) show(milter);
    return std::move(text_);
  }

 private:
  void begin_group() {
    if (!text_.empty()) text_ += '\n';
  }

  // What has no value of its own stands behind the settings.
  void end_group(std::string_view group) {
    if (group == "manager") show_manager_calls();
    if (group == "database") show_statements("", "database.", "database.");
  }

  void show_manager_calls() {
    const Manager& manager = configuration_.manager;
    if (manager.netstat_connection_checker) {
      comment("", "manager.connection_check_interval");
      text_ += fmt::format("manager.use_netstat_connection_checker({})\n", manager.connection_check_interval);
    }
    if (manager.report_memory_statistics) {
      comment("", "manager.report_memory_statistics");
      text_ += "manager.report_memory_statistics\n";
    }
    show_statements("", "manager.", "manager.");
  }

  const Location* location_of(std::string_view key) const {
    const auto found = configuration_.locations.find(key);
    return found == configuration_.locations.end() ? nullptr : &found->second;
  }

  void comment(std::string_view indent, std::string_view key) {
    const Location* location = location_of(key);
    if (location) {
      comment(indent, *location);
    } else {
      text_ += fmt::format("{}# default\n", indent);
    }
  }

  void comment(std::string_view indent, const Location& location) {
    if (location.file.empty()) {
      text_ += fmt::format("{}# set by the files\n", indent);
    } else {
      text_ += fmt::format("{}# {}:{}\n", indent, in_comment(location.file), location.line);
    }
  }

  // A line break would end the comment, and Ruby would take the text's encoding from one like "-*- coding: x -*-".
  static std::string in_comment(std::string text) {
    for (char& c : text) {
      if (c == '\n' || c == '\r') c = '?';
    }
    for (auto at = text.find("coding"); at != std::string::npos; at = text.find("coding", at)) text[at] = '?';
    return text;
  }

  void item(std::string_view indent, std::string_view location_key, std::string_view key,
            std::string_view value) {
    comment(indent, location_key);
    text_ += fmt::format("{}{} = {}\n", indent, key, value);
  }

  template <typename Target>
  std::string literal(const Setting<Target>& setting, const Value& value) const {
    const auto* integer = std::get_if<std::int64_t>(&value);
    const auto* text = std::get_if<std::string>(&value);
    const auto* table = std::get_if<Table>(&value);
    switch (setting.style) {
      case Style::octal:
        if (integer) return fmt::format("0{:o}", *integer);
        break;
      case Style::nil_when_zero:
        if (integer && *integer == 0) return "nil";
        break;
      case Style::secret:
        if (text && !with_secrets_) return R"("********")";
        break;
      case Style::log_level:
        if (text) return ruby_literal(std::string_view(canonical_log_level(*text).value_or(*text)));
        break;
      case Style::plain:
        if (table && !with_secrets_) return ruby_literal(without_secrets(*table));
        break;
    }
    return ruby_literal(value);
  }

  // Options of libraries, such as sslpassword.
  static Value without_secrets(Table table) {
    for (auto& [name, value] : table) {
      for (const std::string_view part : {"password", "passwd", "passphrase", "secret"}) {
        if (name.find(part) != std::string::npos) value = std::string("********");
      }
    }
    return table;
  }

  void show_group(std::string_view object) {
    const auto& all = configuration_.statements;
    const auto belongs = [&](const Statement& one) { return begins_with(one.text, object); };
    if (std::none_of(all.begin(), all.end(), belongs)) return;
    begin_group();
    show_statements("", object, object);
  }

  // Those that begin with `prefix`, which is written as `object`.
  void show_statements(std::string_view indent, std::string_view prefix, std::string_view object) {
    for (const Statement& statement : configuration_.statements) {
      if (!begins_with(statement.text, prefix)) continue;
      const std::string text =
          fmt::format("{}{}", object, std::string_view(statement.text).substr(prefix.size()));
      comment(indent, statement.location);
      if (statement.only_told) {
        text_ += fmt::format("{}# not shown: {}\n", indent, in_comment(text));
      } else {
        text_ += fmt::format("{}{}\n", indent, text);
      }
    }
  }

  static bool begins_with(std::string_view text, std::string_view prefix) {
    return text.substr(0, prefix.size()) == prefix;
  }

  void show(const Condition& condition) {
    const std::string key = fmt::format("applicable_condition[{}]", condition.name);
    begin_group();
    comment("", key);
    text_ += fmt::format("define_applicable_condition({}) do |condition|\n",
                         ruby_literal(std::string_view(condition.name)));
    const auto description = condition.description ? Value{*condition.description} : Value{};
    item("  ", key + ".description", "condition.description", ruby_literal(description));
    if (condition.data) {
      item("  ", key + ".data", "condition.data", ruby_literal(std::string_view(*condition.data)));
    }
    if (condition.refused_recipients) {
      item("  ", key + ".refused_recipients", "condition.refused_recipients", "true");
    }
    if (condition.builtin) {
      item("  ", key + ".builtin", "condition.builtin", ruby_literal(std::string_view(*condition.builtin)));
    }
    show_statements("  ", key + " condition.", "condition.");
    text_ += "end\n";
  }

  void show(const Milter& milter) {
    const std::string key = fmt::format("milter[{}]", milter.name);
    begin_group();
    comment("", key);
    text_ += fmt::format("define_milter({}) do |milter|\n", ruby_literal(std::string_view(milter.name)));
    for (const auto& setting : milter_settings()) {
      const std::string location_key = fmt::format("{}.{}", key, setting.name);
      if (setting.shown_only_when_set && !location_of(location_key) &&
          setting.get(milter) == setting.get(Milter{})) {
        continue;
      }
      if (setting.name == "applicable_conditions" && !milter.applicable_conditions.empty()) {
        show_conditions(milter, key);
      } else {
        item("  ", location_key, fmt::format("milter.{}", setting.name),
             literal(setting, setting.get(milter)));
      }
    }
    text_ += "end\n";
  }

  void show_conditions(const Milter& milter, const std::string& key) {
    text_ += "  milter.applicable_conditions = [\n";
    for (const std::string& condition : milter.applicable_conditions) {
      comment("    ", fmt::format("{}.applicable_condition[{}]", key, condition));
      text_ += fmt::format("    {},\n", ruby_literal(std::string_view(condition)));
    }
    text_ += "  ]\n";
  }

  const Configuration& configuration_;
  const bool with_secrets_;
  std::string text_;
};

}  // namespace

std::string dump(const Configuration& configuration, bool with_secrets) {
  return Dump(configuration, with_secrets).run();
}

}  // namespace milter_manager::config
