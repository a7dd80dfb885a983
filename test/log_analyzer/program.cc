// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/log_analyzer/program.h"

#include <fmt/format.h>
#include <sys/wait.h>
#include <zlib.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>

namespace milter_manager::log_analyzer {

Finished analyze(const ScratchDirectory& directory, const std::string& arguments, const std::string& input) {
  write_file(directory / "input", input);
  const int status = std::system(fmt::format("cd '{}' && TZ=UTC LC_ALL=C '{}' {} <input >output 2>errors",
                                             directory.path(), ANALYZER, arguments)
                                     .c_str());
  REQUIRE(WIFEXITED(status));
  Finished finished{WEXITSTATUS(status), read_file(directory / "output"), read_file(directory / "errors")};
  for (const char* name : {"input", "output", "errors"}) std::filesystem::remove(directory / name);
  return finished;
}

std::string sample(const std::string& name) {
  const std::string path = fmt::format("{}/test/fixtures/maillog/{}", PROJECT_ROOT, name);
  const gzFile file = gzopen(path.c_str(), "rb");
  REQUIRE(file != nullptr);
  std::string text;
  char buffer[65536];
  for (int count; (count = gzread(file, buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<std::size_t>(count));
  gzclose(file);
  REQUIRE_FALSE(text.empty());
  return text;
}

std::string log_of(const std::vector<std::pair<std::string, std::string>>& lines) {
  std::string log;
  for (const auto& [time, event] : lines) {
    log += fmt::format("2026-09-14T{}+00:00 mail milter-manager[77]: [statistics] {}\n", time, event);
  }
  return log;
}

std::map<std::string, std::string> files_in(const std::string& path) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
    if (!entry.is_regular_file() || entry.path().extension() == ".lock" ||
        entry.path().extension() == ".state") {
      continue;
    }
    files[std::filesystem::relative(entry.path(), path).string()] = read_file(entry.path().string());
  }
  return files;
}

}  // namespace milter_manager::log_analyzer
