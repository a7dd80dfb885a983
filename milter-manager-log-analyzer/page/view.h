// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <kainjow/mustache.hpp>
#include <string>

#include "milter-manager-log-analyzer/page/page.h"
#include "milter-manager-log-analyzer/page/reasons.h"

namespace milter_manager::log_analyzer {

// The parts of the page as index.html.mustache takes them. Strings in them are plain text, which the template escapes,
// but for those that are named `json`.

// Every text of the templates.
kainjow::mustache::object texts_view(const Language& language);
// What needs somebody's attention: [{text}].
kainjow::mustache::list notices_view(const Page& page, const Reasons& reasons, const Language& language);
// A card for each period: see the template.
kainjow::mustache::list cards_view(const Page& page, const Language& language);
kainjow::mustache::object hosts_view(const LogHosts& hosts, std::chrono::sys_seconds now,
                                     const Language& language);
// The graphs of the manager, then of each milter.
kainjow::mustache::list sections_view(const Gallery& gallery, const Reasons& reasons,
                                      const Language& language);

// Which of an exhibit's pictures a page in this language shows: its own, or the first.
std::size_t pictures_in(const Gallery& gallery, const Language& language);

// The HTML id of a milter's graphs.
std::string section_id(const std::string& safe_milter);
// A link to an id of this page: the percent signs of an id are its own, not the URL's.
std::string link_to(const std::string& id);

}  // namespace milter_manager::log_analyzer
