// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ruby.h>

#include "core/config/configuration.h"

namespace milter_manager::ruby {

// What the parts of Milter::Manager::Native share.

// The module itself; made when it isn't there. Raises what Ruby raises.
VALUE native_module();

// Raises TypeError for what is no string.
void want_text(VALUE text);

// A place in a file, as the Ruby library tells it.
config::Location location_of(VALUE file, VALUE line) noexcept;

}  // namespace milter_manager::ruby
