// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/config/setting.h"
#include "core/result.h"

namespace milter_manager::config {

// The text, if it is what `syntax` wants; the message starts with `label`:
//
//   "milter-greylist: invalid connection spec: spec doesn't have colon: <10025>"
Result<std::string> check_syntax(Syntax syntax, std::string_view label, std::string_view text);

// The names of the levels that a log level sets, joined with "|" in the order of severity; "default" for
// nil, "" and "default". A leading + or - changes the default set, as in "+debug|-statistics"; "all" is
// every level. The message names what is unknown.
Result<std::string> canonical_log_level(std::string_view text);

// A mode of a UNIX socket as a person writes it on a command line: octal with up to three digits ("660", "0660"), or
// symbolic with = only ("u=rw,g=rw").
Result<std::uint32_t> parse_mode(std::string_view text);

bool is_syslog_facility(std::string_view name);

}  // namespace milter_manager::config
