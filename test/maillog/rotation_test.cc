// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/maillog/rotation.h"

#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

#include "test/maillog/log_runs.h"

namespace milter_manager::maillog {
namespace {

constexpr double kStart = 1789344000;  // 2026-09-14 00:00 UTC

std::string line(int number) {
  const int second = number * 2;
  return fmt::format(
      "2026-09-14T{:02}:{:02}:{:02}Z mail milter-manager[1]: [statistics] [session][end][0.5]({})\n",
      second / 3600, second / 60 % 60, second % 60, number);
}
std::string lines(int from, int to) {
  std::string out;
  for (int number = from; number < to; ++number) out += line(number);
  return out;
}
double now_after(int number) { return kStart + number * 2; }

TEST_CASE("rotated files are known by their names") {
  for (const char* name : {"mail.log.1", "mail.log.12.gz", "mail.log-20260914", "mail.log-20260914.zst",
                           "mail.log-2026-09-14.xz", "mail-20260914.log", "mail.1.log.gz", "mail.log_1"}) {
    CAPTURE(name);
    CHECK(is_rotation_of(name, "mail.log"));
  }
  for (const char* name : {"mail.log", "mail.err", "mail.err.1", "mail.log.gz", "mail.log.old", "mail.log1",
                           "mail", "xmail.log.1", "mail.log.1.bak", "mail.log.", "mail-x1.log", "mail.1"}) {
    CAPTURE(name);
    CHECK_FALSE(is_rotation_of(name, "mail.log"));
  }
  CHECK(is_rotation_of("maillog-20260914", "maillog"));
}

TEST_CASE("rotated files come newest first") {
  const ScratchFolder folder;
  for (const char* name :
       {"mail.log", "mail.log.1", "mail.log.10.gz", "mail.log.2.gz", "mail.log.2", "mail.err.1"}) {
    folder.write(name, "");
  }
  CHECK(rotated_logs(folder.path("mail.log")) ==
        std::vector<std::string>{folder.path("mail.log.1"), folder.path("mail.log.2"),
                                 folder.path("mail.log.2.gz"), folder.path("mail.log.10.gz")});
  for (const char* name : {"m", "m-20260913.gz", "m-20260914", "m-20251231.xz"}) folder.write(name, "");
  CHECK(rotated_logs(folder.path("m")) == std::vector<std::string>{folder.path("m-20260914"),
                                                                   folder.path("m-20260913.gz"),
                                                                   folder.path("m-20251231.xz")});
  CHECK(rotated_logs("/nonexistent/m").empty());
}

TEST_CASE("patterns are expanded, names are not") {
  const ScratchFolder folder;
  for (const char* name : {"a.log", "a.log.1", "b[1].log"}) folder.write(name, "");
  CHECK(expand_patterns({folder.path("a.log*"), folder.path("a.log"), "-", folder.path("b[1].log"),
                         folder.path("none*"), folder.path("none")}) ==
        std::vector<std::string>{folder.path("a.log"), folder.path("a.log.1"), "-", folder.path("b[1].log"),
                                 folder.path("none*"), folder.path("none")});
}

struct Rotated {
  ScratchFolder folder;
  LogRuns runs;
  std::string log = folder.path("mail.log");

  Rotated() {
    folder.write("mail.log", lines(0, 100));
    run(100);
    folder.append("mail.log", lines(100, 200));
  }
  void run(int number) { runs.run({log}, now_after(number)); }
  void check(std::uint64_t expected) {
    CHECK(runs.lines == expected);
    CHECK(runs.events == expected);
    CHECK(runs.late == 0);
    CHECK(runs.gaps.empty());
    CHECK(runs.report.failures.empty());
  }
};

TEST_CASE("a renamed log is finished first") {
  Rotated t;
  t.folder.rename("mail.log", "mail.log.1");
  t.folder.write("mail.log", lines(200, 250));
  t.run(250);
  t.check(250);
}

TEST_CASE("a log that was renamed and packed is finished first") {
  Rotated t;
  t.folder.rename("mail.log", "mail.log-20260914");
  t.folder.gzip("mail.log-20260914");
  t.folder.write("mail.log", lines(200, 250));
  t.run(250);
  t.check(250);
  t.run(250);
  t.check(250);
}

TEST_CASE("between renaming and the new file there is only the renamed one") {
  Rotated t;
  t.folder.rename("mail.log", "mail.log.1");
  t.run(200);
  t.check(200);
  t.run(200);
  t.folder.write("mail.log", lines(200, 250));
  t.run(250);
  t.check(250);
}

TEST_CASE("a renamed log to which the logger still writes is read on") {
  Rotated t;
  t.folder.rename("mail.log", "mail.log.1");
  t.folder.write("mail.log", "");
  t.run(200);
  t.folder.append("mail.log.1", lines(200, 210));
  t.run(210);
  t.folder.write("mail.log", lines(210, 250));
  t.run(250);
  t.check(250);
  t.folder.append("mail.log.1", line(249));  // this late nothing should come, but it is seen
  t.folder.gzip("mail.log.1");
  t.run(250);
  t.check(251);
  t.run(250);
  t.check(251);
}

TEST_CASE("logs that came and went between two runs are read") {
  Rotated t;
  t.folder.rename("mail.log", "mail.log.4");
  t.folder.gzip("mail.log.4");
  t.folder.write("mail.log.3", lines(200, 250));
  t.folder.gzip("mail.log.3");
  t.folder.write("mail.log.2", lines(250, 300));
  t.folder.write("mail.log.2.gz", "");  // gzip has just begun
  t.folder.write("mail.log.1", lines(300, 350));
  t.folder.write("mail.log", lines(350, 400));
  t.folder.write("mail.log.5",
                 "2026-09-01T00:00:00Z mail milter-manager[1]: [statistics] [session][end][0](1)\n");
  t.run(400);
  t.check(400);
  t.run(400);
  t.check(400);
}

TEST_CASE("a log that was copied and truncated is finished first") {
  Rotated t;
  t.folder.copy_and_truncate("mail.log", "mail.log.1");
  SECTION("before anything new is written") {
    t.run(200);
    t.check(200);
  }
  t.folder.append("mail.log", lines(200, 250));
  t.run(250);
  t.check(250);
  SECTION("and grows beyond where it was") {
    t.folder.append("mail.log", lines(250, 600));
    t.run(600);
    t.check(600);
  }
}

TEST_CASE("a log that grew beyond where it was before the next run has been truncated all the same") {
  Rotated t;
  t.folder.copy_and_truncate("mail.log", "mail.log.1");
  t.folder.gzip("mail.log.1");
  t.folder.append("mail.log", lines(200, 600));
  t.run(600);
  t.check(600);
}

TEST_CASE("what was written to an empty log that was copied, renamed or packed before the next run is read") {
  const ScratchFolder folder;
  LogRuns runs;
  folder.write("mail.log", "");
  runs.run({folder.path("mail.log")}, kStart);
  folder.append("mail.log", lines(0, 100));
  SECTION("copied") { folder.copy_and_truncate("mail.log", "mail.log.1"); }
  SECTION("renamed") { folder.rename("mail.log", "mail.log.1"); }
  SECTION("packed") {
    folder.rename("mail.log", "mail.log.1");
    folder.gzip("mail.log.1");
  }
  folder.append("mail.log", lines(100, 150));
  runs.run({folder.path("mail.log")}, now_after(150));
  CHECK(runs.lines == 150);
  CHECK(runs.gaps.empty());
}

TEST_CASE("a log that was moved to another disk and back is the same") {
  Rotated t;
  const std::string text = t.folder.read("mail.log");
  t.folder.write("copy", text);
  t.folder.rename("copy", "mail.log");
  t.run(200);
  t.check(200);
}

TEST_CASE("a log that was cut short without a copy leaves a gap, which is told") {
  Rotated t;
  t.folder.write("mail.log", lines(200, 210));
  t.run(210);
  REQUIRE(t.runs.gaps.size() == 1);
  CHECK(
      t.runs.gaps[0] ==
      fmt::format(
          "{}: has been replaced or cut short, and what was read up to byte {} is not found beside it; what "
          "was written after that is missing",
          t.log, lines(0, 100).size()));
  CHECK(t.runs.lines == 110);
  t.run(210);
  CHECK(t.runs.gaps.size() == 1);
}

TEST_CASE("a log that is gone is told in each run, and goes on when it is back") {
  Rotated t;
  t.folder.rename("mail.log", "elsewhere");
  t.run(200);
  t.run(200);
  CHECK(t.runs.gaps.size() == 2);
  t.folder.rename("elsewhere", "mail.log");
  t.run(200);
  CHECK(t.runs.lines == 200);
  CHECK(t.runs.gaps.size() == 2);
}

TEST_CASE("what is not asked for in a run is not read, and not forgotten") {
  Rotated t;
  t.folder.write("other.log", lines(0, 10));
  t.runs.run({t.folder.path("other.log")}, now_after(200));
  CHECK(t.runs.counts.lines == 10);
  t.run(200);
  CHECK(t.runs.counts.lines == 100);
  CHECK(t.runs.gaps.empty());
}

TEST_CASE("a log that is reached through a link is the same") {
  Rotated t;
  std::filesystem::create_symlink("mail.log", t.folder.path("link"));
  t.runs.run({t.folder.path("link")}, now_after(200));
  t.check(200);
}

TEST_CASE("a log that is read by turns under two names counts once") {
  Rotated t;
  std::filesystem::create_directory(t.folder.path("folder"));
  const std::string other = t.folder.path("folder/../mail.log");
  t.runs.run({other}, now_after(200));
  t.check(200);
  t.run(200);
  t.check(200);
  t.folder.append("mail.log", lines(200, 210));
  t.runs.run({other}, now_after(210));
  t.check(210);
  t.folder.append("mail.log", lines(210, 220));
  t.folder.rename("mail.log", "mail.log.1");
  t.folder.write("mail.log", lines(220, 230));
  t.runs.run({other}, now_after(230));
  t.check(230);
  t.run(230);
  t.check(230);
  t.folder.append("mail.log", lines(230, 240));
  t.folder.rename("mail.log", "mail.log.2");
  t.folder.write("mail.log", lines(240, 250));
  t.runs.run({other}, now_after(250));
  t.check(250);
}

// A log that is written, rotated and read at random. Lines of two hosts, up to a minute out of order.
class RandomHistory {
 public:
  explicit RandomHistory(unsigned seed) : random_(seed) {
    int second = 0;
    for (int i = 0; i < 1500; ++i) {
      second += upto(8);
      const int at = std::max(0, second - (upto(5) == 0 ? upto(60) : 0));
      const char* const host = upto(2) == 0 ? "a" : "b.example.org";
      std::string text;
      switch (upto(4)) {
        case 0:
          text = fmt::format("[milter][end][end-of-message][accept][0.1]({}): m{}", i, upto(3));
          break;
        case 1:
          text = fmt::format("[sessions][finished] {}(+1) {}", i, upto(9));
          break;
        case 2:
          text = fmt::format("[heartbeat][60.000000][1.000000][{}][0][0][0][0]", i);
          break;
        default:
          text = fmt::format("[session][end][end-of-message][pass][0.5]({})", i);
      }
      log_ += fmt::format("2026-09-14T{:02}:{:02}:{:02}Z {} milter-manager[{}]: [statistics] {}\n", at / 3600,
                          at / 60 % 60, at % 60, host, 1 + upto(2), text);
      ends_.emplace_back(log_.size(), second);
    }
  }

  void check() {
    ScratchFolder whole;
    whole.write("mail.log", log_);
    LogRuns once;
    once.run({whole.path("mail.log")}, kLater);

    folder_.write("mail.log", "");
    runs_.run({folder_.path("mail.log")}, kStart);
    while (at_ < log_.size()) step();
    if (!rotated_into_.empty()) finish_rotation();
    runs_.run({folder_.path("mail.log")}, kLater);
    CHECK(runs_.gaps.empty());
    CHECK(runs_.late == 0);
    CHECK(runs_.lines == once.lines);
    CHECK(runs_.lost == once.lost);
    CHECK(runs_.stored == once.stored);
    CHECK(runs_.state.rows.empty());
  }

 private:
  static constexpr double kLater = kStart + 100'000;

  int upto(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }

  void step() {
    switch (upto(6)) {
      case 0:
        rotate();
        break;
      case 1:
      case 2:
        runs_.run({folder_.path("mail.log")}, kStart + time_);
        break;
      default:
        write(static_cast<std::size_t>(upto(4000)));
    }
  }

  // Any number of bytes, be it in the midst of a line. The old file gets them until the logger is told of the
  // new one.
  void write(std::size_t size) {
    size = std::min(size, log_.size() - at_);
    folder_.append(rotated_into_.empty() ? "mail.log" : rotated_into_,
                   std::string_view(log_).substr(at_, size));
    at_ += size;
    while (next_ < ends_.size() && ends_[next_].first <= at_) time_ = ends_[next_++].second;
    if (!rotated_into_.empty() && upto(2) == 0) finish_rotation();
  }

  void rotate() {
    if (!rotated_into_.empty()) finish_rotation();
    // A logger ends its lines before it leaves a file.
    write_rest_of_line();
    if (!rotated_into_.empty()) return;
    shift(1);
    if (upto(3) == 0) {
      folder_.copy_and_truncate("mail.log", "mail.log.1");
      if (upto(2) == 0) folder_.gzip("mail.log.1");
      return;
    }
    folder_.rename("mail.log", "mail.log.1");
    rotated_into_ = "mail.log.1";
    if (upto(2) == 0) folder_.write("mail.log", "");
  }

  void finish_rotation() {
    const std::size_t end = at_ == 0 ? 0 : log_.find('\n', at_ - 1) + 1;
    folder_.append(rotated_into_, std::string_view(log_).substr(at_, end - at_));
    at_ = end;
    folder_.append("mail.log", "");
    if (upto(3) == 0) folder_.gzip(rotated_into_);
    rotated_into_.clear();
  }

  void write_rest_of_line() {
    if (at_ == 0) return;
    const std::size_t end = log_.find('\n', at_ - 1) + 1;
    folder_.append("mail.log", std::string_view(log_).substr(at_, end - at_));
    at_ = end;
  }

  void shift(int number) {
    const std::string plain = fmt::format("mail.log.{}", number);
    const std::string packed = plain + ".gz";
    if (std::filesystem::exists(folder_.path(plain)) || std::filesystem::exists(folder_.path(packed))) {
      shift(number + 1);
      const std::string to = fmt::format("mail.log.{}", number + 1);
      if (std::filesystem::exists(folder_.path(plain))) folder_.rename(plain, to);
      if (std::filesystem::exists(folder_.path(packed))) folder_.rename(packed, to + ".gz");
    }
  }

  std::mt19937 random_;
  std::string log_;
  std::vector<std::pair<std::size_t, int>> ends_;  // of each line, and the time by then
  std::size_t at_ = 0;                             // what is written
  std::size_t next_ = 0;
  int time_ = 0;
  std::string rotated_into_;  // the renamed file that still gets lines
  ScratchFolder folder_;
  LogRuns runs_;
};

TEST_CASE("any number of runs over any rotation counts what one run counts") {
  for (unsigned seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    RandomHistory(seed).check();
  }
}

}  // namespace
}  // namespace milter_manager::maillog
