// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/config/builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/config/reading.h"
#include "core/config/setting.h"

namespace milter_manager::config {
namespace {

constexpr std::string_view kNetstat = "netstat";

std::string milter_key(std::string_view name) { return fmt::format("milter[{}]", name); }
std::string condition_key(std::string_view name) { return fmt::format("applicable_condition[{}]", name); }

tl::unexpected<Error> undefined(std::string_view kind, std::string_view name) {
  return failure(fmt::format("{} isn't defined: <{}>", kind, name));
}

template <typename Named>
Named* named(std::vector<Named>& all, std::string_view name) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const Named& one) { return one.name == name; });
  return found == all.end() ? nullptr : &*found;
}

template <typename T>
Result<void> assign(std::string_view label, const Value& value, T& out) {
  if (!std::holds_alternative<std::monostate>(value)) return read(Rule{label}, value, out);
  out = T{};
  return {};
}

}  // namespace

Builder::Builder(Configuration defaults) : defaults_(std::move(defaults)), configuration_(defaults_) {}

Result<void> Builder::set(std::string_view name, const Value& value,
                          const std::optional<Location>& location) {
  const auto* setting = find_setting(name);
  if (!setting) return failure(fmt::format("there is no setting of that name: <{}>", name));
  if (auto done = setting->set(*setting, name, value, configuration_, defaults_); !done) return done;
  locate(std::string(name), value, location);
  return {};
}

Result<Value> Builder::get(std::string_view name) const {
  const auto* setting = find_setting(name);
  if (!setting) return failure(fmt::format("there is no setting of that name: <{}>", name));
  return setting->get(configuration_);
}

void Builder::define_milter(std::string_view name, const Location& location) {
  if (!milter_named(name)) {
    Milter milter;
    milter.name = name;
    configuration_.milters.push_back(std::move(milter));
  }
  configuration_.locations[milter_key(name)] = location;
}

void Builder::remove_milter(std::string_view name) {
  auto& milters = configuration_.milters;
  milters.erase(
      std::remove_if(milters.begin(), milters.end(), [&](const Milter& one) { return one.name == name; }),
      milters.end());
  forget_locations(milter_key(name));
}

Result<void> Builder::set_milter(std::string_view name, std::string_view attribute, const Value& value,
                                 const Location& location) {
  Milter* milter = milter_named(name);
  const auto* setting = find_milter_setting(attribute);
  if (!milter) return undefined("milter", name);
  if (!setting) return failure(fmt::format("milters have no attribute of that name: <{}>", attribute));

  const bool is_conditions = attribute == "applicable_conditions";
  if (is_conditions) {
    if (auto known = check_condition_names(value); !known) return known;
  }
  const std::string label =
      attribute == "connection_spec" ? std::string(name) : fmt::format("milter.{}", attribute);
  if (auto done = setting->set(*setting, label, value, *milter, Milter{}); !done) return done;

  if (is_conditions) {
    forget_locations(milter_key(name) + ".applicable_condition");
    for (const std::string& condition : milter->applicable_conditions) {
      locate(fmt::format("{}.applicable_condition[{}]", milter_key(name), condition), value, location);
    }
  } else {
    locate(fmt::format("{}.{}", milter_key(name), attribute), value, location);
  }
  return {};
}

Result<Value> Builder::get_milter(std::string_view name, std::string_view attribute) const {
  const Milter* milter = find_milter(configuration_, name);
  const auto* setting = find_milter_setting(attribute);
  if (!milter) return undefined("milter", name);
  if (!setting) return failure(fmt::format("milters have no attribute of that name: <{}>", attribute));
  return setting->get(*milter);
}

Result<void> Builder::add_applicable_condition(std::string_view milter, std::string_view condition,
                                               const Location& location) {
  Milter* to = milter_named(milter);
  if (!to) return undefined("milter", milter);
  if (auto known = check_condition_names(std::string(condition)); !known) return known;
  to->applicable_conditions.emplace_back(condition);
  configuration_.locations[fmt::format("{}.applicable_condition[{}]", milter_key(milter), condition)] =
      location;
  return {};
}

void Builder::define_condition(std::string_view name, const Location& location) {
  if (condition_named(name)) {
    redefined_.emplace(name);
    restated_builtin_.erase(std::string(name));
  } else {
    Condition condition;
    condition.name = name;
    configuration_.conditions.push_back(std::move(condition));
  }
  configuration_.locations[condition_key(name)] = location;
}

Result<void> Builder::set_condition(std::string_view name, std::string_view attribute, const Value& value,
                                    const Location& location) {
  Condition* condition = condition_named(name);
  if (!condition) return undefined("applicable condition", name);
  const std::string label = fmt::format("applicable_condition.{}", attribute);
  Result<void> done;
  if (attribute == "description") {
    done = assign(label, value, condition->description);
  } else if (attribute == "data") {
    done = assign(label, value, condition->data);
  } else if (attribute == "refused_recipients") {
    done = assign(label, value, condition->refused_recipients);
  } else if (attribute == "builtin") {
    done = set_builtin(*condition, label, value);
  } else {
    return failure(fmt::format("applicable conditions have no attribute of that name: <{}>", attribute));
  }
  if (done) locate(fmt::format("{}.{}", condition_key(name), attribute), value, location);
  return done;
}

Result<void> Builder::set_builtin(Condition& condition, std::string_view label, const Value& value) {
  std::optional<std::string> builtin;
  if (auto done = assign(label, value, builtin); !done) return done;
  if (builtin == condition.builtin) {
    if (redefined_.count(condition.name) != 0) restated_builtin_.insert(condition.name);
    return {};
  }
  if (builtin && !builtin_stages(*builtin)) {
    return failure(fmt::format("{} should be one of {} but was {}", label,
                               ruby_literal(Value(builtin_names())), ruby_literal(value)));
  }
  drop_stoppers(condition);
  condition.builtin = std::move(builtin);
  condition.stages = condition.stopper_stages | (condition.builtin ? *builtin_stages(*condition.builtin) : 0);
  return {};
}

Result<void> Builder::add_account(std::string_view condition, Matcher account) {
  Condition* known = condition_named(condition);
  if (!known) return undefined("applicable condition", condition);
  drop_stoppers(*known);
  known->accounts.push_back(std::move(account));
  return {};
}

void Builder::note_statement(Statement statement, std::string_view replaced) {
  auto& all = configuration_.statements;
  const auto remove = [&](const auto& unwanted) {
    all.erase(std::remove_if(all.begin(), all.end(), unwanted), all.end());
  };
  if (!replaced.empty()) {
    remove([&](const Statement& one) { return one.text.compare(0, replaced.size(), replaced) == 0; });
  }
  if (statement.text.empty()) return;
  remove([&](const Statement& one) {
    return one.text == statement.text && (!statement.only_told || one.location == statement.location);
  });
  all.push_back(std::move(statement));
}

void Builder::add_stopper(std::string_view name, Stage stage) {
  Condition* condition = condition_named(name);
  if (!condition) return;
  drop_stoppers(*condition);
  condition->stopper_stages |= stage_bit(stage);
  condition->stages |= stage_bit(stage);
}

void Builder::add_connection_checker(std::string_view name, const Location& location) {
  configuration_.locations["manager.connection_checkers"] = location;
  auto& names = configuration_.manager.connection_checkers;
  if (std::find(names.begin(), names.end(), name) == names.end()) names.emplace_back(name);
  if (name == kNetstat) configuration_.manager.netstat_connection_checker = false;
}

void Builder::use_netstat_connection_checker(const Location& location) {
  add_connection_checker(kNetstat, location);
  configuration_.manager.netstat_connection_checker = true;
}

void Builder::drop_stoppers(Condition& condition) {
  if (redefined_.erase(condition.name) == 0) return;
  condition.stopper_stages = 0;
  condition.accounts.clear();
  // The built-in one is one of the stoppers that were.
  if (restated_builtin_.erase(condition.name) == 0) condition.builtin.reset();
  condition.stages = condition.builtin ? *builtin_stages(*condition.builtin) : 0;
}

void Builder::report_memory_statistics(const Location& location) {
  configuration_.manager.report_memory_statistics = true;
  configuration_.locations["manager.report_memory_statistics"] = location;
}

Milter* Builder::milter_named(std::string_view name) { return named(configuration_.milters, name); }
Condition* Builder::condition_named(std::string_view name) { return named(configuration_.conditions, name); }

Result<void> Builder::check_condition_names(const Value& names) const {
  std::vector<std::string> wanted;
  if (std::holds_alternative<std::monostate>(names)) return {};
  if (auto done = read(Rule{"milter.applicable_conditions"}, names, wanted); !done) return done;
  for (const std::string& name : wanted) {
    if (find_condition(configuration_, name)) continue;
    List available;
    for (const Condition& condition : configuration_.conditions) available.push_back(condition.name);
    return failure(fmt::format("applicable condition should be one of {} but was {}",
                               ruby_literal(Value(available)), ruby_literal(std::string_view(name))));
  }
  return {};
}

void Builder::locate(std::string key, const Value& value, const std::optional<Location>& location) {
  if (location && !std::holds_alternative<std::monostate>(value)) {
    configuration_.locations[std::move(key)] = *location;
  } else {
    configuration_.locations.erase(key);
  }
}

void Builder::forget_locations(std::string_view prefix) {
  auto& locations = configuration_.locations;
  for (auto it = locations.lower_bound(prefix);
       it != locations.end() && it->first.compare(0, prefix.size(), prefix) == 0;) {
    it = locations.erase(it);
  }
}

}  // namespace milter_manager::config
