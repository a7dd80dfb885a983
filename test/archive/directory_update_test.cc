// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/archive/directory_update.h"

#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "core/archive/working_copy.h"
#include "test/archive/scratch.h"

namespace milter_manager::archive {
namespace {

namespace fs = std::filesystem;

const Layout& session() { return layout(Kind::session); }

std::vector<Row> rows(std::int64_t from, std::int64_t to) {
  std::vector<Row> all;
  for (; from < to; ++from) all.push_back({minute(from), {static_cast<double>(from), 0, 0, 1}});
  return all;
}

std::string names_in(const std::string& directory) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(directory)) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return fmt::format("{}", fmt::join(names, " "));
}

Minute last_of(const std::string& path) {
  const auto archive = Archive::open(path, session());
  REQUIRE(archive);
  return archive->last();
}

}  // namespace

TEST_CASE("before commit nothing has changed, after it everything") {
  const ScratchDirectory directory;
  const std::string path = directory / "session.rrd";
  {
    DirectoryUpdate update(directory.path());
    REQUIRE(update.store("session.rrd", session(), rows(0, 5), minute(0), minute(6)));
    CHECK_FALSE(fs::exists(path));
    CHECK(update.commit().empty());
    CHECK(last_of(path) == minute(6));
  }
  const std::string before = read_file(path);
  {
    DirectoryUpdate update(directory.path());
    REQUIRE(update.store("session.rrd", session(), rows(7, 9), minute(0), minute(0)));
    REQUIRE(update.store("session.rrd", session(), rows(9, 12), minute(0), minute(13)));
    CHECK((read_file(path) == before));
    CHECK(update.commit().empty());
  }
  CHECK(last_of(path) == minute(13));
  CHECK(value_at(*Archive::open(path, session()), minute(8), "smtp") == 8);
  CHECK(value_at(*Archive::open(path, session()), minute(11), "smtp") == 11);
  CHECK(names_in(directory.path()) == "session.rrd");
}

TEST_CASE("an update that is given up leaves everything as it was") {
  const ScratchDirectory directory;
  {
    DirectoryUpdate update(directory.path());
    REQUIRE(update.store("session.rrd", session(), rows(0, 5), minute(0), minute(5)));
  }
  CHECK(names_in(directory.path()).empty());
}

TEST_CASE("an archive that gains no minute is not touched") {
  const ScratchDirectory directory;
  const std::string path = directory / "session.rrd";
  REQUIRE(Archive::create(path, session(), minute(0))->update(rows(0, 9), minute(9)));
  const auto before = fs::last_write_time(path);
  const std::string contents = read_file(path);
  fs::create_hard_link(path, directory / "same");
  DirectoryUpdate update(directory.path());
  REQUIRE(update.store("session.rrd", session(), rows(3, 8), minute(0), minute(9)));
  REQUIRE(update.store("health.rrd", layout(Kind::health), {}, {}, minute(9)));
  CHECK(update.commit().empty());
  CHECK(fs::equivalent(path, directory / "same"));
  CHECK(fs::last_write_time(path) == before);
  CHECK((read_file(path) == contents));
  CHECK_FALSE(fs::exists(directory / "health.rrd"));
}

TEST_CASE("after a failure an archive takes no later rows, which would make zeros of the missing ones") {
  const ScratchDirectory directory;
  const std::string path = directory / "session.rrd";
  REQUIRE(Archive::create(path, session(), minute(0))->update(rows(0, 5), minute(5)));
  const std::string before = read_file(path);
  DirectoryUpdate update(directory.path());
  fs::create_directory(working_path(path));  // so there can be no copy
  CHECK_FALSE(update.store("session.rrd", session(), rows(6, 9), minute(0), minute(9)));
  fs::remove(working_path(path));
  CHECK(update.store("session.rrd", session(), rows(10, 12), minute(0), minute(12)));
  // Others do.
  CHECK(update.store("health.rrd", layout(Kind::health), std::vector<Row>{{minute(3), {1, 2, 3, 4}}},
                     minute(0), minute(12)));
  CHECK(update.commit().empty());
  CHECK((read_file(path) == before));
  CHECK(fs::exists(directory / "health.rrd"));
}

TEST_CASE("what killed runs left is removed, and nothing else") {
  const ScratchDirectory directory;
  for (const char* name :
       {".session.rrd.new", ".session.rrd.newA1b2C3", "session.rrd.new", ".milter.status.x.rrd.new",
        "session.rrd", ".other.rrd.new", "mine.new", ".session.rrd.old", "session.rrd.damaged"}) {
    write_file(directory / name, name);
  }
  CHECK(remove_leftovers(directory.path()) == 4u);
  CHECK(names_in(directory.path()) ==
        ".other.rrd.new .session.rrd.old mine.new session.rrd session.rrd.damaged");
}

TEST_CASE("an archive keeps its mode") {
  const ScratchDirectory directory;
  const std::string path = directory / "session.rrd";
  REQUIRE(Archive::create(path, session(), minute(0)));
  fs::permissions(path, fs::perms(0640));
  DirectoryUpdate update(directory.path());
  REQUIRE(update.store("session.rrd", session(), rows(0, 3), minute(0), minute(3)));
  CHECK(update.commit().empty());
  CHECK(fs::status(path).permissions() == fs::perms(0640));
}

}  // namespace milter_manager::archive
