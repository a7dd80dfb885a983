// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace milter_manager::control {

// The program milter-managerctl, but for its main(). The world is passed in, for tests.
struct CtlWorld {
  std::function<void(std::string_view)> print;
  std::function<void(std::string_view)> print_error;
  std::function<void(std::chrono::duration<double>)> sleep;
  bool is_terminal = false;   // print() goes to one
  std::string default_place;  // what $MILTER_MANAGER_CONTROLLER says; "": kDefaultPlace
};

inline constexpr std::string_view kDefaultPlace = "unix:/run/milter-manager/controller.sock";

// `arguments` without the program's name. Returns the exit status: 0, 1 when it could not be done, CLI11's when the command line
// is wrong.
int run_ctl(const std::vector<std::string>& arguments, const CtlWorld& world);

}  // namespace milter_manager::control
