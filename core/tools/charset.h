// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace milter_manager::tools {

// The value of charset= in a Content-Type ("text/plain; charset=\"ISO-2022-JP\""); "" for none.
std::string charset_of(std::string_view content_type);

// The text in UTF-8; as it is when the charset is not known or the text is not of it.
std::string to_utf8(std::string_view text, const std::string& charset);

}  // namespace milter_manager::tools
