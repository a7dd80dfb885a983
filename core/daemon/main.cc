// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <optional>

#include "core/config/dump.h"
#include "core/daemon/background.h"
#include "core/daemon/command_line.h"
#include "core/daemon/config_source.h"
#include "core/daemon/installation.h"
#include "core/daemon/messages.h"
#include "core/daemon/pid_file.h"
#include "core/daemon/privileges.h"
#include "core/daemon/service.h"
#include "core/net/connection_spec.h"
#include "core/ruby/interpreter.h"

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

// From root to whom the manager runs as, with the files that it needs as that user.
Result<void> drop_privileges(const Identity& identity, const config::Configuration& configuration,
                             const log::Settings& settings) {
  if (settings.use_output && !settings.path.empty() && settings.path != "-") {
    if (auto given = give_file(identity, settings.path); !given) return given;
  }
  const auto spec = net::parse_connection_spec(configuration.manager.connection_spec.value_or(""));
  if (spec && spec->family == net::ConnectionSpec::Family::unix) {
    if (auto given = give_socket(identity, spec->path); !given) return given;
  }
  return become(identity);
}

int serve(ruby::Interpreter& interpreter, ConfigSource& source, const ruby::LoadOutcome& outcome,
          std::optional<log::Logger>& logger, Background& background) {
  const config::Configuration& configuration = *outcome.configuration;
  if (configuration.manager.max_file_descriptors > 0) {
    // Fewer than wanted is no reason not to serve.
    if (auto done = limit_descriptors(configuration.manager.max_file_descriptors); !done)
      tell(done.error().message);
  }
  const auto identity =
      find_identity(configuration.security.effective_user, configuration.security.effective_group);
  if (!identity) return failed(identity.error());

  std::vector<std::string> warnings;
  const log::Settings settings = log_settings(configuration, background.is_background(), warnings);
  for (const std::string& warning : warnings) tell("warning: " + warning);
  // The log file is opened by whom it belongs to in the end: who may write to its folder chooses what its name is.
  log::Settings first_settings = settings;
  if (*identity) first_settings.use_output = false;
  logger.emplace(first_settings);

  Service service(interpreter, source, *logger, outcome.configuration, background.is_background());
  if (auto done = service.listen(); !done) {
    return failed({fmt::format("failed to listen: {}", done.error().message)});
  }
  if (*identity) {
    if (auto done = drop_privileges(**identity, configuration, settings); !done) return failed(done.error());
    if (auto done = logger->use(settings); !done) tell(done.error().message);
  }
  if (logger->problem()) tell(logger->problem()->message);
  PidFile pid_file;
  if (configuration.manager.pid_file) {
    auto created = PidFile::create(*configuration.manager.pid_file);
    if (!created) return failed(created.error());
    pid_file = std::move(*created);
  }
  if (auto done = background.ready(); !done) return failed(done.error());
  log_problems(*logger, outcome.problems);
  service.run([&] { pid_file.remove(); });
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  void* frame = nullptr;  // Ruby's stack begins here
  Background background = Background::detect();
  const CommandLine command_line = parse_command_line(argc, argv);
  if (command_line.exit_status) {
    fmt::print("{}", command_line.standard_output);
    fmt::print(stderr, "{}", command_line.standard_error);
    return *command_line.exit_status;
  }
  for (const std::string& warning : command_line.warnings) tell(warning);

  const Installation installation = find_installation(executable_path());
  const bool serves = !command_line.show_config && !command_line.check_config;
  const auto move_to_background = [&] {
    const auto status = run_in_background(installation.executable, argv);
    return status ? *status : failed(status.error());
  };
  if (serves && !background.is_background() && wants_background(command_line)) return move_to_background();

  std::optional<log::Logger> logger;  // outlives Ruby, which may still log at its end
  const auto log_from_ruby = [&logger](std::string_view level, std::string_view text) {
    if (logger) {
      log_named(*logger, level, text);
    } else {
      tell(fmt::format("{}: {}", level, text));
    }
  };
  auto interpreter =
      ruby::Interpreter::boot(&frame, {installation.ruby_dir, installation.prefix, log_from_ruby});
  if (!interpreter) return failed(interpreter.error());
  ConfigSource source(**interpreter, installation, command_line);
  const ruby::LoadOutcome outcome = source.load();
  if (command_line.show_config) return show(outcome, command_line.show_secrets);
  if (command_line.check_config) return check(outcome);

  if (outcome.configuration->manager.daemon && !background.is_background()) return move_to_background();
  tell(outcome.problems);
  // Half a configuration would let mail pass unfiltered without a word.
  if (outcome.aborted) return 1;
  return serve(**interpreter, source, outcome, logger, background);
}
