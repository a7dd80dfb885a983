// SPDX-License-Identifier: GPL-3.0-or-later
// A log whose names are made up harms neither the disk nor the page.
#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>

#include "milter-manager-log-analyzer/archived_milters.h"
#include "milter-manager-log-analyzer/page/page.h"
#include "milter-manager-log-analyzer/page/shown_milters.h"
#include "test/log_analyzer/program.h"

namespace milter_manager::log_analyzer {
namespace {

std::string nth(std::size_t n) { return fmt::format("milter{:04}", n); }

// Rows of one minute with so many events.
void add(maillog::SeriesTable& rows, const std::string& milter, double events) {
  maillog::Row row{};
  row[0] = events;
  rows[{maillog::Kind::milter_status, milter, {}}][0] = row;
}

ArchiveFile file_of(const std::string& milter) {
  return {archive::file_name(archive::Kind::milter_status, milter),
          {archive::Kind::milter_status, archive::safe_name(milter), {}}};
}

}  // namespace

TEST_CASE("when there is no more room for archives the busiest milters get the last of it") {
  const ScratchDirectory directory;
  for (std::size_t i = 0; i + 2 < ArchivedMilters::kMaximum; ++i) {
    write_file(directory / archive::file_name(archive::Kind::milter_status, nth(i)), "");
    write_file(directory / archive::file_name(archive::Kind::milter_report, nth(i)), "");
  }
  auto milters = ArchivedMilters::of(directory.path());
  REQUIRE(milters);
  CHECK(milters->has(nth(0)));
  CHECK_FALSE(milters->has("clamav/milter"));
  maillog::SeriesTable rows;
  add(rows, nth(0), 1);
  add(rows, "opendkim", 7);
  for (int i = 0; i < 500; ++i) add(rows, fmt::format("forged{}", i), 1);
  add(rows, "clamav/milter", 5);
  milters->take_up(rows);
  CHECK(milters->has("opendkim"));
  CHECK(milters->has("clamav/milter"));
  CHECK_FALSE(milters->has("forged0"));
  CHECK(milters->left_out() == 500);
  milters->take_up(rows);
  CHECK(milters->left_out() == 500);
}

TEST_CASE("the page has the milters that were busiest in the week, and says how many it has not") {
  Summary summary;
  summary.periods.push_back({"week", {}, {}, true, {}, {}, {}});
  std::vector<ArchiveFile> archives{{"session.rrd", {archive::Kind::session, {}, {}}}};
  const auto busy = [&](const std::string& milter, double all) {
    archives.push_back(file_of(milter));
    Outcomes outcomes;
    outcomes.all = all;
    summary.periods[0].milters.push_back({milter, archive::safe_name(milter), outcomes, {}});
  };
  for (std::size_t i = 0; i + 1 < kMostMilters; ++i) busy(nth(i), 3);
  archives.push_back(file_of("no more"));
  CHECK(keep_busiest(summary, archives) == 0);
  CHECK(archives.size() == kMostMilters + 1);
  busy("forged", 1);
  busy("zzz", 100);
  CHECK(keep_busiest(summary, archives) == 2);
  const auto has = [&](const std::string& milter) {
    return std::any_of(archives.begin(), archives.end(), [&](const ArchiveFile& file) {
      return file.what.safe_milter == archive::safe_name(milter);
    });
  };
  CHECK(archives.size() == kMostMilters + 1);
  CHECK(archives.front().file_name == "session.rrd");
  CHECK(has("zzz"));
  CHECK(has(nth(0)));
  CHECK_FALSE(has("forged"));
  CHECK_FALSE(has("no more"));
  CHECK(summary.periods[0].milters.size() == kMostMilters);

  Gallery gallery;
  Page page;
  page.gallery = &gallery;
  page.surplus_milters = 9950;
  CHECK(render(page, languages()[0])
            .find("9,950 more milters have archives and are not on this page: it shows the 50") !=
        std::string::npos);
}

TEST_CASE("what became of messages besides stands below a milter's row") {
  const auto message = [](const char* status, const char* cause) {
    return fmt::format(
        "[milter][message][end-of-message][{}][enforced][{}][1][0][0][0.5][0.5][1](3.1.4): Q: -: clamav",
        status, cause);
  };
  const ScratchDirectory directory;
  REQUIRE(analyze(directory, "--output-directory out --complete",
                  log_of({{"10:00:01", message("pass", "answer")},
                          {"10:00:02", message("discard", "answer")},
                          {"10:00:03", message("quarantine", "answer")},
                          {"10:00:04", message("stop", "condition")},
                          {"10:00:05", message("stop", "condition")},
                          {"10:00:06", message("abort", "answer")},
                          {"10:00:07", "[message][end][end-of-message][pass][0.6][5000][1][0](3.1): Q"}}))
              .status == 0);
  const std::string page = read_file(directory / "out/index.html");
  CHECK(page.find("<bdi>clamav</bdi></a></th><td>3</td><td>1</td><td>0</td><td>0</td></tr><tr "
                  "class=\"besides\"><td "
                  "colspan=\"5\">discarded 1, quarantined 1, not asked 2</td></tr>") != std::string::npos);
}

}  // namespace milter_manager::log_analyzer
