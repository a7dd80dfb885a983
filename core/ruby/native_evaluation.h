// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ruby.h>

#include <memory>

#include "core/ruby/exchange.h"

namespace milter_manager::ruby {

// Defines Milter::Manager::Native::Exchange and ::Call. Raises what Ruby raises; call within protect().
void define_native_evaluation();

// The Ruby object that owns `exchange` from now on. Raises only before it has taken it.
VALUE wrap_exchange(std::shared_ptr<Exchange>* exchange);

}  // namespace milter_manager::ruby
