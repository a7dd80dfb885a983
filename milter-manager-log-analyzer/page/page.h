// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "milter-manager-log-analyzer/gallery.h"
#include "milter-manager-log-analyzer/page/hosts.h"
#include "milter-manager-log-analyzer/page/language.h"
#include "milter-manager-log-analyzer/page/summary.h"

namespace milter_manager::log_analyzer {

struct Page {
  std::chrono::sys_seconds now;     // what it is as of
  std::chrono::sys_seconds made;    // when it was made: `now`, but of a log that has ended
  bool log_ended = false;           // the log gets no more lines: what is old is no sign of trouble
  std::size_t surplus_milters = 0;  // that are not on it
  Summary summary;
  LogHosts hosts;
  const Gallery* gallery = nullptr;
  std::string first_language = "en";  // of index.html; the others are index.TAG.html beside it
};

// The page as HTML. Everything from logs is escaped; nothing is loaded but the pictures beside it, also when the page is
// opened from a disk; it is complete without JavaScript. Cost: a millisecond a graph.
std::string render(const Page& page, const Language& language);

}  // namespace milter_manager::log_analyzer
