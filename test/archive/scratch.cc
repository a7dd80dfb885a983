// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/archive/scratch.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <limits>

namespace milter_manager::archive {

ScratchDirectory::ScratchDirectory() {
  std::string name = (std::filesystem::temp_directory_path() / "archive-test-XXXXXX").string();
  REQUIRE(::mkdtemp(name.data()) != nullptr);
  path_ = name;
}

ScratchDirectory::~ScratchDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string rrdtool(const ScratchDirectory& directory, const std::string& arguments) {
  const std::string output = directory / "rrdtool.output";
  const std::string command =
      fmt::format("cd '{}' && TZ=UTC LC_ALL=C '{}' {} >'{}'", directory.path(), RRDTOOL, arguments, output);
  INFO(command);
  REQUIRE(std::system(command.c_str()) == 0);
  std::string text = read_file(output);
  std::filesystem::remove(output);
  return text;
}

void write_file(const std::string& path, std::string_view text) {
  std::ofstream file(path, std::ios::binary);
  file.write(text.data(), static_cast<std::streamsize>(text.size()));
}

Minute minute(std::int64_t number) { return Minute(std::chrono::minutes(1789344780 / 60 + number)); }

double value_at(const Archive& archive, Minute minute, std::string_view source) {
  const auto table = archive.fetch(Consolidation::maximum, minute, minute, std::chrono::seconds(60));
  REQUIRE(table);
  const auto column =
      std::find(table->sources.begin(), table->sources.end(), source) - table->sources.begin();
  for (std::size_t row = 0; row < table->rows(); ++row) {
    if (table->step == std::chrono::seconds(60) && table->time(row) == minute) {
      return table->at(row, static_cast<std::size_t>(column));
    }
  }
  return std::numeric_limits<double>::quiet_NaN();
}

}  // namespace milter_manager::archive
