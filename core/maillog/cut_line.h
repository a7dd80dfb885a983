// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/statistics/event.h"

namespace milter_manager::maillog {

// Whether a log line of that length may have lost its end to rsyslog's limit of 8 KiB for a message, whose own stamp
// and host may be shorter or longer than those in the log. What stands last in such a line is not to be relied on.
bool is_near_message_limit(std::size_t line_length);

// What a header line shows whose end is missing: header and the beginning of the value, `truncated`; the milter's name
// is empty. No value for other texts. The views point into `scratch`.
std::optional<statistics::MilterHeaderAdd> read_cut_header_add(std::string_view text,
                                                               statistics::Escapes escapes,
                                                               std::string& scratch,
                                                               std::string& escape_scratch);

}  // namespace milter_manager::maillog
