// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/archive/upgrade.h"

#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <string>

#include "core/archive/archive.h"
#include "core/archive/migration.h"
#include "test/archive/scratch.h"

namespace milter_manager::archive {
namespace {

namespace fs = std::filesystem;

const Layout& status() { return layout(Kind::manager_status); }

// As the original makes them today, or made them: with or without LAST; filled for two days and a little.
void make_original(const ScratchDirectory& directory, const std::string& name, bool has_last) {
  std::string command = fmt::format("create {} --step 60 --start 1789344779", name);
  for (std::string_view source : status().sources) command += fmt::format(" DS:{}:GAUGE:180:0:U", source);
  for (const char* consolidation : {"MAX", "AVERAGE", "LAST"}) {
    if (!has_last && std::string_view(consolidation) == "LAST") continue;
    for (int steps : {8, 56, 280, 3360}) command += fmt::format(" RRA:{}:0.5:{}:200", consolidation, steps);
  }
  rrdtool(directory, command);
  command = fmt::format("update {}", name);
  for (int i = 0; i < 3001; ++i) {
    command += fmt::format(" {}:{}:{}:3:4:5:6:7:8", 1789344780 + 60 * i, i % 13, (i * 7) % 17);
  }
  rrdtool(directory, command);
}

const std::vector<std::string> kAll = {"minutes for 2 days", "maxima of days for 10 years",
                                       "averages of days for 10 years"};

}  // namespace

TEST_CASE("an upgraded archive has minutes and days besides, and every cell that it had") {
  for (const bool has_last : {true, false}) {
    CAPTURE(has_last);
    const ScratchDirectory directory;
    const std::string path = directory / "milter-manager.status.rrd";
    make_original(directory, "milter-manager.status.rrd", has_last);
    fs::permissions(path, fs::perms(0640));
    const std::string before = read_file(path);
    const std::string dump_before = rrdtool(directory, "dump milter-manager.status.rrd");

    CHECK(add_missing_rows(path, status()) == kAll);

    CHECK(fs::status(path).permissions() == fs::perms(0640));
    CHECK(std::distance(fs::directory_iterator(directory.path()), {}) == 1);
    // Every byte of the rows, and all that is dumped of them.
    const std::string after = read_file(path);
    const std::size_t rows = (has_last ? 12u : 8u) * 200 * 8 * 8;
    CHECK((after.find(before.substr(before.size() - rows)) != std::string::npos));
    const std::string dump_after = rrdtool(directory, "dump milter-manager.status.rrd");
    const std::string end = "</rrd>\n";
    CHECK((dump_after.substr(0, dump_before.size() - end.size()) ==
           dump_before.substr(0, dump_before.size() - end.size())));
    CHECK(rrdtool(directory, "info milter-manager.status.rrd | grep -c 'cf = '") ==
          (has_last ? "15\n" : "11\n"));
    // No row is invented.
    const auto archive = Archive::open(path, status());
    REQUIRE(archive);
    CHECK(std::isnan(value_at(*archive, minute(2900), "pass")));
  }
}

TEST_CASE("an upgraded archive goes on, and its old rows as if nothing had happened") {
  const ScratchDirectory directory;
  make_original(directory, "milter-manager.status.rrd", true);
  fs::copy_file(directory / "milter-manager.status.rrd", directory / "old.rrd");
  REQUIRE(add_missing_rows(directory / "milter-manager.status.rrd", status()) == kAll);
  std::vector<Row> rows;
  for (int i = 3001; i < 3001 + 4000; ++i) rows.push_back({minute(i), std::vector<double>(8, i % 11)});
  auto upgraded = Archive::open(directory / "milter-manager.status.rrd", status());
  auto old = Archive::open(directory / "old.rrd", status());
  REQUIRE(upgraded->update(rows, minute(0)) == rows.size());
  REQUIRE(old->update(rows, minute(0)) == rows.size());

  CHECK(value_at(*upgraded, minute(7000), "pass") == 7000 % 11);
  const std::string dump = rrdtool(directory, "dump milter-manager.status.rrd");
  const std::string of_old = rrdtool(directory, "dump old.rrd");
  const std::string end = "</rrd>\n";
  CHECK((dump.substr(0, of_old.size() - end.size()) == of_old.substr(0, of_old.size() - end.size())));

  // The first whole day: 2026-09-17. Of the day of the upgrade less than half is known.
  const auto days =
      upgraded->fetch(Consolidation::maximum, minute(0), minute(7000), std::chrono::seconds(86400));
  REQUIRE(days);
  REQUIRE(days->step == std::chrono::seconds(86400));
  std::string known;
  for (std::size_t i = 0; i < days->rows(); ++i)
    known += std::isnan(days->at(i, 0)) ? "-" : fmt::format("{}", days->at(i, 0));
  CHECK(known == "--1010-");
}

TEST_CASE("to upgrade again changes nothing, nor does it change new archives") {
  const ScratchDirectory directory;
  const std::string path = directory / "milter-manager.status.rrd";
  make_original(directory, "milter-manager.status.rrd", true);
  REQUIRE(add_missing_rows(path, status()));
  const std::string once = read_file(path);
  CHECK(add_missing_rows(path, status()) == std::vector<std::string>());
  CHECK((read_file(path) == once));

  REQUIRE(Archive::create(directory / "session.rrd", layout(Kind::session), minute(0)));
  CHECK(add_missing_rows(directory / "session.rrd", layout(Kind::session)) == std::vector<std::string>());
}

TEST_CASE("what is no archive, or a damaged one, is not upgraded") {
  const ScratchDirectory directory;
  const std::string path = directory / "milter-manager.status.rrd";
  CHECK_FALSE(add_missing_rows(path, status()));
  make_original(directory, "milter-manager.status.rrd", true);
  fs::resize_file(path, fs::file_size(path) - 8);
  const std::string before = read_file(path);
  CHECK_FALSE(add_missing_rows(path, status()));
  CHECK((read_file(path) == before));
}

}  // namespace milter_manager::archive
