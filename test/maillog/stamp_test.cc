// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/maillog/stamp.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <vector>

namespace milter_manager::maillog {
namespace {

TEST_CASE("BSD stamps are read") {
  struct Case {
    const char* line;
    int month, day, hour, minute, second;
  };
  for (const Case& c :
       {Case{"Sep 14 00:13:24 mail x", 9, 14, 0, 13, 24}, Case{"Sep  4 23:59:60 mail x", 9, 4, 23, 59, 60},
        Case{"Jan 4 01:02:03  mail x", 1, 4, 1, 2, 3}, Case{"Feb 29 00:00:00 mail x", 2, 29, 0, 0, 0},
        Case{"Dec 31 00:00:00 mail x", 12, 31, 0, 0, 0}}) {
    CAPTURE(c.line);
    Stamp stamp;
    const std::size_t length = parse_stamp(c.line, stamp);
    CHECK(std::string_view(c.line).substr(length) == "mail x");
    CHECK(stamp.year == 0);
    CHECK_FALSE(stamp.offset);
    CHECK(stamp.month == c.month);
    CHECK(stamp.day == c.day);
    CHECK(stamp.hour == c.hour);
    CHECK(stamp.minute == c.minute);
    CHECK(stamp.second == c.second);
  }
}

TEST_CASE("RFC 3339 stamps are read") {
  struct Case {
    const char* line;
    std::int32_t microseconds;
    std::optional<int> offset;
  };
  for (const Case& c : {Case{"2026-11-21T20:42:20.025678+00:00 mail x", 25678, 0},
                        Case{"2026-11-21T20:42:20Z mail x", 0, 0}, Case{"2026-11-21t20:42:20z mail x", 0, 0},
                        Case{"2026-11-21T20:42:20.5+05:30 mail x", 500'000, 19'800},
                        Case{"2026-11-21T20:42:20.123456789-0330 mail x", 123'456, -12'600},
                        Case{"2026-11-21 20:42:20 mail x", 0, std::nullopt},
                        Case{"2026-11-21T20:42:20,25 mail x", 250'000, std::nullopt}}) {
    CAPTURE(c.line);
    Stamp stamp;
    const std::size_t length = parse_stamp(c.line, stamp);
    CHECK(std::string_view(c.line).substr(length) == "mail x");
    CHECK(stamp.year == 2026);
    CHECK(stamp.month == 11);
    CHECK(stamp.day == 21);
    CHECK(stamp.hour == 20);
    CHECK(stamp.minute == 42);
    CHECK(stamp.second == 20);
    CHECK(stamp.microseconds == c.microseconds);
    CHECK(stamp.offset == c.offset);
  }
}

TEST_CASE("what is no stamp is not taken for one") {
  for (const char* line : {"",
                           " ",
                           "S",
                           "Sep",
                           "Sep ",
                           "Sep 14",
                           "Sep 14 ",
                           "Sep 14 00:13:24",
                           "Sep 14 00:13:24 ",
                           "Sep 0 00:13:24 mail",
                           "Sep 31 00:13:24 mail",
                           "Feb 30 00:13:24 mail",
                           "Okt 14 00:13:24 mail",
                           "sep 14 00:13:24 mail",
                           "Sep 14 24:13:24 mail",
                           "Sep 14 00:60:24 mail",
                           "Sep 14 00:13:61 mail",
                           "Sep 14 0:13:24 mail",
                           "Sep 014 00:13:24 mail",
                           "Sep14 00:13:24 mail",
                           "2026",
                           "2026-11-21",
                           "2026-11-21T20:42",
                           "2026-11-21T20:42:20+00:00",
                           "2026-11-21T20:42:20+0:00 mail",
                           "2026-11-21T20:42:20+24:00 mail",
                           "2026-11-21T20:42:20+00:60 mail",
                           "2026-13-21T20:42:20Z mail",
                           "2026-02-29T20:42:20Z mail",
                           "2026-11-00T20:42:20Z mail",
                           "0000-11-21T20:42:20Z mail",
                           "2026-11-21X20:42:20Z mail",
                           "2026/11/21T20:42:20Z mail",
                           "20260-11-21T20:42:20Z m",
                           "2026-11-21T20:42:20Zmail",
                           "-026-11-21T20:42:20Z mail",
                           "\xff\xff\xff\xff"}) {
    Stamp stamp;
    CAPTURE(line);
    CHECK(parse_stamp(line, stamp) == 0);
  }
}

TEST_CASE("dates become seconds as a calendar says") {
  Stamp stamp;
  stamp.month = 1;
  stamp.day = 1;
  CHECK(seconds_as_utc(stamp, 1970) == 0);
  stamp.month = 2;
  stamp.day = 29;
  CHECK(seconds_as_utc(stamp, 2000) == 951'782'400);
  // Every day from 1600 to 2400 comes a day after the one before it.
  std::int64_t before = 0;
  bool first = true;
  for (int year = 1600; year <= 2400; ++year) {
    for (stamp.month = 1; stamp.month <= 12; ++stamp.month) {
      for (stamp.day = 1; is_date(year, stamp.month, stamp.day); ++stamp.day) {
        const std::int64_t seconds = seconds_as_utc(stamp, year);
        if (!first && seconds != before + 86'400) FAIL(year << '-' << stamp.month << '-' << stamp.day);
        before = seconds;
        first = false;
      }
    }
  }
}

// All that a stamp says, to be compared.
std::string as_words(std::size_t length, const Stamp& stamp) {
  return fmt::format("{} bytes: {}-{}-{} {}:{}:{}.{} {}", length, stamp.year, stamp.month, stamp.day,
                     stamp.hour, stamp.minute, stamp.second, stamp.microseconds,
                     stamp.offset ? std::to_string(*stamp.offset) : "local");
}

TEST_CASE("a reader that remembers the line before reads every stamp as one that remembers nothing") {
  const std::vector<std::string> stamps = {
      "Sep 14 00:13:24 mail x",
      "Sep  4 00:13:24 mail x",
      "Sep 14 00:13:24  mail x",
      "2026-09-14T00:13:24.134747+02:00 mail x",
      "2026-09-14T00:13:24.134747Z mail x",
      "2026-09-14T00:13:24.1+0200 mail x",
      "2026-09-14 00:13:24,134 mail x",
      "2026-09-14T00:13:24.134747123Z mail x",
      "2026-09-14T00:13:24. mail x",
      "2026-09-14T00:13:24Z mail x",
      "2026-12-31T23:59:60Z mail x",
  };
  std::mt19937 random(1);
  StampReader reader;
  std::size_t understood = 0;
  for (int round = 0; round < 200'000; ++round) {
    std::string line = stamps[random() % 4 == 0 ? random() % stamps.size() : (round / 50) % stamps.size()];
    // A byte or two are others than in the line before, most often digits.
    for (auto changes = static_cast<unsigned>(random() % 3); changes > 0; --changes) {
      const std::string_view bytes = "0123456789012345678901234567 :.,TZ+-x";
      line[random() % line.size()] = bytes[random() % bytes.size()];
    }
    if (random() % 64 == 0) line.resize(random() % line.size());
    Stamp remembered, alone;
    const std::size_t length = reader.read(line, remembered);
    const std::size_t expected = parse_stamp(line, alone);
    if (as_words(length, remembered) != as_words(expected, alone) && (length != 0 || expected != 0)) {
      FAIL(line << ": " << as_words(length, remembered) << " instead of " << as_words(expected, alone));
    }
    understood += length > 0 ? 1 : 0;
  }
  CHECK(understood > 50'000);
}

}  // namespace
}  // namespace milter_manager::maillog
