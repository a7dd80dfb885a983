// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/daemon/messages.h"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>

#include "core/supervision/evaluation.h"

namespace milter_manager::daemon {
namespace {

bool is_error(const config::Problem& problem) { return problem.severity == config::Problem::Severity::error; }

}  // namespace

void tell(std::string_view message) { fmt::print(stderr, "{}\n", message); }

void tell(const std::vector<config::Problem>& problems) {
  for (const config::Problem& problem : problems) {
    const std::string place =
        problem.location ? fmt::format("{}:{}: ", problem.location->file, problem.location->line) : "";
    tell(fmt::format("{}{}: {}", place, is_error(problem) ? "error" : "warning", problem.message));
  }
}

std::string errors_of(const ruby::LoadOutcome& outcome) {
  return supervision::Evaluation{outcome.configuration, outcome.problems, outcome.aborted, {}}.errors();
}

void log_problems(log::Logger& logger, const std::vector<config::Problem>& problems) {
  for (const config::Problem& problem : problems) {
    logger.log(
        is_error(problem) ? log::Level::error : log::Level::warning,
        fmt::format("[configuration][{}] {}", is_error(problem) ? "error" : "warning", format(problem)));
  }
}

void log_named(log::Logger& logger, std::string_view level, std::string_view text) {
  const auto levels = log::parse_levels(level);
  logger.log(levels ? static_cast<log::Level>(*levels) : log::Level::message, text);
}

log::Settings log_settings(const config::Configuration& configuration, bool in_background,
                           std::vector<std::string>& warnings) {
  log::Settings settings;
  settings.levels = log::parse_levels(configuration.log.level).value_or(log::kDefaultLevels);
  settings.path = configuration.log.path.value_or("");
  settings.use_syslog = configuration.log.use_syslog;
  settings.syslog_facility = configuration.log.syslog_facility;
  warnings =
      log::apply_environment(settings, [](const char* name) -> const char* { return std::getenv(name); });
  // A daemon's standard output is /dev/null.
  if (in_background && (settings.path.empty() || settings.path == "-")) settings.use_output = false;
  return settings;
}

}  // namespace milter_manager::daemon
