// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ruby.h>

#include <string>

#include "core/config/value.h"

namespace milter_manager::ruby {

// A plain Ruby value as the builder takes it. Calls nothing that raises. What is no plain value becomes nil within
// lists and tables, and an empty list by itself; the Ruby library lets none of these through.
config::Value to_value(VALUE value) noexcept;
std::string to_text(VALUE value) noexcept;  // "" if it is no string

// May raise (memory): nothing with a destructor may stand on the caller's stack.
VALUE to_ruby(const config::Value& value);
// UTF-8 if it is valid, else binary: matching an invalid UTF-8 string raises.
VALUE to_ruby(const std::string& text);

}  // namespace milter_manager::ruby
