// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "core/config/dump.h"
#include "core/daemon/attachments.h"
#include "core/daemon/background.h"
#include "core/daemon/command_line.h"
#include "core/daemon/config_source.h"
#include "core/daemon/installation.h"
#include "core/daemon/launching.h"
#include "core/daemon/messages.h"
#include "core/daemon/out_of_memory.h"
#include "core/daemon/pid_file.h"
#include "core/daemon/role.h"
#include "core/daemon/service.h"
#include "core/daemon/single_process.h"
#include "core/daemon/start_up.h"
#include "core/daemon/supervise.h"
#include "core/daemon/worker.h"
#include "core/ruby/interpreter.h"
#include "core/supervision/service_manager.h"

namespace {

using namespace milter_manager;
using namespace milter_manager::daemon;

// What a start that fails tells, and the status it ends with.
int failed(const Error& error) {
  tell(error.message);
  return 1;
}

int show(const ruby::LoadOutcome& outcome, bool with_secrets) {
  fmt::print("{}", config::dump(*outcome.configuration, with_secrets));
  tell(outcome.problems);
  return outcome.has_errors() ? 1 : 0;
}

int check(const ruby::LoadOutcome& outcome) {
  tell(outcome.problems);
  return outcome.has_errors() ? 1 : 0;
}

bool wants_background(const CommandLine& command_line) {
  bool wants = false;
  for (const auto& [name, value] : command_line.overrides) {
    if (name == "manager.daemon") wants = std::get<bool>(value);
  }
  return wants;
}

// Serves in this process.
int serve(const Role& role, char* const* argv, ruby::Interpreter& interpreter, ConfigSource& source,
          ruby::LoadOutcome outcome, std::vector<net::Descriptor> inherited,
          std::optional<log::Logger>& logger, Background& background) {
  const config::Configuration& configuration = *outcome.configuration;
  auto launching = Launching::begin(configuration, role, argv);
  if (!launching) return failed(launching.error());
  auto sockets = start_up(configuration, std::move(inherited), background.is_background(), logger);
  if (!sockets) return failed(sockets.error());
  ServiceOptions options;
  options.in_background = background.is_background();
  options.start_milter = launching->starter();
  Service service(interpreter, source, *logger, outcome.configuration, options);
  SingleProcess manager(service, source, *logger, std::move(*sockets));
  attach_all(manager.main_process(), service.loop(), *logger, manager);
  launching->attach(service.loop(), *logger, manager.main_process());
  // A start that fails after all.
  const auto given_up = [&manager](const Error& error) {
    manager.close_sockets();
    return failed(error);
  };
  if (auto started = service.start(); !started) return given_up(started.error());
  const EndWhenOutOfMemory out_of_memory(*logger);
  // Whoever sees the pid file finds everything in its place.
  manager.serve();
  PidFile pid_file;
  if (configuration.manager.pid_file) {
    auto created = PidFile::create(*configuration.manager.pid_file);
    if (!created) return given_up(created.error());
    pid_file = std::move(*created);
  }
  if (auto done = background.ready(); !done) return given_up(done.error());
  log_problems(*logger, outcome.problems);
  outcome.configuration.reset();  // with the last session that has it, it shall go
  service.run([&] { pid_file.remove(); });
  manager.main_process().let_go_of_signals();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  void* frame = nullptr;  // Ruby's stack begins here
  const Role role = take_role();
  if (role.kind == Role::Kind::supervisor) return supervise(role, argv);
  if (role.kind == Role::Kind::launcher) return launch_milters();
  const bool is_main = role.kind == Role::Kind::main;
  Background background = Background::detect();
  const CommandLine command_line = parse_command_line(argc, argv);
  if (command_line.exit_status) {
    fmt::print("{}", command_line.standard_output);
    fmt::print(stderr, "{}", command_line.standard_error);
    return *command_line.exit_status;
  }
  if (is_main) {
    for (const std::string& warning : command_line.warnings) tell(warning);
  }
  std::vector<net::Descriptor> inherited;
  if (is_main) inherited = supervision::ServiceManager::take_sockets();

  const Installation installation = find_installation(executable_path());
  const bool serves = !command_line.show_config && !command_line.check_config;
  const auto move_to_background = [&] {
    const auto status = run_in_background(argv);
    return status ? *status : failed(status.error());
  };
  const bool may_move = is_main && serves && !background.is_background();
  if (may_move && wants_background(command_line)) return move_to_background();

  std::optional<log::Logger> logger;  // outlives Ruby, which may still log at its end
  EarlyLines early;
  const auto log_from_ruby = [&](std::string_view level, std::string_view text) {
    if (logger) {
      log_named(*logger, level, text);
    } else if (is_main) {
      tell(fmt::format("{}: {}", level, text));
    } else {
      early.emplace_back(level, text);
    }
  };
  auto interpreter =
      ruby::Interpreter::boot(&frame, {installation.reads_library ? installation.ruby_dir : "",
                                       installation.prefix, log_from_ruby, installation.ruby_dir});
  if (!interpreter) return failed(interpreter.error());
  ConfigSource source(**interpreter, installation, command_line, role.started_by_root,
                      is_main || role.kind == Role::Kind::evaluator);
  if (role.kind == Role::Kind::worker) return serve_as_worker(role, **interpreter, source, logger, early);
  if (role.kind == Role::Kind::evaluator) return evaluate_for_supervisor(source);

  ruby::LoadOutcome outcome = source.load();
  if (command_line.show_config) return show(outcome, command_line.show_secrets);
  if (command_line.check_config) return check(outcome);

  if (outcome.configuration->manager.daemon && may_move) return move_to_background();
  tell(outcome.problems);
  // Half a configuration would let mail pass unfiltered without a word.
  if (outcome.aborted) return 1;
  if (outcome.configuration->manager.n_workers > 0) {
    return failed(
        {become_supervisor(role, source.evaluation_of(outcome), background, std::move(inherited), argv)});
  }
  source.forget_sources();
  return serve(role, argv, **interpreter, source, std::move(outcome), std::move(inherited), logger,
               background);
}
