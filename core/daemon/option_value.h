// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/config/value.h"
#include "core/result.h"

namespace milter_manager::daemon {

// How the text of an option becomes the value of a setting. The errors lack the option's name.

Result<config::Value> connection_spec_value(const std::string& text);
Result<config::Value> log_level_value(const std::string& text);
Result<config::Value> mode_value(const std::string& text);
Result<config::Value> string_value(const std::string& text);

// "invalid integer value: <12x>(12>x<)", "too big: <2000>: parsed=<2000>, max=<1000>".
Result<config::Value> integer_value(const std::string& text);
Result<config::Value> n_workers_value(const std::string& text);

// A number (also 0x…, 0…) becomes the account's name; a number without an account stays a name for
// user_value() and group_value(), and is an error for the others.
Result<config::Value> user_value(const std::string& text);
Result<config::Value> user_id_value(const std::string& text);
Result<config::Value> group_value(const std::string& text);
Result<config::Value> group_id_value(const std::string& text);

}  // namespace milter_manager::daemon
