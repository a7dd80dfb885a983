// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/config/configuration.h"

namespace milter_manager::config {

// A value as a configuration file writes it, before it is known to fit a setting: untrusted.
using List = std::vector<std::string>;
using Table = std::vector<std::pair<std::string, Scalar>>;
using Value = std::variant<std::monostate, bool, std::int64_t, double, std::string, List, Table>;

// The value as Ruby source: nil, true, 10, 297.0, "a\nb", ["a", "b"], {"prefix"=>"/etc"}.
// Evaluating the text gives the value back, whatever bytes its strings hold.
std::string ruby_literal(const Value& value);
std::string ruby_literal(std::string_view text);

}  // namespace milter_manager::config
