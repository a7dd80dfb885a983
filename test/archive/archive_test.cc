// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/archive/archive.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <limits>
#include <string>

#include "test/archive/scratch.h"

namespace milter_manager::archive {
namespace {

using std::chrono::seconds;

const Layout& session() { return layout(Kind::session); }

Row row(std::int64_t number, double smtp) { return {minute(number), {smtp, 4, 0, 1}}; }

}  // namespace

TEST_CASE("an archive has the data sources and rows that it has always had, and minutes and days besides") {
  const ScratchDirectory directory;
  REQUIRE(Archive::create(directory / "milter.status.x.rrd", layout(Kind::milter_status), minute(0)));
  std::string heads;
  const std::string dump = rrdtool(directory, "info milter.status.x.rrd");
  std::size_t at = 0;
  for (std::size_t end; (end = dump.find('\n', at)) != std::string::npos; at = end + 1) {
    const std::string line = dump.substr(at, end - at);
    for (const char* field : {"step", "].index", "].type", "heartbeat", "].min ", "].max", "].cf", "].rows",
                              "pdp_per_row", "].xff", "last_update"}) {
      if (line.find(field) != std::string::npos) {
        heads += line + "\n";
        break;
      }
    }
  }
  CHECK(heads == read_file(TEST_SOURCE_DIR "/golden/milter-status.info"));
}

TEST_CASE("the first minute counts") {
  const ScratchDirectory directory;
  auto archive = Archive::create(directory / "session.rrd", session(), minute(0));
  REQUIRE(archive);
  CHECK(archive->last() == minute(-1));
  const Row rows[] = {row(0, 7)};
  CHECK(archive->update(rows, minute(0)) == 1u);
  CHECK(value_at(*archive, minute(0), "smtp") == 7);
  CHECK(std::isnan(value_at(*archive, minute(-1), "smtp")));
  CHECK(rrdtool(directory, "fetch session.rrd MAX -s 1789344779 -e 1789344779") ==
        "                           smtp               child        disconnected          concurrent\n\n"
        "1789344780: 7.0000000000e+00 4.0000000000e+00 0.0000000000e+00 1.0000000000e+00\n");
}

TEST_CASE("what was stored is fetched, minute by minute, and minutes between are 0") {
  const ScratchDirectory directory;
  auto archive = Archive::create(directory / "session.rrd", session(), minute(0));
  REQUIRE(archive);
  const Row rows[] = {row(0, 7), row(1, 1.5), row(5, 1e9)};
  CHECK(archive->update(rows, minute(7)) == 3u);
  CHECK(archive->last() == minute(7));

  const auto table = archive->fetch(Consolidation::maximum, minute(-1), minute(8), seconds(60));
  REQUIRE(table);
  REQUIRE(table->rows() == 10);
  CHECK(table->first == minute(-1));
  CHECK(table->step == seconds(60));
  CHECK(table->sources == std::vector<std::string>{"smtp", "child", "disconnected", "concurrent"});
  const double expected[] = {7, 1.5, 0, 0, 0, 1e9, 0, 0};
  CHECK(std::isnan(table->at(0, 0)));
  for (std::size_t i = 0; i < 8; ++i) CHECK(table->at(i + 1, 0) == expected[i]);
  CHECK(std::isnan(table->at(9, 0)));
  CHECK(table->time(9) == minute(8));
}

TEST_CASE("minutes that are stored already are skipped") {
  const ScratchDirectory directory;
  auto archive = Archive::create(directory / "session.rrd", session(), minute(0));
  REQUIRE(archive);
  const Row rows[] = {row(0, 7), row(3, 2)};
  REQUIRE(archive->update(rows, minute(4)));
  const std::string before = read_file(archive->path());

  auto again = Archive::open(archive->path(), session());
  REQUIRE(again);
  CHECK(again->last() == minute(4));
  const Row other[] = {row(0, 70), row(2, 70), row(3, 20), row(4, 70)};
  CHECK(again->update(other, minute(4)) == 0u);
  CHECK(read_file(archive->path()) == before);

  const Row more[] = {row(3, 20), row(6, 5)};
  CHECK(again->update(more, minute(0)) == 1u);
  CHECK(value_at(*again, minute(3), "smtp") == 2);
  CHECK(value_at(*again, minute(6), "smtp") == 5);
}

TEST_CASE("an unknown value stays unknown beside known ones") {
  const ScratchDirectory directory;
  auto archive = Archive::create(directory / "session.rrd", session(), minute(0));
  REQUIRE(archive);
  const Row rows[] = {{minute(0), {1, std::numeric_limits<double>::quiet_NaN(), 2, 3}}};
  REQUIRE(archive->update(rows, minute(0)));
  CHECK(std::isnan(value_at(*archive, minute(0), "child")));
  CHECK(value_at(*archive, minute(0), "disconnected") == 2);
}

// The rows of every span as rrdtool dumps them.
static std::string dumped_rows(const ScratchDirectory& directory, const std::string& name) {
  return rrdtool(directory,
                 fmt::format("dump {} | grep -E '<row>|<cf>|pdp_per_row|lastupdate|minimal'", name));
}

TEST_CASE("a long silence leaves what the same minutes one by one would leave") {
  for (const std::int64_t gap : {4799, 4801, 33333, 100000, 432000}) {
    CAPTURE(gap);
    const ScratchDirectory directory;
    auto leaping = Archive::create(directory / "leaping.rrd", session(), minute(0));
    auto walking = Archive::create(directory / "walking.rrd", session(), minute(0));
    REQUIRE(leaping);
    REQUIRE(walking);
    std::vector<Row> first;
    for (std::int64_t i = 0; i < 500; ++i) first.push_back(row(i, static_cast<double>(i % 7)));
    const Row last[] = {row(500 + gap, 3), row(501 + gap, 4)};

    REQUIRE(leaping->update(first, minute(0)));
    REQUIRE(leaping->update(last, minute(0)));

    for (std::int64_t at = 500; at < 500 + gap; ++at) first.push_back({minute(at), {0, 0, 0, 0}});
    first.push_back(last[0]);
    first.push_back(last[1]);
    REQUIRE(walking->update(first, minute(0)));

    CHECK(dumped_rows(directory, "leaping.rrd") == dumped_rows(directory, "walking.rrd"));
    CHECK(value_at(*leaping, minute(499 + gap), "smtp") == 0);
    CHECK(value_at(*leaping, minute(501 + gap), "smtp") == 4);
  }
}

TEST_CASE("days are kept when minutes are gone") {
  const ScratchDirectory directory;
  auto archive = Archive::create(directory / "session.rrd", session(), minute(0));
  REQUIRE(archive);
  const Row rows[] = {row(0, 9)};
  const auto after = minute(1440 * 3000);
  REQUIRE(archive->update(rows, after));
  const auto table =
      archive->fetch(Consolidation::maximum, minute(0), minute(0) + std::chrono::hours(48), seconds(86400));
  REQUIRE(table);
  CHECK(table->step == seconds(86400));
  CHECK(table->at(0, 0) == 9);
  CHECK(table->at(1, 0) == 0);
}

TEST_CASE("an existing file is never made anew") {
  const ScratchDirectory directory;
  REQUIRE(Archive::create(directory / "session.rrd", session(), minute(0)));
  CHECK_FALSE(Archive::create(directory / "session.rrd", session(), minute(5)));
  CHECK(Archive::open(directory / "session.rrd", session())->last() == minute(-1));
}

TEST_CASE("errors name the file and the reason") {
  const ScratchDirectory directory;
  const std::string path = directory / "session.rrd";
  CHECK(Archive::open(path, session()).error().message ==
        fmt::format("cannot read the archive {}: No such file or directory", path));
  CHECK(Archive::create(directory / "no/session.rrd", session(), minute(0))
            .error()
            .message.find("cannot make the archive " + (directory / "no/session.rrd")) == 0);

  std::filesystem::create_directory(path);
  CHECK(Archive::open(path, session()).error().message ==
        fmt::format("the archive {} is no plain file", path));

  rrdtool(directory, "create hourly.rrd --step 3600 DS:smtp:GAUGE:7200:0:U RRA:MAX:0.5:1:10");
  CHECK(Archive::open(directory / "hourly.rrd", session()).error().message ==
        fmt::format("the archive {} has steps of 3600 s, not of 60 s", directory / "hourly.rrd"));

  rrdtool(directory, "create few.rrd --step 60 DS:smtp:GAUGE:180:0:U RRA:MAX:0.5:1:10");
  CHECK(Archive::open(directory / "few.rrd", session()).error().message ==
        fmt::format("the archive {} has no data source child", directory / "few.rrd"));
}

TEST_CASE("an archive that is spoilt while open gives an error") {
  const ScratchDirectory directory;
  auto archive = Archive::create(directory / "session.rrd", session(), minute(0));
  REQUIRE(archive);
  std::filesystem::resize_file(archive->path(), 3000);
  const Row rows[] = {row(0, 7)};
  CHECK_FALSE(archive->update(rows, minute(0)));
  CHECK_FALSE(archive->fetch(Consolidation::maximum, minute(0), minute(1), seconds(60)));
}

}  // namespace milter_manager::archive
