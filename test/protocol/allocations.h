// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>

namespace milter_manager::protocol {

// What operator new has done in this program so far.
struct Allocations {
  std::size_t count = 0;  // calls
  std::size_t live = 0;   // calls not undone by delete
  std::size_t bytes = 0;  // ever asked for
};
Allocations allocations();

}  // namespace milter_manager::protocol
