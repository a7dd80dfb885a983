// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <vector>

namespace milter_manager::tools {

// The command line says all there is to do, or is wrong: print this, and end.
struct CommandLineEnd {
  std::string text;
  int exit_status = 0;
};

template <typename Options>
using CommandLine = tl::expected<Options, CommandLineEnd>;

// The name by which an option was given, "-s" or "--connection-spec", for messages about its value.
// `short_name` has one letter behind its "-".
std::string typed_name(const std::vector<std::string>& arguments, const std::string& short_name,
                       const std::string& long_name);

}  // namespace milter_manager::tools
