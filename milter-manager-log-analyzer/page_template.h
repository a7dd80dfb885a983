// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>

namespace milter_manager::log_analyzer {

// page.html.mustache and page.css as they were when the program was built (embed_page.cmake).
extern const std::string_view kPageTemplate;
extern const std::string_view kPageStyle;
// The style's SHA-256 in base64, which the page's content security policy allows.
extern const std::string_view kPageStyleHash;

}  // namespace milter_manager::log_analyzer
