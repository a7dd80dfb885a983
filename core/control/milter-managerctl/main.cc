// SPDX-License-Identifier: GPL-3.0-or-later
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <thread>

#include "core/control/ctl.h"

int main(int argc, char** argv) {
  milter_manager::control::CtlWorld world;
  world.print = [](std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
  };
  world.print_error = [](std::string_view text) { std::fwrite(text.data(), 1, text.size(), stderr); };
  world.sleep = [](std::chrono::duration<double> time) { std::this_thread::sleep_for(time); };
  world.is_terminal = ::isatty(STDOUT_FILENO) == 1;
  if (const char* const place = std::getenv("MILTER_MANAGER_CONTROLLER")) world.default_place = place;
  return run_ctl({argv + 1, argv + argc}, world);
}
