// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "milter-manager-log-analyzer/gallery.h"
#include "milter-manager-log-analyzer/page/page.h"

namespace milter_manager::log_analyzer {

// JSON that may stand in a <script> element: "<", ">" and "&" are written as \u003c, so that no "</", no "<!--" and no
// "]]>" is in it. `json` is JSON already; those characters occur in it within strings only.
std::string for_script(std::string json);

// The numbers of a graph for page.js, which documents them there. For an element of HTML. Series in which nothing
// happened are left out; numbers have four digits.
std::string chart_json(const Exhibit& exhibit, const Language& language);

// What page.js needs besides: the page's age, the texts that it shows, and how local time goes from `from` to the page's time,
// since the browser may be in another zone than the mail server: [[since, seconds east of Greenwich], …].
std::string page_json(const Language& language, std::chrono::sys_seconds from, const Page& page);

}  // namespace milter_manager::log_analyzer
