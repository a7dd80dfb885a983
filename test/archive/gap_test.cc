// SPDX-License-Identifier: GPL-3.0-or-later
// What a gap costs, and leaves: counted in librrd's own calls, which this program sees first.
#include <dlfcn.h>
#include <fmt/format.h>
#include <rrd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <vector>

#include "core/archive/archive.h"
#include "test/archive/scratch.h"

namespace {

struct Calls {
  int update = 0;
  int tune = 0;
  int updates = 0;  // in all calls
};
Calls calls;

template <typename Function>
Function* in_librrd(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" int rrd_update_r(const char* path, const char* sources, int count, const char** updates) {
  static const auto real = in_librrd<int(const char*, const char*, int, const char**)>("rrd_update_r");
  ++calls.update;
  calls.updates += count;
  return real(path, sources, count, updates);
}

extern "C" int rrd_tune(int count, char** words) {
  static const auto real = in_librrd<int(int, char**)>("rrd_tune");
  ++calls.tune;
  return real(count, words);
}

namespace milter_manager::archive {
namespace {

Row row(std::int64_t number, double value) { return {minute(number), {value, 4, 0, 1}}; }

std::string dumped(const ScratchDirectory& directory, const std::string& name) {
  return rrdtool(directory,
                 fmt::format("dump {} | grep -E '<row>|<cf>|pdp_per_row|lastupdate|minimal'", name));
}

Archive new_archive(const ScratchDirectory& directory, const std::string& name) {
  auto archive = Archive::create(directory / name, layout(Kind::session), minute(0));
  REQUIRE(archive);
  return *archive;
}

}  // namespace

TEST_CASE("a gap of a year costs no more than a gap of an hour, and that little") {
  struct Case {
    std::int64_t gap;  // minutes
    int most_updates;
  };
  const Case cases[] = {{1, 2}, {10, 11}, {60, 8}, {1440, 8}, {43200, 8}, {525600, 8}, {5256000, 8}};
  for (const Case& one : cases) {
    CAPTURE(one.gap);
    const ScratchDirectory directory;
    Archive archive = new_archive(directory, "session.rrd");
    const Row before[] = {row(0, 7)};
    REQUIRE(archive.update(before, minute(0)));
    calls = {};
    const Row after[] = {row(1 + one.gap, 3)};
    REQUIRE(archive.update(after, minute(0)));
    CHECK(calls.update == 1);
    CHECK(calls.updates <= one.most_updates);
    CHECK(calls.tune <= 2);
  }
}

TEST_CASE("a day of events with hours between them is one update call") {
  const ScratchDirectory directory;
  Archive archive = new_archive(directory, "session.rrd");
  std::vector<Row> rows;
  for (std::int64_t hour = 0; hour < 24; ++hour) rows.push_back(row(hour * 60, 1));
  calls = {};
  REQUIRE(archive.update(rows, minute(1440)));
  CHECK(calls.update == 1);
  CHECK(calls.updates <= 24 * 8);
  CHECK(calls.tune == 2);
}

TEST_CASE("gaps of any length leave what the same minutes one by one would leave") {
  std::mt19937 random(4711);
  for (int round = 0; round < 12; ++round) {
    CAPTURE(round);
    const ScratchDirectory directory;
    Archive leaping = new_archive(directory, "leaping.rrd");
    Archive walking = new_archive(directory, "walking.rrd");
    std::vector<Row> rows;
    std::vector<Row> all;
    for (std::int64_t at = 0; at < 20000;) {
      const double value = static_cast<double>(random() % 100);
      rows.push_back(row(at, value));
      all.push_back(rows.back());
      // Short ones alone raise no heartbeats.
      const std::int64_t lengths[] = {1, 1, 1, 2, 4, 7, 10, 13, 55, 61, 279, 1439, 1441, 3361, 9000};
      const std::size_t used = round % 2 == 0 ? std::size(lengths) : 7;
      const std::int64_t next = at + lengths[random() % used] + static_cast<std::int64_t>(random() % 3);
      while (++at < next) all.push_back({minute(at), {0, 0, 0, 0}});
    }
    // In one run, or in several.
    const std::size_t cut = random() % rows.size();
    REQUIRE(leaping.update(std::span(rows).first(cut), minute(0)));
    REQUIRE(leaping.update(std::span(rows).subspan(cut), minute(0)));
    all.resize(static_cast<std::size_t>((leaping.last() - minute(0)).count()) + 1);
    REQUIRE(walking.update(all, minute(0)));
    CHECK(dumped(directory, "leaping.rrd") == dumped(directory, "walking.rrd"));
  }
}

}  // namespace milter_manager::archive
