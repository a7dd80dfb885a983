// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/archive/samples.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <string_view>
#include <vector>

#include "test/archive/scratch.h"

namespace milter_manager::archive {
namespace {

namespace fs = std::filesystem;

const Layout& kLayout = layout(Kind::process);

Row row(std::int64_t number, double value) {
  return {minute(number), std::vector<double>(kLayout.sources.size(), value)};
}

Archive opened(const std::string& path) {
  auto archive = Archive::open(path, kLayout);
  REQUIRE(archive);
  return *archive;
}

}  // namespace

TEST_CASE("minutes in which nobody looked are unknown, not zero") {
  const ScratchDirectory directory;
  const std::string path = directory / file_name(Kind::process, "smtpd");
  REQUIRE(store_samples(path, kLayout, std::vector<Row>{row(0, 1), row(1, 2)}));
  REQUIRE(store_samples(path, kLayout, std::vector<Row>{row(4, 3)}));
  REQUIRE(store_samples(path, kLayout, std::vector<Row>{row(400, 4)}));
  const Archive archive = opened(path);
  for (const char* source : {"processes", "threads"}) {
    CHECK(value_at(archive, minute(0), source) == 1);
    CHECK(value_at(archive, minute(1), source) == 2);
    CHECK(value_at(archive, minute(4), source) == 3);
    CHECK(value_at(archive, minute(400), source) == 4);
    for (const int gap : {2, 3, 5, 6, 100, 399}) CHECK(std::isnan(value_at(archive, minute(gap), source)));
  }
  CHECK_FALSE(fs::exists(directory / ".process.smtpd.rrd.new"));
}

TEST_CASE("a minute that is stored is not changed by a second look") {
  const ScratchDirectory directory;
  const std::string path = directory / "process.smtpd.rrd";
  REQUIRE(store_samples(path, kLayout, std::vector<Row>{row(0, 1)}));
  const std::string before = read_file(path);
  REQUIRE(store_samples(path, kLayout, std::vector<Row>{row(0, 9)}));
  REQUIRE(store_samples(path, kLayout, {}));
  CHECK(read_file(path) == before);
}

TEST_CASE("a value that could not be read is unknown in its minute alone") {
  const ScratchDirectory directory;
  const std::string path = directory / "process.smtpd.rrd";
  Row partly = row(0, 1);
  partly.values[3] = std::nan("");
  REQUIRE(store_samples(path, kLayout, std::vector<Row>{partly, row(1, 2)}));
  const Archive archive = opened(path);
  CHECK(value_at(archive, minute(0), "rss") == 1);
  CHECK(std::isnan(value_at(archive, minute(0), "pss")));
  CHECK(value_at(archive, minute(1), "pss") == 2);
}

TEST_CASE("a damaged archive of samples is set aside and begun anew") {
  const ScratchDirectory directory;
  const std::string path = directory / "process.smtpd.rrd";
  write_file(path, "no archive");
  const auto stored = store_samples(path, kLayout, std::vector<Row>{row(0, 1)});
  REQUIRE(stored);
  CHECK(stored->size() == 1);
  CHECK(read_file(path + ".damaged") == "no archive");
  CHECK(value_at(opened(path), minute(0), "rss") == 1);
}

TEST_CASE("what a killed run left does not keep samples from being stored") {
  const ScratchDirectory directory;
  const std::string path = directory / "process.smtpd.rrd";
  write_file(directory / ".process.smtpd.rrd.new", "half");
  REQUIRE(store_samples(path, kLayout, std::vector<Row>{row(0, 1)}));
  write_file(directory / ".process.smtpd.rrd.new", "half");
  REQUIRE(store_samples(path, kLayout, std::vector<Row>{row(1, 1)}));
  CHECK_FALSE(fs::exists(directory / ".process.smtpd.rrd.new"));
}

TEST_CASE("archives of processes are none of those that a log fills") {
  CHECK(file_name(Kind::process, "../x") == "process...%2Fx.rrd");
  CHECK_FALSE(parse_file_name("process.smtpd.rrd"));
  for (const Layout& one : layouts()) CHECK(one.kind != Kind::process);
  const std::vector<std::string_view> sources(kLayout.sources.begin(), kLayout.sources.end());
  CHECK(sources ==
        std::vector<std::string_view>{"processes", "vss", "rss", "pss", "cpu", "descriptors", "threads"});
}

}  // namespace milter_manager::archive
