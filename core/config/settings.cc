// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <utility>

#include "core/config/reading.h"
#include "core/config/setting.h"

namespace milter_manager::config {
namespace {

// A row for the member that the pointers lead to: row<Configuration, &Configuration::log, &Log::path>("log.path").
template <typename Target, auto... Path>
Setting<Target> row(std::string_view name) {
  Setting<Target> setting{};
  setting.name = name;
  setting.set = [](const Setting<Target>& self, std::string_view label, const Value& value, Target& target,
                   const Target& defaults) -> Result<void> {
    if (std::holds_alternative<std::monostate>(value)) {
      if (self.style == Style::nil_when_zero) {
        return read(Rule{label}, std::int64_t{0}, (target.*....*Path));
      }
      (target.*....*Path) = (defaults.*....*Path);
      return {};
    }
    return read(Rule{label, self.syntax, self.limits, self.style}, value, (target.*....*Path));
  };
  setting.get = [](const Target& target) { return write((target.*....*Path)); };
  return setting;
}

template <typename Target>
Setting<Target> with(Setting<Target> setting, Syntax syntax) {
  setting.syntax = syntax;
  return setting;
}
template <typename Target>
Setting<Target> with(Setting<Target> setting, Limits limits) {
  setting.limits = limits;
  return setting;
}
template <typename Target>
Setting<Target> with(Setting<Target> setting, Style style) {
  setting.style = style;
  return setting;
}
template <typename Target>
Setting<Target> with_mode(Setting<Target> setting) {
  return with(with(std::move(setting), Style::octal), Limits{0, 0777});
}
template <typename Target>
Setting<Target> young(Setting<Target> setting) {
  setting.shown_only_when_set = true;
  return setting;
}

constexpr Limits kAnyTime{0.001, 1e9};  // seconds; a wait of no time at all could never succeed
constexpr double kMiB = 1 << 20;

std::vector<Setting<Configuration>> make_settings() {
  using C = Configuration;
#define ROW(group, Group, member) row<C, &C::group, &Group::member>(#group "." #member)
  return {
      ROW(package, Package, platform),
      ROW(package, Package, options),
      ROW(security, Security, privilege_mode),
      ROW(security, Security, effective_user),
      ROW(security, Security, effective_group),
      with(with(ROW(log, Log, level), Syntax::log_level), Style::log_level),
      ROW(log, Log, path),
      ROW(log, Log, use_syslog),
      ROW(log, Log, syslog_facility),
      with(ROW(manager, Manager, connection_spec), Syntax::connection_spec),
      with_mode(ROW(manager, Manager, unix_socket_mode)),
      ROW(manager, Manager, unix_socket_group),
      ROW(manager, Manager, remove_unix_socket_on_create),
      ROW(manager, Manager, remove_unix_socket_on_close),
      ROW(manager, Manager, daemon),
      ROW(manager, Manager, pid_file),
      with(ROW(manager, Manager, maintenance_interval), Style::nil_when_zero),
      ROW(manager, Manager, suspend_time_on_unacceptable),
      ROW(manager, Manager, max_connections),
      ROW(manager, Manager, max_file_descriptors),
      ROW(manager, Manager, custom_configuration_directory),
      ROW(manager, Manager, fallback_status),
      ROW(manager, Manager, fallback_status_at_disconnect),
      ROW(manager, Manager, event_loop_backend),
      with(ROW(manager, Manager, n_workers), Limits{0, 1000}),
      ROW(manager, Manager, packet_buffer_size),
      ROW(manager, Manager, connection_check_interval),
      with(ROW(manager, Manager, chunk_size), Limits{.least = 1, .most = 65535, .clamp = true}),
      ROW(manager, Manager, max_pending_finished_sessions),
      young(with(ROW(manager, Manager, reply_deadline), Limits{1, 290})),
      young(with(ROW(manager, Manager, condition_timeout), Limits{0.1, 290})),
      young(with(ROW(manager, Manager, n_condition_threads), Limits{1, 64})),
      young(
          with(ROW(manager, Manager, session_deadline), Limits{.least = 60, .most = 1e9, .zero_too = true})),
      young(with(ROW(manager, Manager, stop_timeout), Limits{0, 1e9})),
      young(with(ROW(manager, Manager, body_memory), Limits{kMiB, 1e15})),
      with(ROW(controller, Controller, connection_spec), Syntax::connection_spec),
      with_mode(ROW(controller, Controller, unix_socket_mode)),
      ROW(controller, Controller, unix_socket_group),
      ROW(controller, Controller, remove_unix_socket_on_create),
      ROW(controller, Controller, remove_unix_socket_on_close),
      young(ROW(controller, Controller, allow_remote)),
      ROW(database, Database, type),
      ROW(database, Database, name),
      ROW(database, Database, host),
      with(ROW(database, Database, port), Limits{0, 65535}),
      ROW(database, Database, path),
      ROW(database, Database, user),
      with(ROW(database, Database, password), Style::secret),
      young(ROW(database, Database, extra_options)),
      young(ROW(statistics, Statistics, messages)),
      young(ROW(statistics, Statistics, start_lines)),
      young(with(ROW(metrics, Metrics, connection_spec), Syntax::inet_connection_spec)),
  };
#undef ROW
}

std::vector<Setting<Milter>> make_milter_settings() {
#define ROW(member) row<Milter, &Milter::member>(#member)
  return {
      with(ROW(connection_spec), Syntax::connection_spec),
      ROW(description),
      ROW(enabled),
      ROW(fallback_status),
      ROW(evaluation_mode),
      ROW(applicable_conditions),
      ROW(command),
      ROW(command_options),
      ROW(user_name),
      with(ROW(connection_timeout), kAnyTime),
      with(ROW(writing_timeout), kAnyTime),
      with(ROW(reading_timeout), kAnyTime),
      with(ROW(end_of_message_timeout), kAnyTime),
      young(with(ROW(enforcement_share), Limits{0, 1})),
      // 1.0 itself would open the breaker on an average answer.
      young(with(ROW(circuit_breaker), Limits{1.000001, 1e6})),
      young(ROW(circuit_breaker_defers)),
  };
#undef ROW
}

template <typename Target>
const Setting<Target>* find(const std::vector<Setting<Target>>& all, std::string_view name) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.name == name; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace

const std::vector<Setting<Configuration>>& settings() {
  static const std::vector<Setting<Configuration>> kSettings = make_settings();
  return kSettings;
}

const std::vector<Setting<Milter>>& milter_settings() {
  static const std::vector<Setting<Milter>> kSettings = make_milter_settings();
  return kSettings;
}

const Setting<Configuration>* find_setting(std::string_view name) { return find(settings(), name); }
const Setting<Milter>* find_milter_setting(std::string_view name) { return find(milter_settings(), name); }

}  // namespace milter_manager::config
