// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/maillog/collector.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "test/maillog/log_runs.h"
#include "test/maillog/reading.h"

namespace milter_manager::maillog {
namespace {

constexpr double kStart = 1789344000;  // 2026-09-14 00:00 UTC
constexpr std::int64_t kFirst = 1789344000;
const SeriesKey kSession{Kind::session, "", ""};

// A line at so many seconds past the start.
std::string line(int second, const std::string& host = "mail",
                 const std::string& text = "[session][end][0.5](1)") {
  return fmt::format("2026-09-14T{:02}:{:02}:{:02}Z {} milter-manager[1]: [statistics] {}\n", second / 3600,
                     second / 60 % 60, second % 60, host, text);
}
std::string lines(int from, int to, int step = 10, const std::string& host = "mail") {
  std::string out;
  for (int second = from; second < to; second += step) out += line(second, host);
  return out;
}
double sessions(const SeriesTable& table) {
  double sum = 0;
  if (table.count(kSession) == 0) return 0;
  for (const auto& [minute, row] : table.at(kSession)) sum += row[0];
  return sum;
}
double sessions(const LogRuns& runs) { return sessions(runs.stored) + sessions(runs.state.rows); }

TEST_CASE("a run reads only what is new") {
  const ScratchFolder folder;
  LogRuns runs;
  folder.write("mail.log", lines(0, 600));
  runs.run({folder.path("mail.log")}, kStart + 600);
  CHECK(runs.counts.lines == 60);
  runs.run({folder.path("mail.log")}, kStart + 601);
  CHECK(runs.counts.lines == 0);
  CHECK(runs.report.bytes == 0);
  const std::string more = lines(600, 620);
  folder.append("mail.log", more);
  runs.run({folder.path("mail.log")}, kStart + 620);
  CHECK(runs.counts.lines == 2);
  CHECK(runs.report.bytes == more.size());
  CHECK(sessions(runs) == 62);
  CHECK(runs.gaps.empty());
}

TEST_CASE("minutes that are not complete wait in the state") {
  const ScratchFolder folder;
  LogRuns runs;
  folder.write("mail.log", lines(0, 300));
  runs.run({folder.path("mail.log")}, kStart + 300);
  // The newest line is of second 290: complete is what ended 90 s before.
  CHECK(runs.stored.at(kSession).rbegin()->first == kFirst + 120);
  CHECK(runs.state.rows.at(kSession).begin()->first == kFirst + 180);
  CHECK(runs.state.closed == kFirst + 120);
  CHECK(runs.state.first == kFirst);
  runs.run({folder.path("mail.log")}, kStart + 290 + 2 * 3600);  // an old log is complete
  CHECK(runs.state.rows.empty());
  CHECK(sessions(runs.stored) == 30);
}

TEST_CASE("a line without its end waits for it") {
  const ScratchFolder folder;
  LogRuns runs;
  const std::string log = lines(0, 100);
  for (std::size_t size = 0; size <= log.size(); size += 7) {
    folder.write("mail.log", log.substr(0, size));
    runs.run({folder.path("mail.log")}, kStart + 100);
  }
  folder.write("mail.log", log);
  runs.run({folder.path("mail.log")}, kStart + 100);
  CHECK(runs.lines == 10);
  CHECK(sessions(runs) == 10);
  CHECK(runs.gaps.empty());
}

TEST_CASE("lines that come late, but not too late, count in their own minute") {
  const ScratchFolder folder;
  LogRuns runs;
  folder.write("mail.log", lines(0, 200));
  runs.run({folder.path("mail.log")}, kStart + 200);
  folder.append("mail.log", line(130, "other") + line(199, "other"));
  runs.run({folder.path("mail.log")}, kStart + 201);
  CHECK(runs.late == 0);
  runs.run({folder.path("mail.log")}, kStart + 9000);
  CHECK(runs.stored.at(kSession).at(kFirst + 120)[0] == 7);
}

TEST_CASE("lines that come too late are told, by host and day, and not counted") {
  ScopedTimeZone zone("UTC");
  const ScratchFolder folder;
  LogRuns runs;
  folder.write("mail.log", lines(0, 600));
  runs.run({folder.path("mail.log")}, kStart + 600);
  folder.append("mail.log", line(5, "slow") + line(6, "slow") + line(601));
  runs.run({folder.path("mail.log")}, kStart + 601);
  CHECK(runs.report.late.lines() == decltype(runs.report.late.lines()){{{"slow", kFirst}, 2}});
  CHECK(sessions(runs) == 61);
}

TEST_CASE("a log that is brought hours late goes on where it ended") {
  const ScratchFolder folder;
  LogRuns runs;
  folder.write("mail.log", lines(0, 600));
  runs.run({folder.path("mail.log")}, kStart + 20'000);
  folder.append("mail.log", lines(660, 1200));
  runs.run({folder.path("mail.log")}, kStart + 40'000);
  CHECK(runs.late == 0);
  CHECK(sessions(runs.stored) == 60 + 54);
}

TEST_CASE("a host that is behind keeps minutes open, a dead one for ten minutes") {
  const ScratchFolder folder;
  LogRuns runs;
  folder.write("mail.log", lines(0, 400) + line(40, "slow"));
  runs.run({folder.path("mail.log")}, kStart + 400);
  CHECK_FALSE(runs.state.closed > kFirst - 60);
  folder.append("mail.log", lines(400, 700));
  runs.run({folder.path("mail.log")}, kStart + 700);
  CHECK(runs.state.closed == kFirst + 9 * 60 - 60 + 60);
}

TEST_CASE("a line from the future moves nothing and is told") {
  const ScratchFolder folder;
  LogRuns runs;
  folder.write(
      "mail.log",
      lines(0, 300) + "2036-01-01T00:00:00Z mail milter-manager[1]: [statistics] [session][end][1](1)\n");
  runs.run({folder.path("mail.log")}, kStart + 300);
  CHECK(total(runs.report.future) == 1);
  CHECK(sessions(runs) == 30);
  CHECK(runs.state.closed == kFirst + 120);
}

TEST_CASE("lines that were lost are told by host and day, across runs") {
  ScopedTimeZone zone("UTC");
  const ScratchFolder folder;
  LogRuns runs;
  const auto heartbeat = [](int second, int written) {
    return line(second, "mail", fmt::format("[heartbeat][60.000000][1.000000][{}][0][0][0][0]", written));
  };
  folder.write("mail.log", heartbeat(0, 100));
  runs.run({folder.path("mail.log")}, kStart + 10);
  folder.append("mail.log", line(20));
  runs.run({folder.path("mail.log")}, kStart + 20);
  folder.append("mail.log", heartbeat(60, 105));  // 4 events and a heartbeat since: 3 are missing
  runs.run({folder.path("mail.log")}, kStart + 60);
  CHECK(runs.report.lost.lines() == decltype(runs.report.lost.lines()){{{"mail", kFirst}, 3}});
}

TEST_CASE("a long log is stored while it is read") {
  const ScratchFolder folder;
  folder.write("mail.log", lines(0, 80'000, 2));
  LogRuns at_once, in_parts;
  at_once.run({folder.path("mail.log")}, kStart + 90'000);
  in_parts.run({folder.path("mail.log")}, kStart + 90'000, 100);
  CHECK(in_parts.late == 0);
  CHECK(in_parts.stored == at_once.stored);
  CHECK(sessions(in_parts.stored) == 40'000);
}

TEST_CASE("the logs of several hosts may be read one after the other") {
  const ScratchFolder folder;
  folder.write("a.log", lines(0, 40'000, 2, "a"));
  folder.write("b.log", lines(0, 40'000, 2, "b"));
  LogRuns runs;
  runs.run({folder.path("a.log"), folder.path("b.log")}, kStart + 50'000, 100);
  CHECK(runs.late == 0);
  CHECK(sessions(runs.stored) == 40'000);
}

TEST_CASE("files may be given in any order, and each is read once") {
  const ScratchFolder folder;
  folder.write("mail.log.2", lines(0, 4'000));
  folder.gzip("mail.log.2");
  folder.write("mail.log.1", lines(4'000, 8'000));
  folder.write("mail.log", lines(8'000, 9'000));
  const std::vector<std::string> paths = {folder.path("mail.log"), folder.path("mail.log.1"),
                                          folder.path("mail.log.2.gz"), folder.path("mail.log")};
  LogRuns runs;
  runs.run(paths, kStart + 9'000, 10);
  CHECK(runs.late == 0);
  CHECK(sessions(runs) == 900);
  runs.run(paths, kStart + 9'000);
  CHECK(runs.lines == 900);
  // All are renamed; the pattern that gave the names gives one more.
  folder.rename("mail.log.2.gz", "mail.log.3.gz");
  folder.rename("mail.log.1", "mail.log.2");
  folder.gzip("mail.log.2");
  folder.rename("mail.log", "mail.log.1");
  folder.append("mail.log.1", lines(9'000, 9'100));
  folder.write("mail.log", lines(9'100, 9'200));
  runs.run({folder.path("mail.log"), folder.path("mail.log.1"), folder.path("mail.log.2.gz"),
            folder.path("mail.log.3.gz")},
           kStart + 9'200);
  CHECK(sessions(runs) == 920);
  CHECK(runs.lines == 920);
  CHECK(runs.gaps.empty());
}

TEST_CASE("a log and its copy are not counted twice") {
  const ScratchFolder folder;
  folder.write("mail.log.1", lines(0, 4'000));
  std::filesystem::copy_file(folder.path("mail.log.1"), folder.path("copy"));
  folder.gzip("copy");
  LogRuns runs;
  runs.run({folder.path("mail.log.1"), folder.path("copy.gz")}, kStart + 4'000);
  CHECK(runs.lines == 400);
  REQUIRE(runs.report.notes.size() == 1);
  CHECK(runs.report.notes[0] == folder.path("copy.gz") + ": begins as " + folder.path("mail.log.1") +
                                    " does, so it is taken for the same log and left out");
}

TEST_CASE("a packed log that ends too early is counted as far as it goes, and is not counted again") {
  const ScratchFolder folder;
  folder.write("mail.log.1", lines(0, 40'000, 2));
  folder.gzip("mail.log.1");
  const std::string packed = folder.read("mail.log.1.gz");
  folder.write("mail.log.1.gz", packed.substr(0, packed.size() / 2));
  LogRuns runs;
  runs.run({folder.path("mail.log.1.gz")}, kStart + 10);
  REQUIRE(runs.report.failures.size() == 1);
  CHECK(runs.report.failures[0] == folder.path("mail.log.1.gz") + ": its compressed data end too early");
  const double part = sessions(runs);
  CHECK(part > 1'000);
  folder.write("mail.log.1.gz", packed);  // now it is whole
  runs.run({folder.path("mail.log.1.gz")}, kStart + 10);
  CHECK(runs.report.failures.empty());
  CHECK(sessions(runs) + static_cast<double>(runs.late + total(runs.report.future)) == 20'000);
}

TEST_CASE("a log that can't be opened is told, and the others are read") {
  const ScratchFolder folder;
  folder.write("mail.log", lines(0, 100));
  LogRuns runs;
  runs.run({folder.path("none"), folder.path(""), folder.path("mail.log")}, kStart + 100);
  REQUIRE(runs.gaps.size() == 2);
  CHECK(runs.gaps[0] == folder.path("none") + ": cannot be opened: No such file or directory");
  CHECK(runs.gaps[1] == folder.path("") + ": is a directory, not a log");
  CHECK(runs.lines == 10);
}

TEST_CASE("a line longer than any is passed over, also across runs") {
  const ScratchFolder folder;
  LogRuns runs;
  folder.write("mail.log",
               line(0) + "2026-09-14T00:00:01Z mail x[1]: " + std::string(LineReader::kMaximumLine, 'x'));
  runs.run({folder.path("mail.log")}, kStart + 10);
  folder.append("mail.log", std::string(LineReader::kMaximumLine, 'x'));
  runs.run({folder.path("mail.log")}, kStart + 10);
  folder.append("mail.log", line(2) + line(3));
  runs.run({folder.path("mail.log")}, kStart + 10);
  CHECK(runs.lines == 3);
  CHECK(sessions(runs) == 2);
}

}  // namespace
}  // namespace milter_manager::maillog
