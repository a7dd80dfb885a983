// SPDX-License-Identifier: GPL-3.0-or-later
// A launcher and nothing else, as the manager starts it.
#include "core/launcher/launcher.h"
#include "core/launcher/starter.h"

int main() {
  using namespace milter_manager;
  return launcher::Launcher(net::Descriptor(launcher::kChannelDescriptor)).run();
}
