// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "core/tools/test_server.h"
#include "core/tools/test_server_options.h"

namespace {

bool terminal_shows_colors() {
  const char* const type = std::getenv("TERM");
  return isatty(STDOUT_FILENO) && type != nullptr && *type != '\0' && std::string_view(type) != "dumb";
}

void print(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

}  // namespace

int main(int argc, char** argv) {
  using namespace milter_manager::tools;
  const auto options = parse_test_server_options({argv + 1, argv + argc}, terminal_shows_colors());
  if (!options) {
    print(options.error().text);
    return options.error().exit_status;
  }
  return run_test_server(*options, print);
}
