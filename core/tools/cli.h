// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <CLI/CLI.hpp>

#include "core/tools/command_line.h"

namespace milter_manager::tools {

// Reads `arguments` (without the program's name) into what the app's options are bound to; of a value that is given
// twice the last one counts. Help, version and mistakes come
// back as the end: a mistake is told with the whole help, and exits with 1.
inline CommandLine<void> parse(CLI::App& app, const std::vector<std::string>& arguments) {
  for (CLI::Option* option : app.get_options()) {
    if (option->get_items_expected_max() == 1) option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  }
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
    return {};
  } catch (const CLI::CallForHelp&) {
    return tl::unexpected(CommandLineEnd{app.help(), 0});
  } catch (const CLI::CallForVersion& version) {
    return tl::unexpected(CommandLineEnd{std::string(version.what()) + "\n", 0});
  } catch (const CLI::ParseError& error) {
    return tl::unexpected(CommandLineEnd{std::string(error.what()) + "\n\n" + app.help(), 1});
  }
}

}  // namespace milter_manager::tools
