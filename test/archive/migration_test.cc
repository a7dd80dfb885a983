// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/archive/migration.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <iterator>
#include <string>

#include "core/archive/archive.h"
#include "test/archive/scratch.h"

namespace milter_manager::archive {
namespace {

namespace fs = std::filesystem;

// An archive as an old version made it: 8 row spans, no tarpitting_pass; filled for twenty minutes.
void make_old_report(const ScratchDirectory& directory, const std::string& name, char dash) {
  std::string command = fmt::format("create {} --step 60 --start 1789344779", name);
  for (std::string_view source : layout(Kind::manager_report).sources.first(12)) {
    std::string spelled(source);
    std::replace(spelled.begin(), spelled.end(), '_', dash);
    command += fmt::format(" DS:{}:GAUGE:180:0:U", spelled);
  }
  for (const char* consolidation : {"MAX", "AVERAGE"}) {
    for (int steps : {8, 56, 280, 3360}) command += fmt::format(" RRA:{}:0.5:{}:200", consolidation, steps);
  }
  rrdtool(directory, command);
  command = fmt::format("update {}", name);
  for (int i = 0; i < 20; ++i)
    command += fmt::format(" {}:{}:2:3:4:5:6:7:8:9:10:11:12", 1789344780 + 60 * i, i);
  rrdtool(directory, command);
}

std::vector<std::string> names_in(const ScratchDirectory& directory) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(directory.path())) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

double maximum_of(const Archive& archive, std::string_view source, Minute from, Minute to) {
  const auto table = archive.fetch(Consolidation::maximum, from, to, std::chrono::seconds(480));
  REQUIRE(table);
  const auto found = std::find(table->sources.begin(), table->sources.end(), source);
  const auto column = static_cast<std::size_t>(std::distance(table->sources.begin(), found));
  double maximum = -1;
  for (std::size_t row = 0; row < table->rows(); ++row) maximum = std::fmax(maximum, table->at(row, column));
  return maximum;
}

}  // namespace

TEST_CASE("an old archive gets its missing data source and goes on") {
  for (const char dash : {'_', '-'}) {
    CAPTURE(dash);
    const ScratchDirectory directory;
    const Layout& report = layout(Kind::manager_report);
    const std::string path = directory / "milter-manager.report.rrd";
    make_old_report(directory, "milter-manager.report.rrd", dash);
    fs::permissions(path, fs::perms(0640));
    CHECK_FALSE(Archive::open(path, report));

    const auto prepared = prepare(path, report);
    REQUIRE(prepared);
    CHECK(prepared->readiness == Readiness::ready);
    CHECK(prepared->changes.back() == path + ": data source tarpitting_pass added");
    CHECK(prepared->changes.size() == (dash == '_' ? 1 : 10));
    CHECK(names_in(directory) == std::vector<std::string>{"milter-manager.report.rrd"});
    CHECK(fs::status(path).permissions() == fs::perms(0640));

    auto archive = Archive::open(path, report);
    REQUIRE(archive);
    CHECK(archive->last() == minute(19));
    // The last 8-minute row is not complete.
    const auto last_complete = static_cast<double>(19 - minute(19).time_since_epoch().count() % 8);
    CHECK(maximum_of(*archive, "spam", minute(0), minute(19)) == last_complete);
    CHECK(maximum_of(*archive, "dkim_adsp_fail", minute(0), minute(19)) == 12);

    std::vector<Row> rows;
    for (int i = 20; i < 60; ++i) rows.push_back({minute(i), std::vector<double>(13, 100)});
    CHECK(archive->update(rows, minute(0)) == 40u);
    CHECK(maximum_of(*archive, "spam", minute(0), minute(60)) == 100);
    CHECK(maximum_of(*archive, "tarpitting_pass", minute(20), minute(60)) == 100);
    CHECK(prepare(path, report)->changes.empty());
  }
}

TEST_CASE("a new archive needs no preparation, and none is made where none is") {
  const ScratchDirectory directory;
  const std::string path = directory / "session.rrd";
  CHECK(prepare(path, layout(Kind::session))->readiness == Readiness::absent);
  REQUIRE(Archive::create(path, layout(Kind::session), minute(0)));
  const std::string before = read_file(path);
  const auto prepared = prepare(path, layout(Kind::session));
  REQUIRE(prepared);
  CHECK(prepared->readiness == Readiness::ready);
  CHECK(prepared->changes.empty());
  CHECK(read_file(path) == before);
}

TEST_CASE("an archive with a data source too many is left alone") {
  const ScratchDirectory directory;
  const std::string path = directory / "session.rrd";
  rrdtool(directory,
          "create session.rrd --step 60 DS:smtp:GAUGE:180:0:U DS:child:GAUGE:180:0:U DS:mine:GAUGE:180:0:U "
          "RRA:MAX:0.5:1:10");
  const std::string before = read_file(path);
  CHECK(prepare(path, layout(Kind::session)).error().message ==
        fmt::format("the archive {} has a data source mine that it should not have", path));
  CHECK(read_file(path) == before);
}

TEST_CASE("two data sources that differ by a dash only are not made one") {
  const ScratchDirectory directory;
  rrdtool(directory,
          "create r.rrd --step 60 DS:spf-pass:GAUGE:180:0:U DS:spf_pass:GAUGE:180:0:U RRA:MAX:0.5:1:10");
  CHECK_FALSE(prepare(directory / "r.rrd", layout(Kind::manager_report)));
}

TEST_CASE("a heartbeat that an interrupted update left is put right") {
  const ScratchDirectory directory;
  const std::string path = directory / "session.rrd";
  REQUIRE(Archive::create(path, layout(Kind::session), minute(0)));
  rrdtool(directory, "tune session.rrd --heartbeat smtp:86400");
  CHECK(prepare(path, layout(Kind::session))->changes ==
        std::vector<std::string>{path + ": heartbeat of smtp put right"});
  CHECK(rrdtool(directory, "info session.rrd | grep -c 'heartbeat = 180'") == "4\n");
}

TEST_CASE("old names become today's, through every name between") {
  const ScratchDirectory directory;
  for (const char* name :
       {"milter-log.session.rrd", "milter-log.mail.rrd", "milter-log.milter.a.rrd", "milter.b.c.rrd",
        "milter.status.d.rrd", "milter.report.e.rrd", "milter..rrd", "milter.x.png", "other.rrd"}) {
    write_file(directory / name, name);
  }
  const auto changes = rename_old_archives(directory.path());
  REQUIRE(changes);
  CHECK(*changes == std::vector<std::string>{
                        "milter-log.session.rrd renamed to session.rrd",
                        "milter-log.mail.rrd renamed to milter-manager.rrd",
                        "milter-manager.rrd renamed to milter-manager.status.rrd",
                        "milter-log.milter.a.rrd renamed to milter.a.rrd",
                        "milter.a.rrd renamed to milter.status.a.rrd",
                        "milter.b.c.rrd renamed to milter.status.b.c.rrd",
                    });
  CHECK(names_in(directory) == std::vector<std::string>{"milter-manager.status.rrd", "milter..rrd",
                                                        "milter.report.e.rrd", "milter.status.a.rrd",
                                                        "milter.status.b.c.rrd", "milter.status.d.rrd",
                                                        "milter.x.png", "other.rrd", "session.rrd"});
  CHECK(read_file(directory / "milter.status.a.rrd") == "milter-log.milter.a.rrd");
  CHECK(rename_old_archives(directory.path())->empty());
}

TEST_CASE("an old file never replaces a newer one") {
  const ScratchDirectory directory;
  write_file(directory / "milter-log.session.rrd", "old");
  write_file(directory / "session.rrd", "new");
  CHECK(rename_old_archives(directory.path())->empty());
  CHECK(read_file(directory / "session.rrd") == "new");
  CHECK(read_file(directory / "milter-log.session.rrd") == "old");
}

TEST_CASE("a directory that is not there is an error") {
  const ScratchDirectory directory;
  CHECK(rename_old_archives(directory / "no").error().message ==
        fmt::format("cannot list the directory {}: No such file or directory", directory / "no"));
}

TEST_CASE("a damaged archive is kept under a free name") {
  struct Case {
    const char* what;
    void (*spoil)(const std::string& path);
    const char* reason;
  };
  const Case cases[] = {
      {"empty", [](const std::string& path) { fs::resize_file(path, 0); }, "it ends within its head"},
      {"cut in its head", [](const std::string& path) { fs::resize_file(path, 1000); },
       "it ends within its head"},
      {"cut in its rows", [](const std::string& path) { fs::resize_file(path, fs::file_size(path) - 8); },
       "it has 410344 bytes, not 410352"},
      {"some text", [](const std::string& path) { write_file(path, std::string(5000, 'x')); },
       "it does not begin as an RRD file of this machine"},
  };
  for (const Case& one : cases) {
    INFO(one.what);
    const ScratchDirectory directory;
    const std::string path = directory / "session.rrd";
    for (const char* aside : {".damaged", ".damaged.2"}) {
      REQUIRE(Archive::create(path, layout(Kind::session), minute(0)));
      one.spoil(path);
      const auto prepared = prepare(path, layout(Kind::session));
      REQUIRE(prepared);
      CHECK(prepared->readiness == Readiness::damaged);
      CHECK(prepared->changes == std::vector<std::string>{fmt::format("{} is damaged ({}); set aside as {}{}",
                                                                      path, one.reason, path, aside)});
      CHECK(fs::equivalent(path, path + aside));
      // Nothing was lost in between: to look again changes nothing.
      CHECK(prepare(path, layout(Kind::session))->changes == prepared->changes);
      fs::remove(path);
    }
  }
}

TEST_CASE("a dangling link or a directory is no damaged archive") {
  const ScratchDirectory directory;
  fs::create_directory(directory / "session.rrd");
  CHECK_FALSE(prepare(directory / "session.rrd", layout(Kind::session)));
  fs::create_symlink(directory / "nowhere", directory / "health.rrd");
  CHECK_FALSE(prepare(directory / "health.rrd", layout(Kind::health)));
  CHECK(fs::is_symlink(directory / "health.rrd"));
}

TEST_CASE("no wrong byte in the head of an archive makes it crash") {
  const ScratchDirectory directory;
  const Layout& session = layout(Kind::session);
  const std::string path = directory / "session.rrd";
  rrdtool(directory,
          "create session.rrd --step 60 --start 1789344720 DS:smtp:GAUGE:180:0:U DS:child:GAUGE:180:0:U "
          "DS:disconnected:GAUGE:180:0:U DS:concurrent:GAUGE:180:0:U RRA:MAX:0.5:1:9 RRA:AVERAGE:0.5:4:9");
  rrdtool(directory, "update session.rrd 1789344780:1:2:3:4 1789344840:5:6:7:8");
  const std::string sound = read_file(path);
  std::size_t refused = 0;
  for (std::size_t at = 0; at < sound.size(); ++at) {
    for (const unsigned flipped : {0x01u, 0x80u, 0xffu}) {
      std::string spoilt = sound;
      spoilt[at] = static_cast<char>(static_cast<unsigned char>(spoilt[at]) ^ flipped);
      write_file(path, spoilt);
      auto archive = Archive::open(path, session);
      if (!archive) {
        ++refused;
        continue;
      }
      const Row rows[] = {{minute(10), {1, 2, 3, 4}}, {minute(20), {1, 2, 3, 4}}};
      static_cast<void>(archive->update(rows, minute(0)));
      static_cast<void>(
          archive->fetch(Consolidation::average, minute(0), minute(20), std::chrono::seconds(60)));
    }
  }
  CHECK(refused > 100);
}

TEST_CASE("a milter's report archive that is named like a report key's is renamed, a key's is not") {
  const ScratchDirectory directory;
  const std::string old = "milter.report.mail.example.rrd";
  const std::string key = "milter.report.dmarc_pass.opendmarc.rrd";
  REQUIRE(Archive::create(directory / old, layout(Kind::milter_report), minute(0)));
  REQUIRE(Archive::create(directory / key, layout(Kind::milter_key), minute(0)));
  write_file(directory / "milter.report.no.archive.rrd", "no archive");
  const auto changes = rename_old_archives(directory.path());
  REQUIRE(changes);
  CHECK(*changes == std::vector<std::string>{old + " renamed to milter.report.mail%2Eexample.rrd"});
  CHECK(
      Archive::open(directory / file_name(Kind::milter_report, "mail.example"), layout(Kind::milter_report)));
  CHECK(Archive::open(directory / key, layout(Kind::milter_key)));
  CHECK(rename_old_archives(directory.path())->empty());
}

}  // namespace milter_manager::archive
