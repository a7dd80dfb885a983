// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/maillog/report_rules.h"
#include "milter-manager-log-analyzer/graph_table.h"
#include "milter-manager-log-analyzer/output_directory.h"
#include "milter-manager-log-analyzer/page/language.h"
#include "milter-manager-log-analyzer/window.h"

namespace milter_manager::log_analyzer {

// What a graph has to show in its range, or why it has nothing.
enum class Showing : std::uint8_t {
  events,      // something happened
  nothing,     // the log was alive and nothing happened: all values are 0 or unknown, none is above 0
  never_seen,  // there is no archive: no such event was ever seen
  too_young,   // the first row is not complete yet: a point of the graph stands for Exhibit::row
  silent,      // nothing is known of this range: the newest data, Exhibit::newest, are older
  unreadable,  // the archive can't be read, or the picture not be written; Gallery::failures says more
};

// One series of a graph in its range: the very numbers that are drawn, and what the legend says of them.
struct Series {
  std::string source;  // the archive's data source, as "temporary_failure"; of a key's graph the report key
  std::string label;   // in the legend, in English
  Measure measure = Measure::events;
  bool dashed = false;
  std::uint32_t light = 0;  // 0xRRGGBB, on Theme::light
  std::uint32_t dark = 0;
  bool known = false;                // whether any value is
  std::chrono::sys_seconds begin{};  // since when: the first row that is known counts for the part after it
  double total = 0;                  // events; 0 for Measure::at_once
  double mean = 0;                   // over what is known; 0 for Measure::at_once
  double highest = 0;                // the highest value
  // One a row; NaN where nothing is known. Measure::events, level: the row's mean; Measure::at_once: the row's highest.
  std::vector<double> values;
};

// A graph's pictures in one language: file names in the directory, "STEM.day.png" and "STEM.day.dark.png"; in further
// languages "STEM.day.ja.png" and "STEM.day.ja.dark.png". Where there is nothing to be shown they tell why. "": it could
// not be written, and what is there is old.
struct Pictures {
  std::string light;
  std::string dark;
  int width = 0;  // CSS pixels; the pictures have twice as many dots each way
  int height = 0;
};

// A graph's place on the page: one subject, of the manager or of one milter, in one range. What it shows are all hosts
// together, as the archives do.
struct Exhibit {
  Subject subject = Subject::status;
  std::string stem;   // safe as a file name; with a range's tag it names the picture, and the place on a page
  std::string title;  // "milter: status: clamav-milter"
  std::string milter;       // to be shown, from the log: it needs escaping. "" for the manager
  std::string safe_milter;  // as in the archives' file names

  // One a language of the gallery, in their order: the first has the names that there always were.
  std::vector<Pictures> pictures;

  Showing showing = Showing::never_seen;
  std::chrono::sys_seconds start;  // of the range: the first row's beginning
  std::chrono::sys_seconds end;    // of the last row
  std::chrono::seconds row{1};     // values[i] stands for [start + i * row, start + (i + 1) * row)
  // Up to when the last row that is known is: where the log has ended within it.
  std::chrono::sys_seconds until{std::chrono::sys_seconds::max()};
  std::optional<std::chrono::sys_seconds>
      since;  // since when something is known, where that is within the range
  std::optional<std::chrono::sys_seconds> newest;  // the end of what the archives know
  Shape shape = Shape::lines;
  std::string unit;            // of the values: "sessions/min"
  std::string second_unit;     // of those that are no events, where not ""
  std::vector<Series> series;  // in the legend's order; empty without an archive
};

struct Room {
  const Range* range = nullptr;
  std::vector<Exhibit> exhibits;  // the manager's, then each milter's
};

struct Gallery {
  std::vector<const Language*> languages;  // of the pictures; at least one
  std::vector<Room> rooms;  // one a range, in their order; each has the same exhibits in the same order
  std::vector<std::string>
      failures;                    // sentences: archives that can't be read, pictures that can't be written
  std::vector<std::string> notes;  // sentences: words that no font has
  int drawn = 0;                   // pictures that were made, the others being up to date
};

// Draws and writes the pictures of the directory: the manager's, then those of each milter of which there is an
// archive, seen lately or not; each in all the languages `in` which there is a font for. A picture whose contents would be the same is left as it is. Files are replaced at once.
// Cost: some 5 ms of CPU for a picture that is drawn, 0.2 ms for one that is not.
Gallery draw_gallery(const std::string& directory, const std::vector<ArchiveFile>& archives,
                     const maillog::ReportRules& rules, Present present,
                     std::vector<const Language*> in = {&languages()[0]});

}  // namespace milter_manager::log_analyzer
