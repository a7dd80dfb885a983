// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/config/configuration.h"

namespace milter_manager::config {

struct Problem {
  enum class Severity : std::uint8_t {
    warning,  // works, but perhaps not as meant
    error     // a value can't be used; a file was left where it stands
  };
  Severity severity = Severity::warning;
  std::optional<Location> location;
  std::string message;
};

// "FILE:LINE: message", or the message alone without a location.
std::string format(const Problem& problem);

// What only the whole configuration can tell: settings that contradict each other, that have no effect, or
// milters that can't be used. Opens and resolves nothing. Errors first.
std::vector<Problem> check(const Configuration& configuration);

}  // namespace milter_manager::config
