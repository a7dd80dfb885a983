// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "milter-manager-log-analyzer/gallery.h"
#include "milter-manager-log-analyzer/summary.h"

namespace milter_manager::log_analyzer {

struct SummaryRow {
  std::string name;  // a milter's, as it is to be shown; "" for the manager
  Counts today;
  Counts week;
};

struct Page {
  std::chrono::sys_seconds now;
  std::optional<std::chrono::sys_seconds> newest;  // the newest minute of any archive; none without archives
  std::vector<SummaryRow> rows;
  const Gallery* gallery = nullptr;
};

// The page as HTML: everything from logs is escaped, nothing is loaded but the pictures beside it.
std::string render(const Page& page);

}  // namespace milter_manager::log_analyzer
