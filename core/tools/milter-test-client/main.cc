// SPDX-License-Identifier: GPL-3.0-or-later
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "core/tools/test_client.h"
#include "core/tools/test_client_options.h"

namespace {

// At once: people and scripts watch what comes.
void print(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  using namespace milter_manager::tools;
  const auto options =
      parse_test_client_options({argv + 1, argv + argc}, std::getenv("MILTER_DEFAULT_CONNECTION_SPEC"));
  if (!options) {
    print(options.error().text);
    return options.error().exit_status;
  }
  if (const auto ran = run_test_client(*options, print); !ran) {
    print(ran.error().message + "\n");
    return 1;
  }
  return 0;
}
