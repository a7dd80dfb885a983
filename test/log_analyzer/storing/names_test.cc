// SPDX-License-Identifier: GPL-3.0-or-later
// Milters' names as a log may bring them, whoever wrote it.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "core/archive/archive.h"
#include "core/statistics/event.h"
#include "test/log_analyzer/program.h"
#include "test/log_analyzer/storing/stored.h"

namespace milter_manager::log_analyzer {
namespace {

namespace fs = std::filesystem;

std::string end_of_milter(const std::string& name) {
  statistics::MilterEnd end;
  end.status = statistics::Status::reject;
  end.name = name;
  std::string text;
  statistics::format(end, text);
  return text;
}

}  // namespace

TEST_CASE("each name has a file of its own in the folder, and its own numbers") {
  const std::vector<std::string> names = {"../x",
                                          "../../x",
                                          "/etc/x",
                                          std::string(300, 'n'),
                                          std::string(300, 'n') + "2",
                                          std::string(300, '/'),
                                          "a:b",
                                          "a%3Ab",
                                          "50%",
                                          "%s%n",
                                          "'quoted'",
                                          "\"quoted\"",
                                          "$(touch x)",
                                          std::string("nul\0nul", 7),
                                          "nul",
                                          "\xff\xfe",
                                          "\xc0\xaf",
                                          "line\nbreak",
                                          ".",
                                          "..",
                                          "report.x",
                                          "x.rrd"};
  // The process has written a heartbeat, so that its escapes are undone.
  std::vector<std::pair<std::string, std::string>> lines{
      {"10:00:00", "[heartbeat][60][1789380000][1][9][3][12][0]"}};
  for (std::size_t i = 0; i < names.size(); ++i) {
    for (std::size_t n = 0; n <= i; ++n) lines.emplace_back("10:00:30", end_of_milter(names[i]));
  }
  const ScratchDirectory directory;
  const auto run =
      analyze(directory, "--no-graphs --output-directory out --now 2026-09-14T12:00:00Z", log_of(lines));
  CHECK(run.errors == "");
  CHECK(run.status == 0);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string file = archive::file_name(archive::Kind::milter_status, names[i]);
    INFO(file);
    CHECK(stored(directory, "out/" + file, "reject", "10:00") == static_cast<double>(i + 1));
  }
  std::size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(directory.path())) {
    INFO(entry.path());
    CHECK((entry.path() == directory / "out" || entry.path().parent_path() == directory / "out"));
    files += entry.path().extension() == ".rrd" ? 1 : 0;
  }
  CHECK(files == names.size() + 2);  // and session.rrd, health.rrd
}

}  // namespace milter_manager::log_analyzer
