// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/config/configuration.h"
#include "core/config/value.h"
#include "core/result.h"

namespace milter_manager::config {

// Makes a Configuration statement by statement, as the configuration language calls for it.
//
//   Builder builder(default_configuration("debian"));
//   builder.set("manager.n_workers", std::int64_t{4}, Location{"milter-manager.conf", 3});
//   builder.define_milter("milter-greylist", location);
//   builder.set_milter("milter-greylist", "connection_spec", "inet:11125", location);
//   builder.set("manager.chunk_sise", …)   // failure: there is no setting of that name
//
// A statement that fails changes nothing. Without a location (a command line), and with nil, the setting
// counts as not set: its location is removed.
class Builder {
 public:
  explicit Builder(Configuration defaults);

  // A setting of settings(), by its whole name.
  Result<void> set(std::string_view name, const Value& value, const std::optional<Location>& location);
  Result<Value> get(std::string_view name) const;

  // Begins a milter at the end of the order; one that exists keeps its place and all it has.
  void define_milter(std::string_view name, const Location& location);
  // Removes it with its locations; nothing if there is none.
  void remove_milter(std::string_view name);
  // An attribute of milter_settings(). The milter must be defined.
  Result<void> set_milter(std::string_view name, std::string_view attribute, const Value& value,
                          const Location& location);
  Result<Value> get_milter(std::string_view name, std::string_view attribute) const;
  // Appends a condition; the same one may stand there twice.
  Result<void> add_applicable_condition(std::string_view milter, std::string_view condition,
                                        const Location& location);

  // Begins a condition; one that exists keeps its place, description and data, and loses its stoppers.
  void define_condition(std::string_view name, const Location& location);
  // "description", "data" or "refused_recipients".
  Result<void> set_condition(std::string_view name, std::string_view attribute, const Value& value,
                             const Location& location);
  void add_stopper(std::string_view name, Stage stage);

  void add_connection_checker(std::string_view name);

  const Configuration& configuration() const { return configuration_; }
  // Goes back to what configuration() once was.
  void restore(Configuration earlier) { configuration_ = std::move(earlier); }

 private:
  Milter* milter_named(std::string_view name);
  Condition* condition_named(std::string_view name);
  Result<void> check_condition_names(const Value& names) const;
  void locate(std::string key, const Value& value, const std::optional<Location>& location);
  void forget_locations(std::string_view prefix);

  Configuration defaults_;
  Configuration configuration_;
};

}  // namespace milter_manager::config
