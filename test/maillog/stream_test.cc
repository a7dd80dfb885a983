// SPDX-License-Identifier: GPL-3.0-or-later
#include <catch2/catch.hpp>
#include <string>

#include "core/maillog/processes.h"
#include "test/maillog/reading.h"

namespace milter_manager::maillog {
namespace {

constexpr double kNow = 1789430400;  // 2026-09-15 00:00 UTC

std::string line(const std::string& text, const std::string& pid = "1", const std::string& host = "mail") {
  return "2026-09-14T00:13:24Z " + host + " milter-manager[" + pid + "]: [statistics] " + text + "\n";
}
std::string record(const std::string& text, const std::string& pid = "1", const std::string& host = "mail") {
  return "1789344804 " + host + " " + pid + " " + text;
}
std::string heartbeat(std::uint64_t lines, std::uint64_t dropped = 0) {
  return "[heartbeat][60.000000][1789344804.000000][" + std::to_string(lines) + "][0][0][0][" +
         std::to_string(dropped) + "]";
}

using Records = std::vector<std::string>;

TEST_CASE("every line of a log is accounted for") {
  LineCounts counts;
  std::vector<Sample> samples;
  const Records records =
      records_of(line("[session][start](1)") + "2026-09-14T00:13:24Z mail postfix/smtpd[1]: x\n" +
                     "2026-09-14T00:13:24Z mail milter-manager[1]: [error] x\n" + "no \x01\xff\\ stamp\n" +
                     line("[future][event](1)") + line("[session][header][add](1): <X>=<cut") +
                     line("[session][end][0.5](1)"),
                 kNow, &counts, &samples);
  CHECK(records == Records{record("[session][start](1)"), record("[session][end][0.5](1)")});
  CHECK(counts.lines == 7);
  CHECK(counts.events == 2);
  CHECK(counts.other_programs == 1);
  CHECK(counts.no_statistics == 1);
  CHECK(counts.no_stamp == 1);
  CHECK(counts.unknown == 1);
  CHECK(counts.cut == 1);
  REQUIRE(samples.size() == 2);
  CHECK(samples[0].source == "maillog");
  CHECK(samples[0].line_number == 4);
  CHECK(samples[0].text == "no \\x01\\xff\\x5c stamp");
  CHECK(samples[1].text == "2026-09-14T00:13:24Z mail milter-manager[1]: [statistics] [future][event](1)");
}

TEST_CASE("only a few lines that were not understood are kept, and only their beginnings") {
  std::string log;
  for (int i = 0; i < 100; ++i) log += std::string(1000, 'x') + "\n";
  std::vector<Sample> samples;
  LineCounts counts;
  records_of(log, kNow, &counts, &samples);
  CHECK(counts.no_stamp == 100);
  CHECK(samples.size() == 5);
  CHECK(samples[0].text == std::string(200, 'x') + "...");
}

TEST_CASE("folded values arrive as they were, by rsyslog and raw") {
  const std::string ours = record(R"([milter][header][add](1): <X>=<a;\x0a\x09b>: opendkim)");
  CHECK(records_of(line("[milter][header][add](1): <X>=<a;#012#011b>: opendkim"), kNow) == Records{ours});
}

TEST_CASE("escapes are undone only for processes that have written a heartbeat") {
  const std::string escaped = "[milter][end][body][pass][0](1): \\x41";
  const Records records = records_of(
      line(escaped) + line(heartbeat(1)) + line(escaped) + line(escaped, "2") + line(escaped, "1", "other"),
      kNow);
  CHECK(records == Records{record("[milter][end][body][pass][0](1): \\x5cx41"), record(heartbeat(1)),
                           record("[milter][end][body][pass][0](1): A"),
                           record("[milter][end][body][pass][0](1): \\x5cx41", "2"),
                           record("[milter][end][body][pass][0](1): \\x5cx41", "1", "other")});
}

TEST_CASE("what was escaped is not undone twice") {
  const Records records =
      records_of(line(heartbeat(0)) + line("[milter][end][body][pass][0](1): \\x23012\\x5cx41"), kNow);
  CHECK(records[1] == record("[milter][end][body][pass][0](1): \\x23012\\x5cx41"));
}

TEST_CASE("a header line without its end counts for what it shows, for no milter") {
  const std::string shown = "[milter][header][add](1): <X-Spam-Flag>=<YES";
  const std::string expected = record(shown + "\\~>: ");
  for (const std::string end : {"", ">", ">:", ">: "}) {
    CAPTURE(end);
    LineCounts counts;
    CHECK(records_of(line(shown + end), kNow, &counts) ==
          Records{end == ">: " ? record(shown + ">: ") : expected});
    CHECK(counts.events == 1);
  }
}

TEST_CASE("the milter's name at the end of a line of 8 KiB is not to be relied on") {
  const std::string begin = "[milter][header][add](1): <X>=<Infected ";
  for (const std::size_t length : {7900U, 8000U, 8192U, 8400U, 8600U}) {
    std::string whole = line(begin);
    const std::string end = " a>: b>: cla";
    whole.insert(whole.size() - 1, std::string(length - (whole.size() - 1) - end.size(), 'x') + end);
    CAPTURE(length, whole.size());
    LineCounts counts;
    const Records records = records_of(whole, kNow, &counts);
    REQUIRE(records.size() == 1);
    const bool is_cut = length >= 8000 && length <= 8512;
    CHECK(counts.cut == (is_cut ? 1 : 0));
    const std::string_view expected_end = is_cut ? " a\\x3e: b\\x3e: cla\\~>: " : " a\\x3e: b>: cla";
    CHECK(std::string_view(records[0]).ends_with(expected_end));
  }
}

TEST_CASE("a header value longer than any line is cut, and what follows is read") {
  const std::string log =
      line("[milter][header][add](1): <X>=<" + std::string(100'000, 'x') + ">: opendkim") +
      line("[session][start](2)");
  LineCounts counts;
  const Records records = records_of(log, kNow, &counts);
  REQUIRE(records.size() == 2);
  CHECK(std::string_view(records[0]).ends_with("xxx\\~>: "));
  CHECK(records[1] == record("[session][start](2)"));
  CHECK(counts.cut == 1);
}

TEST_CASE("a file still written to keeps its unfinished line for later") {
  const std::string log = line("[session][start](1)") + line("[session][start](2)");
  for (const auto last_line : {Stream::LastLine::take, Stream::LastLine::leave}) {
    std::size_t records = 0;
    Stream stream({}, [&](const Record&) { ++records; });
    MemorySource source(log.substr(0, log.size() - 1));
    const auto done = stream.read(source, "maillog", last_line);
    REQUIRE(done);
    const bool takes = last_line == Stream::LastLine::take;
    CHECK(records == (takes ? 2 : 1));
    CHECK(*done == (takes ? log.size() - 1 : log.size() / 2));
  }
}

TEST_CASE("what came before an error of the log is reported") {
  std::size_t records = 0;
  Stream stream({}, [&](const Record&) { ++records; });
  MemorySource source(line("[session][start](1)"), 10, "maillog: cannot be read: it is gone");
  const auto done = stream.read(source, "maillog");
  REQUIRE_FALSE(done);
  CHECK(done.error().message == "maillog: cannot be read: it is gone");
  CHECK(records == 1);
}

TEST_CASE("heartbeats tell how many lines were lost") {
  Processes processes;
  const auto beat = [&](std::uint64_t lines, std::uint64_t dropped, int lines_before) {
    for (int i = 0; i <= lines_before; ++i) processes.line(1, 7);
    processes.line(1, 8);  // another process's lines do not count
    processes.line(1, 7);
    statistics::Heartbeat heartbeat;
    heartbeat.lines = lines;
    heartbeat.dropped = dropped;
    return processes.heartbeat(heartbeat);
  };
  struct Case {
    std::uint64_t lines, dropped;
    int lines_before;  // and one more, and the heartbeat
    Delivery expected;
  };
  const Case cases[] = {
      {100, 5, 2, {4, 0, 0}},    // the first: what was before it is not known
      {110, 5, 8, {10, 0, 0}},   // complete
      {120, 7, 5, {10, 3, 2}},   // three did not come
      {130, 7, 20, {10, 0, 0}},  // more than was written: a log read twice loses nothing
      {3, 1, 1, {4, 1, 1}},      // a new process
  };
  for (const Case& c : cases) {
    CAPTURE(c.lines);
    const Delivery delivery = beat(c.lines, c.dropped, c.lines_before);
    CHECK(delivery.written == c.expected.written);
    CHECK(delivery.lost == c.expected.lost);
    CHECK(delivery.dropped == c.expected.dropped);
  }
}

TEST_CASE("of too many processes the ones heard from last are remembered") {
  Processes processes;
  const auto beat = [&](std::uint32_t pid) {
    processes.line(1, pid);
    processes.heartbeat({});
  };
  beat(1);
  for (std::uint32_t pid = 2; pid <= Processes::kMaximum; ++pid) beat(pid);
  processes.line(1, Processes::kMaximum + 1);
  CHECK(processes.line(1, Processes::kMaximum) == statistics::Escapes::undone);
  CHECK(processes.line(1, 1) == statistics::Escapes::literal);
}

TEST_CASE("records carry what their heartbeat told") {
  std::vector<Delivery> deliveries;
  Stream stream({}, [&](const Record& r) { deliveries.push_back(r.delivery); });
  MemorySource source(line(heartbeat(10)) + line("[session][start](1)") + line(heartbeat(15)));
  REQUIRE(stream.read(source, "maillog"));
  REQUIRE(deliveries.size() == 3);
  CHECK(deliveries[1].written == 0);
  CHECK(deliveries[2].written == 5);
  CHECK(deliveries[2].lost == 3);
}

}  // namespace
}  // namespace milter_manager::maillog
