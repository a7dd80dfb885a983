// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/config/build_defaults.h"

#include <algorithm>

#include "core/config/platform.h"

namespace milter_manager::config {
namespace {

std::optional<std::string> unless_empty(std::string_view chosen) {
  if (chosen.empty()) return std::nullopt;
  return std::string(chosen);
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpaces = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kSpaces);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpaces) - first + 1);
}

}  // namespace

Configuration default_configuration(const std::optional<std::string>& platform) {
  Configuration configuration;
  configuration.package.platform = platform;
  configuration.package.options = parse_options(BUILD_PACKAGE_OPTIONS);
  configuration.security.effective_user = unless_empty(BUILD_EFFECTIVE_USER);
  configuration.security.effective_group = unless_empty(BUILD_EFFECTIVE_GROUP);
  configuration.manager.connection_spec =
      unless_empty(BUILD_CONNECTION_SPEC).value_or(default_connection_spec(platform.value_or("")));
  configuration.manager.unix_socket_group = unless_empty(BUILD_SOCKET_GROUP);
  configuration.manager.pid_file = unless_empty(BUILD_PID_FILE);
  return configuration;
}

std::optional<std::string> current_platform() {
  const std::string_view chosen = BUILD_PLATFORM;
  return chosen.empty() ? detect_platform() : std::string(chosen);
}

std::map<std::string, std::string> parse_options(std::string_view text) {
  std::map<std::string, std::string> options;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(','), text.size());
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t equals = std::min(part.find('='), part.size());
    const std::string_view name = trim(part.substr(0, equals));
    if (name.empty()) continue;
    options[std::string(name)] = trim(part.substr(std::min(equals + 1, part.size())));
  }
  return options;
}

}  // namespace milter_manager::config
