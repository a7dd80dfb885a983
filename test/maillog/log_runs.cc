// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/maillog/log_runs.h"

#include <unistd.h>
#include <zlib.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "test/maillog/shipped_rules.h"

namespace milter_manager::maillog {

ScratchFolder::ScratchFolder() {
  char name[] = "/tmp/maillog-runs-XXXXXX";
  REQUIRE(::mkdtemp(name) != nullptr);
  folder_ = name;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void ScratchFolder::write(const std::string& name, std::string_view text) const {
  std::ofstream(path(name), std::ios::binary) << text;
}

void ScratchFolder::append(const std::string& name, std::string_view text) const {
  std::ofstream(path(name), std::ios::binary | std::ios::app) << text;
}

std::string ScratchFolder::read(const std::string& name) const {
  std::ifstream file(path(name), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void ScratchFolder::rename(const std::string& from, const std::string& to) const {
  std::filesystem::rename(path(from), path(to));
}

void ScratchFolder::gzip(const std::string& name) const {
  const std::string text = read(name);
  const gzFile file = ::gzopen(path(name + ".gz").c_str(), "wb1");
  REQUIRE(file != nullptr);
  if (!text.empty()) REQUIRE(::gzwrite(file, text.data(), static_cast<unsigned>(text.size())) > 0);
  REQUIRE(::gzclose(file) == Z_OK);
  std::filesystem::last_write_time(path(name + ".gz"), std::filesystem::last_write_time(path(name)));
  std::filesystem::remove(path(name));
}

void ScratchFolder::copy_and_truncate(const std::string& name, const std::string& to) const {
  std::filesystem::copy_file(path(name), path(to));
  std::filesystem::resize_file(path(name), 0);
}

std::uint64_t total(const LinesByDay& lines) {
  std::uint64_t sum = 0;
  for (const auto& [key, count] : lines.lines()) sum += count;
  return sum;
}

void LogRuns::run(const std::vector<std::string>& paths, double now, std::size_t maximum_rows) {
  ReadState before;
  if (!state_text.empty()) {
    auto read = from_text(state_text);
    REQUIRE(read);
    before = std::move(*read);
  }
  Collector::Settings settings;
  settings.now = now;
  settings.rules = &shipped_rules();
  settings.maximum_rows = maximum_rows;
  Collector collector(settings, std::move(before), [&](SeriesTable&& rows, const LogClock&) {
    for (auto& [key, series] : rows) {
      for (auto& [minute, row] : series) {
        CAPTURE(minute);
        REQUIRE(stored[key].emplace(minute, row).second);  // each minute once
      }
    }
  });
  collector.read(paths);
  collector.close_minutes();
  report = collector.report();
  counts = collector.stream().counts();
  state = collector.state();
  state_text = to_text(state);
  lines += counts.lines;
  events += counts.events;
  late += total(report.late);
  lost += total(report.lost);
  gaps.insert(gaps.end(), report.gaps.begin(), report.gaps.end());
}

}  // namespace milter_manager::maillog
