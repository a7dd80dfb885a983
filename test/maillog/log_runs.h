// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/maillog/collector.h"

namespace milter_manager::maillog {

// A fresh folder, removed with the object.
class ScratchFolder {
 public:
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  std::string path(const std::string& name) const { return folder_ / name; }
  void write(const std::string& name, std::string_view text) const;
  void append(const std::string& name, std::string_view text) const;
  std::string read(const std::string& name) const;
  void rename(const std::string& from, const std::string& to) const;
  // "mail.log.1" becomes "mail.log.1.gz"; the times of the file stay, as with gzip(1).
  void gzip(const std::string& name) const;
  // What `copytruncate` of logrotate does.
  void copy_and_truncate(const std::string& name, const std::string& to) const;

 private:
  std::filesystem::path folder_;
};

// Runs over logs, one after the other, with the state between them kept as text.
class LogRuns {
 public:
  // One run. What it stored is added to `stored`.
  void run(const std::vector<std::string>& paths, double now, std::size_t maximum_rows = 50'000);

  SeriesTable stored;
  std::string state_text;
  // Of the last run.
  CollectorReport report;
  LineCounts counts;
  ReadState state;
  // Of all runs.
  std::uint64_t lines = 0, events = 0, late = 0, lost = 0;
  std::vector<std::string> gaps;
};

std::uint64_t total(const LinesByDay& lines);

}  // namespace milter_manager::maillog
