// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <optional>
#include <set>
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

  // Begins a condition; one that exists keeps its place and all it has. Its stoppers, the built-in one among them, and accounts give
  // way to the first that is added anew, so that a definition without any leaves what the condition decides as it is.
  void define_condition(std::string_view name, const Location& location);
  // "description", "data", "refused_recipients" or "builtin" (see builtin_names()).
  Result<void> set_condition(std::string_view name, std::string_view attribute, const Value& value,
                             const Location& location);
  void add_stopper(std::string_view name, Stage stage);
  Result<void> add_account(std::string_view condition, Matcher account);
  BuiltinConditions& builtin_conditions() { return configuration_.builtin_conditions; }
  // For the dump. The statement takes the place of those that begin with `replaced`, if that isn't empty; one without text only
  // removes; one that is there already is there once.
  //
  //   note_statement({"stress.threshold_n_connections = 75", location}, "stress.threshold_n_connections = ")
  void note_statement(Statement statement, std::string_view replaced);

  // A block; the manager's own one, "netstat". Of each name there is one, the later.
  void add_connection_checker(std::string_view name, const Location& location);
  void use_netstat_connection_checker(const Location& location);
  void report_memory_statistics(const Location& location);

  const Configuration& configuration() const { return configuration_; }
  // Goes back to what configuration() once was.
  void restore(Configuration earlier) { configuration_ = std::move(earlier); }

 private:
  Milter* milter_named(std::string_view name);
  Condition* condition_named(std::string_view name);
  Result<void> check_condition_names(const Value& names) const;
  Result<void> set_builtin(Condition& condition, std::string_view label, const Value& value);
  void drop_stoppers(Condition& condition);
  void locate(std::string key, const Value& value, const std::optional<Location>& location);
  void forget_locations(std::string_view prefix);

  Configuration defaults_;
  Configuration configuration_;
  std::set<std::string, std::less<>>
      redefined_;  // conditions that still have the stoppers of their older definition
  std::set<std::string, std::less<>>
      restated_builtin_;  // of these, those whose new definition names the built-in one again
};

}  // namespace milter_manager::config
