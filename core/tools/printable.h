// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace milter_manager::tools {

// What a peer or a mail says, safe to be shown on a terminal: control bytes but tab, CR and LF as \xHH. Bytes from 0x80
// on stay: text of any charset.
std::string printable(std::string_view text);

}  // namespace milter_manager::tools
