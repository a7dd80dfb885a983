// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/descriptor.h"

#include <unistd.h>

namespace milter_manager::net {

Descriptor::~Descriptor() {
  if (number_ >= 0) close(number_);
}

}  // namespace milter_manager::net
