// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>

namespace milter_manager::report {

// page.html.mustache and page.css, without their licence lines, and the style's SHA-256 in base64 for the page's
// Content-Security-Policy. Made at build time.
extern const std::string_view kPageTemplate;
extern const std::string_view kPageStyle;
extern const std::string_view kPageStyleHash;

}  // namespace milter_manager::report
