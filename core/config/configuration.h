// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/config/builtin_conditions.h"

namespace milter_manager::config {

// What the configuration files say, as plain data: no Ruby, no sockets, nothing resolved.
//
// A Configuration is built by core/ruby (through builder.h, which validates), then immutable and shared as
// shared_ptr<const Configuration>; a reload builds another one. The member initialisers below are the defaults,
// but for what depends on the platform and the build (see build_defaults.h). Connection specs are kept as typed, but
// have been checked: net::parse_connection_spec() of one does not fail.

using Seconds = std::chrono::duration<double>;

// What is answered for a milter, or for the manager, that can't answer.
enum class FallbackStatus : std::uint8_t { accept, reject, temporary_failure, discard };

// Where applicable conditions may stop a milter, in the order of a session.
enum class Stage : std::uint8_t {
  connect,
  helo,
  mail,
  recipient,
  data,
  header,
  end_of_header,
  body,
  end_of_message
};
inline constexpr std::size_t kNumberOfStages = 9;
using StageSet = std::uint32_t;
constexpr StageSet stage_bit(Stage stage) { return StageSet{1} << static_cast<unsigned>(stage); }

struct Location {
  std::string file;
  int line = 0;

  friend bool operator==(const Location&, const Location&) = default;
};

using Scalar = std::variant<std::monostate, bool, std::int64_t, double, std::string>;

struct Package {
  std::optional<std::string> platform;         // which defaults/PLATFORM.conf load_default loads
  std::map<std::string, std::string> options;  // for the platform file; empty: nil
};

struct Security {
  bool privilege_mode = false;  // start a milter's command when it can't be reached
  std::optional<std::string> effective_user;
  std::optional<std::string> effective_group;
};

struct Log {
  std::string level = "default";    // "default", or names of levels as in "all", "error|warning", "+debug"
  std::optional<std::string> path;  // nullopt: standard output
  bool use_syslog = true;
  std::string syslog_facility = "mail";
};

struct Manager {
  std::optional<std::string> connection_spec;  // what the MTA connects to
  std::uint32_t unix_socket_mode = 0660;
  std::optional<std::string> unix_socket_group;
  bool remove_unix_socket_on_create = true;
  bool remove_unix_socket_on_close = true;
  bool daemon = false;
  std::optional<std::string> pid_file;
  std::uint32_t maintenance_interval = 10;  // finished sessions between maintenances; 0: only when idle
  std::uint32_t suspend_time_on_unacceptable = 5;  // accepted for old files; has no effect
  std::uint32_t max_connections = 0;               // 0: no limit but that of descriptors
  std::uint32_t max_file_descriptors = 0;          // 0: as the system set it
  std::optional<std::string> custom_configuration_directory;
  FallbackStatus fallback_status = FallbackStatus::accept;  // no milter is configured, or the manager fails
  FallbackStatus fallback_status_at_disconnect =
      FallbackStatus::temporary_failure;                   // the SMTP client is gone
  std::optional<std::string> event_loop_backend = "glib";  // accepted for old files; has no effect
  std::uint32_t n_workers = 0;
  std::uint32_t packet_buffer_size = 0;         // bytes; has no effect: packets are always collected
  std::uint32_t connection_check_interval = 0;  // seconds; 0: the SMTP client's presence is not checked
  std::uint32_t chunk_size = 65535;  // bytes, 1 to 65535: body pieces to the second and later milters
  std::uint32_t max_pending_finished_sessions = 0;

  Seconds reply_deadline{9};     // the MTA is answered within this, but for end-of-message
  Seconds condition_timeout{5};  // all conditions of one milter at one stage; at most reply_deadline
  std::uint32_t n_condition_threads = 4;
  Seconds session_deadline{7200};        // 0: none
  Seconds stop_timeout{30};              // how long a graceful stop waits for running sessions
  std::uint64_t body_memory = 64 << 20;  // bytes of bodies kept in memory, a process; beyond, they spool

  // Names given to define_connection_checker in order, and "netstat"; the blocks live in core/ruby.
  std::vector<std::string> connection_checkers;
  bool netstat_connection_checker = false;  // "netstat" among them is the manager's own, and no block
  bool report_memory_statistics = false;    // an event at each maintenance
};

struct Controller {
  std::optional<std::string> connection_spec;  // nullopt: no controller
  bool allow_remote = false;  // whoever can connect may do everything, on an address that other hosts reach
  std::uint32_t unix_socket_mode = 0660;
  std::optional<std::string> unix_socket_group;
  bool remove_unix_socket_on_create = true;
  bool remove_unix_socket_on_close = true;
};

struct Database {
  std::optional<std::string> type;
  std::optional<std::string> name;
  std::optional<std::string> host;
  std::optional<std::uint32_t> port;
  std::optional<std::string> path;
  std::optional<std::string> user;
  std::optional<std::string> password;
  std::map<std::string, Scalar> extra_options;
};

struct Statistics {
  bool messages = true;      // an event for each message, not only for each connection
  bool start_lines = false;  // [session][start] and [milter][start], as old versions wrote them
};

struct Metrics {
  std::optional<std::string> connection_spec;  // inet or inet6; nullopt: no metrics served
};

// What define_applicable_condition says. The blocks themselves live in core/ruby.
struct Condition {
  std::string name;
  std::optional<std::string> description;
  std::optional<std::string> data;
  StageSet stages = 0;          // where it can stop a milter or set macros: elsewhere it need not be asked
  StageSet stopper_stages = 0;  // of these, where it has blocks; elsewhere `builtin` alone decides
  bool refused_recipients = false;  // asks for the recipients that the MTA refused

  // Decided by core/condition, beside (before) its stoppers: "s25r", "remote_network", …; nullopt: by stoppers only.
  std::optional<std::string> builtin;
  std::vector<Matcher> accounts;  // for "restrict_accounts_by_list"
};

struct Milter {
  std::string name;
  std::optional<std::string> connection_spec;  // nullopt: can't be used; reported, and left out
  std::optional<std::string> description;
  bool enabled = true;
  FallbackStatus fallback_status = FallbackStatus::accept;
  bool evaluation_mode = false;
  std::vector<std::string> applicable_conditions;  // names of Configuration::conditions, in order of asking
  std::optional<std::string> command;
  std::optional<std::string> command_options;  // as a shell would read them
  std::optional<std::string> user_name;        // whom the command runs as
  Seconds connection_timeout{297};
  Seconds writing_timeout{7};
  Seconds reading_timeout{7};
  Seconds end_of_message_timeout{297};

  std::optional<double>
      enforcement_share;                  // 0 to 1: enforced for this share of the mail, else only evaluated
  std::optional<double> circuit_breaker;  // a factor above 1
  // While that has it: what it rejects or discards is answered with a temporary failure, rather than let pass.
  bool circuit_breaker_defers = false;
  bool deferring = false;  // no setting: the manager sets it then
};

// A statement that has no setting of its own, as a file may say it again: "s25r.add_whitelist(\"mx.example.com\")".
struct Statement {
  std::string text;
  Location location;
  bool only_told = false;  // what it says can't be written (a block): `text` is for people, no Ruby
};

struct Configuration {
  Package package;
  Security security;
  Log log;
  Manager manager;
  Controller controller;
  Database database;
  Statistics statistics;
  Metrics metrics;
  BuiltinConditions builtin_conditions;
  std::vector<Condition> conditions;  // in definition order, names unique
  std::vector<Milter> milters;        // in definition order, names unique; disabled ones too

  // Where each value was set: "manager.daemon", "milter[NAME]", "milter[NAME].command",
  // "milter[NAME].applicable_condition[CONDITION]", "applicable_condition[NAME].description".
  // A key that is missing has its default.
  std::map<std::string, Location, std::less<>> locations;

  // What was said about built-in conditions, and what else the settings don't hold, in the order of the files; those about a condition
  // begin with "applicable_condition[NAME] condition.".
  std::vector<Statement> statements;

  // Which blocks of core/ruby belong to it; 0: none.
  std::uint64_t generation = 0;
};

// nullptr if there is none of that name.
const Milter* find_milter(const Configuration& configuration, std::string_view name);
const Condition* find_condition(const Configuration& configuration, std::string_view name);

// "accept", "reject", "temporary-failure", "discard".
std::string_view fallback_status_name(FallbackStatus status);

}  // namespace milter_manager::config
