// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/daemon/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string_view>

#include "core/daemon/option_value.h"
#include "core/daemon/version.h"

namespace milter_manager::daemon {
namespace {

// An option that stands for a setting of the configuration files.
struct SettingOption {
  const char* names;
  const char* value_name;
  const char* help;
  const char* setting;
  Result<config::Value> (*read)(const std::string& text);
};

constexpr SettingOption kSettingOptions[] = {
    {"-s,--connection-spec", "SPEC", "Listen on SPEC: unix:PATH, inet:PORT[@HOST] or inet6:PORT[@HOST]",
     "manager.connection_spec", connection_spec_value},
    {"--log-level", "LEVEL", "Log these levels: names joined by |, all, default or none", "log.level",
     log_level_value},
    {"--log-path", "PATH", "Log to PATH instead of standard output", "log.path", string_value},
    {"--syslog-facility", "FACILITY", "Log to syslog as FACILITY", "log.syslog_facility", string_value},
    {"-u,--user", "UID_OR_NAME", "Run as this user (needs root)", "security.effective_user", user_value},
    {"--user-id", "UID", "Run as the user with this number (needs root)", "security.effective_user",
     user_id_value},
    {"--user-name", "NAME", "Run as the user of this name (needs root)", "security.effective_user",
     string_value},
    {"-g,--group", "GID_OR_NAME", "Run as this group (needs root)", "security.effective_group", group_value},
    {"--group-id", "GID", "Run as the group with this number (needs root)", "security.effective_group",
     group_id_value},
    {"--group-name", "NAME", "Run as the group of this name (needs root)", "security.effective_group",
     string_value},
    {"--unix-socket-group", "GROUP", "The group of the UNIX socket", "manager.unix_socket_group",
     string_value},
    {"--unix-socket-mode", "MODE", "The mode of the UNIX socket: 660 or u=rw,g=rw",
     "manager.unix_socket_mode", mode_value},
    {"--n-workers", "N", "Serve in N worker processes", "manager.n_workers", n_workers_value},
    {"--event-loop-backend", "NAME", "Accepted for old command lines; has no effect",
     "manager.event_loop_backend", string_value},
    {"--packet-buffer-size", "BYTES", "Collect packets to the MTA at the end of a message up to this size",
     "manager.packet_buffer_size", integer_value},
    {"--pid-file", "FILE", "Write the process number to FILE", "manager.pid_file", string_value},
    {"--max-pending-finished-sessions", "N", "Tidy up finished sessions at once when there are more than N",
     "manager.max_pending_finished_sessions", integer_value},
};

// The option as it stands in the arguments: "-s" of "-sinet:1", "--log-level" of "--log-level=x".
std::string as_typed(const CLI::Option& option, int argc, const char* const* argv) {
  std::string typed = option.get_name();
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    for (const std::string& name : option.get_lnames()) {
      const std::string whole = "--" + name;
      if (argument.substr(0, argument.find('=')) == whole) typed = whole;
    }
    for (const std::string& name : option.get_snames()) {
      if (argument.size() >= 2 && argument[0] == '-' && argument.substr(1, 1) == name) typed = "-" + name;
    }
  }
  return typed;
}

CommandLine refused(std::string message, const std::string& help) {
  CommandLine line;
  line.exit_status = 1;
  line.standard_error = fmt::format("{}\n\n{}", message, help);
  return line;
}

}  // namespace

CommandLine parse_command_line(int argc, const char* const* argv) {
  CommandLine line;
  CLI::App app("Puts several milters behind one, and decides per mail which of them run.", "milter-manager");
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  app.set_help_flag("-h,--help", "Print this help and exit");
  app.add_flag("--help-all,--help-milter")->description("Print this help and exit");
  const auto* version = app.add_flag("--version")->description("Print the version and exit");

  std::string config_dir;
  const auto* config_dir_option =
      app.add_option("-c,--config-dir", config_dir, "Look for configuration files in DIRECTORY first")
          ->type_name("DIRECTORY");
  app.add_flag("--show-config", line.show_config, "Print the configuration and exit");
  app.add_flag("--show-secrets", line.show_secrets, "With --show-config: print passwords, too");
  app.add_flag("--check-config", line.check_config, "Report what is wrong in the configuration and exit");

  struct Given {
    const SettingOption* about;
    CLI::Option* option;
    std::string text;
  };
  std::vector<Given> given(std::size(kSettingOptions));
  for (std::size_t i = 0; i < given.size(); ++i) {
    const SettingOption& about = kSettingOptions[i];
    given[i].about = &about;
    given[i].option = app.add_option(about.names, given[i].text, about.help)->type_name(about.value_name);
  }
  std::string old_socket_group;
  const auto* old_socket_group_option =
      app.add_option("--socket-group-name", old_socket_group, "The old name of --unix-socket-group")
          ->type_name("GROUP");
  const auto* verbose = app.add_flag("-v,--verbose")->description("Log everything");
  const auto* quiet = app.add_flag("-q,--quiet")->description("Log nothing");
  const auto* syslog = app.add_flag("--syslog")->description("Log to syslog, too");
  app.add_flag("--daemon")->description("Run in the background");
  app.add_flag("--no-daemon")->description("Run in the foreground");

  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    line.exit_status = 0;
  } catch (const CLI::ParseError& error) {
    return refused(error.what(), app.help());
  }
  if (line.exit_status || app.count("--help-all") > 0) {
    line.exit_status = 0;
    line.standard_output = app.help();
    return line;
  }
  if (version->count() > 0) {
    line.exit_status = 0;
    line.standard_output = fmt::format("milter-manager {}\n", kVersion);
    return line;
  }

  // A daemon's working directory is not the one that a relative name was typed in.
  if (config_dir_option->count() > 0) line.config_dir = std::filesystem::absolute(config_dir).string();
  if (old_socket_group_option->count() > 0) {
    line.warnings.emplace_back(
        "[client][option][deprecated][--socket-group-name] use --unix-socket-group instead");
    line.overrides.emplace_back("manager.unix_socket_group", old_socket_group);
  }
  if (verbose->count() > 0) line.overrides.emplace_back("log.level", std::string("all"));
  if (quiet->count() > 0) line.overrides.emplace_back("log.level", std::string("none"));
  if (syslog->count() > 0) line.overrides.emplace_back("log.use_syslog", true);
  for (const Given& one : given) {
    if (one.option->count() == 0) continue;
    auto value = one.about->read(one.text);
    if (!value) {
      CommandLine wrong;
      wrong.exit_status = 1;
      wrong.standard_error =
          fmt::format("{}: {}\n", as_typed(*one.option, argc, argv), value.error().message);
      return wrong;
    }
    line.overrides.emplace_back(one.about->setting, std::move(*value));
  }
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--daemon" || argument == "--no-daemon") {
      line.overrides.emplace_back("manager.daemon", argument == "--daemon");
    }
  }
  return line;
}

}  // namespace milter_manager::daemon
