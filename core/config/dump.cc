// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/config/dump.h"

#include <fmt/format.h>

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
      if (its_group != group) end_group(group);
      group = its_group;
      item("", setting.name, setting.name, literal(setting, setting.get(configuration_)));
    }
    for (const std::string_view object : {"s25r.", "remote_network.", "stress.", "trust.", "dnsbl."}) {
      show_statements("", object, object);
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
    begin_group();
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
  }

  const Location* location_of(std::string_view key) const {
    const auto found = configuration_.locations.find(key);
    return found == configuration_.locations.end() ? nullptr : &found->second;
  }

  void comment(std::string_view indent, std::string_view key) {
    const Location* location = location_of(key);
    if (!location) {
      text_ += fmt::format("{}# default\n", indent);
      return;
    }
    std::string file = location->file;
    for (char& c : file) {
      // A line break in a file's name would end the comment.
      if (c == '\n' || c == '\r') c = '?';
    }
    // Ruby would take the text's encoding from a name like "-*- coding: x -*-".
    for (auto at = file.find("coding"); at != std::string::npos; at = file.find("coding", at)) file[at] = '?';
    text_ += fmt::format("{}# {}:{}\n", indent, file, location->line);
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
        break;
    }
    return ruby_literal(value);
  }

  // What Builder::note_statement() kept whose key begins with `prefix`, which is written as `object`.
  void show_statements(std::string_view indent, std::string_view prefix, std::string_view object) {
    bool first = indent.empty();
    for (auto it = configuration_.locations.lower_bound(prefix);
         it != configuration_.locations.end() && it->first.compare(0, prefix.size(), prefix) == 0; ++it) {
      if (std::exchange(first, false)) begin_group();
      comment(indent, it->first);
      text_ += fmt::format("{}{}{}\n", indent, object, std::string_view(it->first).substr(prefix.size()));
    }
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
      show_statements("  ", key + " condition.", "condition.");
    }
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
