// SPDX-License-Identifier: GPL-3.0-or-later
// Journals made by systemd-journal-remote, as on a host that gathers those of others.
#include "core/maillog/journal_source.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>

#include "test/maillog/log_runs.h"
#include "test/maillog/reading.h"

namespace milter_manager::maillog {
namespace {

constexpr std::int64_t kStart = 1789344000;  // 2026-09-14 00:00 UTC

std::string entry(int second, const std::string& text, const std::string& program = "milter-manager") {
  return fmt::format(
      "__REALTIME_TIMESTAMP={}000000\n__MONOTONIC_TIMESTAMP={}\n_BOOT_ID=00000000000000000000000000000001\n"
      "_HOSTNAME=mail\nSYSLOG_IDENTIFIER={}\nSYSLOG_PID=77\nMESSAGE={}\n\n",
      kStart + second, second + 1, program, text);
}
std::string session(int second) { return entry(second, "[statistics] [session][end][0.5](1)"); }

class Journal {
 public:
  Journal() { std::filesystem::create_directory(folder_.path("journal")); }

  void append(const std::string& entries, const std::string& file = "a") {
    folder_.write("export", entries);
    const std::string command =
        fmt::format("/lib/systemd/systemd-journal-remote -o {}/{}.journal {} >{} 2>&1",
                    folder_.path("journal"), file, folder_.path("export"), folder_.path("output"));
    const int status = std::system(command.c_str());
    INFO(folder_.read("output"));
    REQUIRE(status == 0);
  }
  void remove(const std::string& file) {
    std::filesystem::remove(folder_.path("journal/" + file + ".journal"));
  }

  void run(double now) {
    ReadState before;
    if (!state_text.empty()) before = from_text(state_text).value();
    Collector::Settings settings;
    settings.now = now;
    Collector collector(settings, std::move(before), [](SeriesTable&&, const LogClock&) {});
    const auto done = read_journal(folder_.path("journal"), "milter-manager", collector);
    INFO((done ? "" : done.error().message));
    REQUIRE(done);
    collector.close_minutes();
    counts = collector.stream().counts();
    gaps = collector.report().gaps;
    failures = collector.report().failures;
    late = total(collector.report().late);
    state = collector.state();
    state_text = to_text(state);
  }

  LineCounts counts;
  std::vector<std::string> gaps, failures;
  std::uint64_t late = 0;
  ReadState state;
  std::string state_text;

 private:
  ScratchFolder folder_;
};

TEST_CASE("a journal is read from where the run before ended") {
  REQUIRE(can_read_journal());
  Journal journal;
  journal.append(session(0) + entry(1, "other", "smtpd") + session(2));
  journal.run(kStart + 10);
  CHECK(journal.counts.lines == 2);  // other programs' entries are not even looked at
  CHECK(journal.counts.events == 2);
  journal.run(kStart + 10);
  CHECK(journal.counts.lines == 0);
  journal.append(session(3));
  journal.run(kStart + 10);
  CHECK(journal.counts.events == 1);
  CHECK(journal.gaps.empty());
  CHECK(journal.state.rows.at({Kind::session, "", ""}).at(kStart)[0] == 3);
}

TEST_CASE("entries of any program move the journal's clock") {
  Journal journal;
  journal.append(session(0) + entry(200, "x", "smtpd"));
  journal.run(kStart + 210);
  CHECK(journal.state.closed == kStart);
}

TEST_CASE("a journal that lost the entry read last has a gap, which is told once") {
  Journal journal;
  journal.append(session(0) + session(2));
  journal.run(kStart + 10);
  journal.remove("a");
  journal.append(session(5) + session(6), "b");
  journal.run(kStart + 10);
  CHECK(journal.gaps ==
        std::vector<std::string>{"the journal no longer holds the entry that was read last: entries "
                                 "that came after it may be missing"});
  CHECK(journal.counts.events == 2);
  journal.run(kStart + 10);
  CHECK(journal.gaps.empty());
  CHECK(journal.counts.events == 0);
}

TEST_CASE("a journal that lost everything has a gap, and is read when there is something again") {
  Journal journal;
  journal.append(session(0));
  journal.run(kStart + 10);
  journal.remove("a");
  journal.run(kStart + 10);
  CHECK(journal.gaps.size() == 1);
  journal.append(session(5), "b");
  journal.run(kStart + 10);
  CHECK(journal.gaps.empty());
  CHECK(journal.counts.events == 1);
}

TEST_CASE("a journal of which nothing can be read is told") {
  Journal journal;
  journal.run(kStart + 10);
  CHECK(journal.failures.size() == 1);
  journal.append(entry(1, "other", "smtpd"));
  journal.run(kStart + 10);
  CHECK(journal.failures.empty());
}

TEST_CASE("a cursor that is none is a gap") {
  Journal journal;
  journal.append(session(0));
  ReadState state;
  state.journal_cursor = "nonsense";
  journal.state_text = to_text(state);
  journal.run(kStart + 10);
  CHECK(journal.gaps.size() == 1);
  CHECK(journal.counts.events == 1);
}

TEST_CASE("a journal's texts may hold any bytes") {
  Journal journal;
  const std::string text = "[statistics] [milter][header][add](1): <X>=<a\xff\n\tb>: m";
  std::string bytes = "MESSAGE\n";
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(i == 0 ? text.size() : 0);
  std::string whole = session(0);
  whole.replace(whole.find("MESSAGE="), std::string::npos, bytes + text + "\n\n");
  journal.append(whole);
  journal.run(kStart + 10);
  CHECK(journal.counts.events == 1);
}

TEST_CASE("a journal that is not there is an error") {
  Collector collector({}, {}, [](SeriesTable&&, const LogClock&) {});
  const auto done = read_journal("/nonexistent", "milter-manager", collector);
  REQUIRE_FALSE(done);
  CHECK(done.error().message == "the journal cannot be opened: No such file or directory");
}

}  // namespace
}  // namespace milter_manager::maillog
