// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "core/ruby/interpreter.h"

// The one interpreter of the test program, and what configuration files logged through it.
milter_manager::ruby::Interpreter& shared_interpreter();
std::vector<std::string>& log_of_interpreter();
