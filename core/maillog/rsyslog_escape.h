// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace milter_manager::maillog {

// Undoes what rsyslog makes of control bytes: "#012" (octal) is a line feed, "#011" a tab, "#177" a delete. Other
// numbers stay as they are. Returns `text` itself where there is nothing to undo, else a view of `scratch`.
std::string_view undo_rsyslog_escapes(std::string_view text, std::string& scratch);

}  // namespace milter_manager::maillog
