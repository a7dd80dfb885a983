// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>

namespace milter_manager::log_analyzer {

// The files beside this one as they were when the program was built (embed.cmake).
extern const std::string_view kPageTemplate;
extern const std::string_view kFigureTemplate;
extern const std::string_view kPageEnglish;
extern const std::string_view kPageJapanese;
// The style and the script, uPlot's before our own. Where the program was built without uPlot (CMake's option
// MILTER_MANAGER_CHARTS) the page shows pictures only.
extern const std::string_view kPageStyle;
extern const std::string_view kPageScript;
// Their SHA-256 in base64, which the page's content security policy allows.
extern const std::string_view kPageStyleHash;
extern const std::string_view kPageScriptHash;

}  // namespace milter_manager::log_analyzer
