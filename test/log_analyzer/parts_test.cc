// SPDX-License-Identifier: GPL-3.0-or-later
#include <catch2/catch.hpp>
#include <cmath>
#include <string>

#include "core/archive/archive.h"
#include "milter-manager-log-analyzer/options.h"
#include "milter-manager-log-analyzer/text.h"

namespace milter_manager::log_analyzer {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_seconds;

sys_seconds at(const char* time) {
  const auto parsed = parse_time(time);
  REQUIRE(parsed);
  return *parsed;
}

}  // namespace

TEST_CASE("times are read with their offsets") {
  CHECK(at("2026-09-14T23:59:00Z") == at("2026-09-15T01:59:00+02:00"));
  CHECK(at("1970-01-01T00:00:00Z").time_since_epoch() == seconds(0));
  for (const char* text : {"", "now", "2026-09-14", "2026-02-30T00:00:00Z", "2026-09-14T24:00:00Z",
                           "Sep 14 10:00:00", "2026-09-14T23:59:00Z ", "2026-09-14T23:59:00Zx"}) {
    INFO(text);
    CHECK_FALSE(parse_time(text));
  }
}

TEST_CASE("texts for people") {
  CHECK(grouped(0) == "0");
  CHECK(grouped(999.6) == "1,000");
  CHECK(grouped(1234567) == "1,234,567");
  CHECK(grouped(std::nan("")) == "0");
  CHECK(duration(seconds(5)) == "a minute");
  CHECK(duration(minutes(119)) == "119 minutes");
  CHECK(duration(hours(47)) == "47 hours");
  CHECK(duration(hours(48)) == "2 days");
  CHECK(rounded(0) == "0.0");
  CHECK(rounded(0.125) == "0.12");
  CHECK(rounded(0.00123) == "0.0012");
  CHECK(rounded(1234.4) == "1,234");
  CHECK(shown_name("x%2F..%2Fy%3A50%25") == "x/../y:50%");
  CHECK(shown_name("%0A%FF") == "%0A%FF");
  CHECK(shown_name(archive::safe_name(std::string(300, 'x'))) == std::string(180, 'x') + "…");
  CHECK(url_of("milter.status.a b%2Fü.day.png") == "milter.status.a%20b%252F%C3%BC.day.png");
}

}  // namespace milter_manager::log_analyzer
