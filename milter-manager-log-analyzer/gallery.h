// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "core/maillog/report_rules.h"
#include "milter-manager-log-analyzer/graph_table.h"
#include "milter-manager-log-analyzer/output_directory.h"

namespace milter_manager::log_analyzer {

// A graph's place on the page.
struct Exhibit {
  std::string stem;     // of the archive's file name; with a range's tag it names the picture: "STEM.day.png"
  std::string title;    // "milter: status: clamav-milter"
  std::string picture;  // file name; "" where there is none
  int width = 0;        // as it is to be shown
  int height = 0;
  std::string caption;  // what the picture says, in words; or why there is none
};

struct Room {
  const Range* range = nullptr;
  std::vector<Exhibit> exhibits;
};

struct Gallery {
  std::vector<Room> rooms;  // one a range
  std::vector<std::string>
      failures;  // sentences: archives that can't be read, pictures that can't be written
};

// Draws and writes every picture of the directory: the manager's, then each milter's of which there is an archive,
// seen lately or not. Where nothing is known of a stretch of time there is no picture, and an old one is removed.
// Cost: some 50 ms a picture.
Gallery draw_gallery(const std::string& directory, const std::vector<ArchiveFile>& archives,
                     const maillog::ReportRules& rules, std::chrono::sys_seconds now);

}  // namespace milter_manager::log_analyzer
