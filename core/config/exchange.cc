// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/config/exchange.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/config/builder.h"
#include "core/config/setting.h"
#include "core/config/value.h"

namespace milter_manager::config {
namespace {

using nlohmann::json;

json object_of(const Scalar& scalar) {
  return std::visit(
      [](const auto& value) -> json {
        if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::monostate>) {
          return nullptr;
        } else {
          return value;
        }
      },
      scalar);
}

json object_of(const Value& value) {
  if (const auto* table = std::get_if<Table>(&value)) {
    json pairs = json::object();
    for (const auto& [name, scalar] : *table) pairs[name] = object_of(scalar);
    return pairs;
  }
  return std::visit(
      [](const auto& one) -> json {
        using One = std::decay_t<decltype(one)>;
        if constexpr (std::is_same_v<One, std::monostate> || std::is_same_v<One, Table>) {
          return nullptr;
        } else {
          return one;
        }
      },
      value);
}

Scalar scalar_of(const json& object) {
  switch (object.type()) {
    case json::value_t::boolean:
      return object.get<bool>();
    case json::value_t::number_integer:
    case json::value_t::number_unsigned:
      return object.get<std::int64_t>();
    case json::value_t::number_float:
      return object.get<double>();
    case json::value_t::string:
      return object.get<std::string>();
    default:
      return std::monostate{};
  }
}

Value value_of(const json& object) {
  if (object.is_array()) return object.get<List>();
  if (object.is_object()) {
    Table table;
    for (const auto& [name, scalar] : object.items()) table.emplace_back(name, scalar_of(scalar));
    return table;
  }
  return std::visit([](auto&& value) -> Value { return std::forward<decltype(value)>(value); },
                    scalar_of(object));
}

template <typename Target>
json values_of(const std::vector<Setting<Target>>& all, const Target& target) {
  json values = json::object();
  for (const auto& setting : all) values[std::string(setting.name)] = object_of(setting.get(target));
  return values;
}

template <typename Target>
Result<void> set_values(const std::vector<Setting<Target>>& all, const json& values, Target& target) {
  const Target defaults;
  for (const auto& setting : all) {
    const auto found = values.find(std::string(setting.name));
    if (found == values.end()) continue;
    if (auto done = setting.set(setting, setting.name, value_of(*found), target, defaults); !done)
      return done;
  }
  return {};
}

json object_of(const Condition& condition) {
  return {{"name", condition.name},
          {"description", condition.description ? json(*condition.description) : json()},
          {"stages", condition.stages},
          {"stopper_stages", condition.stopper_stages},
          {"builtin", condition.builtin ? json(*condition.builtin) : json()}};
}

std::optional<std::string> text_of(const json& object) {
  return object.is_null() ? std::nullopt : std::optional(object.get<std::string>());
}

Condition condition_of(const json& object) {
  Condition condition;
  object.at("name").get_to(condition.name);
  condition.description = text_of(object.at("description"));
  object.at("stages").get_to(condition.stages);
  object.at("stopper_stages").get_to(condition.stopper_stages);
  condition.builtin = text_of(object.at("builtin"));
  return condition;
}

json object_of(const Location& location) { return json::array({location.file, location.line}); }

Location location_of(const json& object) {
  return {object.at(0).get<std::string>(), object.at(1).get<int>()};
}

std::string bytes_of(const json& object) {
  std::string bytes;
  json::to_cbor(object, bytes);
  return bytes;
}

// What `read` makes of the bytes; errors of form and type of the library become one of ours.
template <typename Read>
auto decoded(std::string_view bytes, std::string_view what, Read read) -> decltype(read(json())) {
  try {
    return read(json::from_cbor(bytes));
  } catch (const json::exception& error) {
    return failure(fmt::format("{} can't be read: {}", what, error.what()));
  }
}

}  // namespace

std::string encode(const Configuration& configuration) {
  json conditions = json::array();
  for (const Condition& condition : configuration.conditions) conditions.push_back(object_of(condition));
  json milters = json::array();
  for (const Milter& milter : configuration.milters) {
    milters.push_back(json::array({milter.name, values_of(milter_settings(), milter)}));
  }
  json locations = json::object();
  for (const auto& [name, location] : configuration.locations) locations[name] = object_of(location);
  return bytes_of({{"settings", values_of(settings(), configuration)},
                   {"connection_checkers", configuration.manager.connection_checkers},
                   {"netstat_connection_checker", configuration.manager.netstat_connection_checker},
                   {"report_memory_statistics", configuration.manager.report_memory_statistics},
                   {"conditions", std::move(conditions)},
                   {"milters", std::move(milters)},
                   {"locations", std::move(locations)}});
}

Result<Configuration> decode(std::string_view bytes) {
  return decoded(bytes, "a configuration", [](const json& object) -> Result<Configuration> {
    Configuration configuration;
    if (auto done = set_values(settings(), object.at("settings"), configuration); !done) {
      return tl::unexpected(done.error());
    }
    Manager& manager = configuration.manager;
    object.at("connection_checkers").get_to(manager.connection_checkers);
    object.at("netstat_connection_checker").get_to(manager.netstat_connection_checker);
    object.at("report_memory_statistics").get_to(manager.report_memory_statistics);
    for (const json& condition : object.at("conditions")) {
      configuration.conditions.push_back(condition_of(condition));
    }
    for (const json& one : object.at("milters")) {
      Milter milter;
      one.at(0).get_to(milter.name);
      if (auto done = set_values(milter_settings(), one.at(1), milter); !done) {
        return tl::unexpected(done.error());
      }
      configuration.milters.push_back(std::move(milter));
    }
    for (const auto& [name, location] : object.at("locations").items()) {
      configuration.locations[name] = location_of(location);
    }
    return configuration;
  });
}

std::string encode(const std::vector<Problem>& problems) {
  json all = json::array();
  for (const Problem& problem : problems) {
    all.push_back({{"error", problem.severity == Problem::Severity::error},
                   {"location", problem.location ? object_of(*problem.location) : json()},
                   {"message", problem.message}});
  }
  return bytes_of(all);
}

Result<std::vector<Problem>> decode_problems(std::string_view bytes) {
  return decoded(bytes, "a list of problems", [](const json& object) -> Result<std::vector<Problem>> {
    std::vector<Problem> problems;
    for (const json& one : object) {
      Problem problem;
      if (one.at("error").get<bool>()) problem.severity = Problem::Severity::error;
      if (!one.at("location").is_null()) problem.location = location_of(one.at("location"));
      one.at("message").get_to(problem.message);
      problems.push_back(std::move(problem));
    }
    return problems;
  });
}

}  // namespace milter_manager::config
