// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace milter_manager::supervision {

// What serving processes count beyond their status. core/metrics knows what it is; here it is only carried from the
// workers to the main process, and added there. Bytes from a worker may be anything: all three take them without harm, and
// count what can't be read as nothing. All empty: nothing is measured.
struct Measurements {
  // In a process that serves, on its loop's thread, about once a second: everything counted since the process's start, and
  // how things stand now.
  std::function<std::string()> take;
  // In the main process: those of two processes together. "" is nothing.
  std::function<std::string(std::string_view, std::string_view)> add;
  // What remains of a process that has ended: what it has counted, without how things stood.
  std::function<std::string(std::string_view)> remains;
};

}  // namespace milter_manager::supervision
