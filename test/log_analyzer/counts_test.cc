// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <tuple>

#include "milter-manager-log-analyzer/output_directory.h"
#include "test/log_analyzer/program.h"

namespace milter_manager::log_analyzer {
namespace {

// (file, data source, minute) -> count
using Cells = std::map<std::tuple<std::string, std::string, std::int64_t>, double>;

// "milter.status.clamav-milter.pass" -> the archive's file and the data source. The words behind the last dot
// are
// spelled with "-".
std::pair<std::string, std::string> place_of(std::string series) {
  if (series == "extra.manager.quarantine-reply") series = "manager.status.quarantine";
  const auto dot = series.rfind('.');
  std::string source = series.substr(dot + 1);
  std::replace(source.begin(), source.end(), '-', '_');
  std::string stem = series.substr(0, dot);
  if (stem.starts_with("manager.")) stem.insert(0, "milter-");
  return {stem + ".rrd", source};
}

Cells truth(const std::string& name) {
  const auto json =
      nlohmann::json::parse(read_file(fmt::format("{}/test/fixtures/maillog/{}", PROJECT_ROOT, name)));
  Cells cells;
  for (const auto& [series, minutes] : json.at("series").items()) {
    if (series.starts_with("extra.") && series != "extra.manager.quarantine-reply") continue;
    const auto [file, source] = place_of(series);
    for (const auto& [minute, count] : minutes.items()) {
      if (count.get<double>() != 0) cells[{file, source, std::stoll(minute)}] = count.get<double>();
    }
  }
  return cells;
}

// What is not 0 in the archives whose truth is known.
Cells stored(const std::string& directory, std::int64_t from, std::int64_t to) {
  Cells cells;
  const auto archives = list_archives(directory);
  REQUIRE(archives);
  for (const ArchiveFile& file : *archives) {
    if (file.what.kind > archive::Kind::milter_report) continue;
    const auto opened =
        archive::Archive::open(directory + "/" + file.file_name, archive::layout(file.what.kind));
    REQUIRE(opened);
    const auto table =
        opened->fetch(archive::Consolidation::maximum, std::chrono::sys_seconds(std::chrono::seconds(from)),
                      std::chrono::sys_seconds(std::chrono::seconds(to)), std::chrono::seconds(60));
    REQUIRE(table);
    REQUIRE(table->step == std::chrono::seconds(60));
    for (std::size_t row = 0; row < table->rows(); ++row) {
      for (std::size_t source = 0; source < table->sources.size(); ++source) {
        const double value = table->at(row, source);
        if (std::isnan(value) || value == 0) continue;
        cells[{file.file_name, table->sources[source], table->time(row).time_since_epoch().count()}] = value;
      }
    }
  }
  return cells;
}

void check_same(const Cells& stored, const Cells& expected) {
  for (const auto& [cell, count] : expected) {
    const auto& [file, source, minute] = cell;
    INFO(file << " " << source << " " << minute);
    const auto found = stored.find(cell);
    CHECK((found == stored.end() ? 0 : found->second) == count);
  }
  for (const auto& [cell, count] : stored) {
    const auto& [file, source, minute] = cell;
    INFO(file << " " << source << " " << minute << " should be 0, not " << count);
    CHECK(expected.count(cell) == 1);
  }
}

constexpr std::int64_t kDayBegin = 1789344000;  // 2026-09-14
constexpr std::int64_t kDay = 86400;

// Every value of every row of every archive, as rrdtool writes it.
std::map<std::string, std::string> dumps(const ScratchDirectory& directory) {
  std::map<std::string, std::string> all;
  const auto archives = list_archives(directory / "out");
  REQUIRE(archives);
  for (const ArchiveFile& file : *archives) {
    all[file.file_name] = archive::rrdtool(
        directory, fmt::format("dump 'out/{}' | grep -E '<row>|lastupdate'", file.file_name));
  }
  return all;
}

std::string lines_before(const std::string& log, const std::string& stamp) {
  return log.substr(0, log.find("\n" + stamp) + 1);
}

}  // namespace

TEST_CASE("every cell of a day is what really happened, whatever the log's format") {
  for (const char* name : {"sample.bsd.log.gz", "sample.bsd-rsyslog.log.gz", "sample.iso.log.gz",
                           "sample.rfc5424.log.gz", "sample.journal.json.gz"}) {
    INFO(name);
    const ScratchDirectory directory;
    write_file(directory / "log", sample(name));
    const auto run =
        analyze(directory, "--log log --output-directory out --no-graphs --now 2026-09-15T02:00:00Z");
    CHECK(run.errors == "");
    REQUIRE(run.status == 0);
    const Cells expected = truth("sample.truth.json");
    REQUIRE(expected.size() > 1000);
    check_same(stored(directory / "out", kDayBegin, kDayBegin + kDay), expected);
  }
}

TEST_CASE("a second run on the same log changes nothing") {
  const ScratchDirectory directory;
  write_file(directory / "log", sample("sample.iso.log.gz"));
  const std::string command = "--output-directory out --now 2026-09-15T02:00:00Z log";
  REQUIRE(analyze(directory, command).status == 0);
  const auto before = files_in(directory / "out");
  REQUIRE(analyze(directory, command).status == 0);
  CHECK((files_in(directory / "out") == before));
}

TEST_CASE("a log that is read while it grows is counted as if it were read once") {
  const std::string log = sample("sample.iso.log.gz");
  const ScratchDirectory at_once, growing;
  write_file(at_once / "log", log);
  REQUIRE(analyze(at_once, "--output-directory out --no-graphs --now 2026-09-15T02:00:00Z log").status == 0);

  // Every run ends within a minute with events, which is not complete then.
  for (const char* hour : {"09", "12", "13", "20"}) {
    const auto end = log.find(fmt::format("\n2026-09-14T{}", hour));
    const auto middle_of_minute = log.find('\n', end + 1) + 1;
    write_file(growing / "log", log.substr(0, middle_of_minute));
    REQUIRE(analyze(growing,
                    fmt::format("--output-directory out --no-graphs --now 2026-09-14T{}:59:59Z log", hour))
                .status == 0);
  }
  write_file(growing / "log", log);
  REQUIRE(analyze(growing, "--output-directory out --no-graphs --now 2026-09-15T02:00:00Z log").status == 0);
  CHECK((dumps(growing) == dumps(at_once)));
}

TEST_CASE("a log in two files is counted as if it were one") {
  const std::string log = sample("sample.iso.log.gz");
  const ScratchDirectory at_once, in_parts;
  write_file(at_once / "log", log);
  REQUIRE(analyze(at_once, "--output-directory out --no-graphs --now 2026-09-15T02:00:00Z log").status == 0);

  const std::string first = lines_before(log, "2026-09-14T12");
  write_file(in_parts / "log.1", first);
  write_file(in_parts / "log", log.substr(first.size()));
  REQUIRE(
      analyze(in_parts, "--output-directory out --no-graphs --now 2026-09-15T02:00:00Z --log log.1 --log log")
          .status == 0);
  CHECK((dumps(in_parts) == dumps(at_once)));
}

TEST_CASE("a log on standard input is counted") {
  const ScratchDirectory directory;
  const auto run = analyze(directory, "--output-directory out --no-graphs --now 2026-09-15T02:00:00Z",
                           sample("sample.bsd.log.gz"));
  REQUIRE(run.status == 0);
  check_same(stored(directory / "out", kDayBegin, kDayBegin + kDay), truth("sample.truth.json"));
}

TEST_CASE("New Year in a log without years is counted on both sides") {
  const ScratchDirectory directory;
  write_file(directory / "log", sample("sample.newyear-2hosts.bsd.log.gz"));
  REQUIRE(analyze(directory, "--output-directory out --no-graphs --now 2027-01-04T02:00:00Z log").status ==
          0);
  const std::int64_t end = 1799020800;         // 2027-01-04
  const std::int64_t begin = end - 40 * 3600;  // rows of a minute reach back two days
  Cells expected = truth("sample.newyear-2hosts.bsd.log.truth.json");
  Cells late;
  for (const auto& cell : expected) {
    if (std::get<2>(cell.first) >= begin) late.insert(cell);
  }
  REQUIRE(late.size() > 100);
  check_same(stored(directory / "out", begin, end), late);
}

TEST_CASE("only lines of the named program count") {
  const ScratchDirectory directory;
  const std::string log =
      "2026-09-14T10:00:01+00:00 mail my-manager[1]: [statistics] [session][end][quit][pass][1](1)\n"
      "2026-09-14T10:00:02+00:00 mail milter-manager[2]: [statistics] [session][end][quit][reject][1](1)\n";
  REQUIRE(analyze(directory,
                  "--output-directory out --no-graphs --now 2026-09-15T02:00:00Z --program my-manager", log)
              .status == 0);
  CHECK(stored(directory / "out", kDayBegin, kDayBegin + kDay) ==
        Cells{{{"session.rrd", "smtp", 1789380000}, 1},
              {{"milter-manager.status.rrd", "pass", 1789380000}, 1}});
}

}  // namespace milter_manager::log_analyzer
