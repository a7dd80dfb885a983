// SPDX-License-Identifier: GPL-3.0-or-later
// What log analyzers are known to get wrong, each as it was seen: the whole program, on logs as loggers write them.
#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "test/log_analyzer/program.h"

namespace milter_manager::log_analyzer {
namespace {

const std::string kRun = "--no-graphs --json --output-directory out --now 2026-09-15T00:00:00Z ";

// The sum over all minutes of what this run stored.
double sum(const Finished& run, const std::string& file, const std::string& source) {
  INFO(run.errors);
  REQUIRE(run.status == 0);
  const auto json = nlohmann::json::parse(run.output);
  if (!json.at("series").contains(file)) return 0;
  const auto& series = json.at("series").at(file);
  const auto sources = series.at("sources").get<std::vector<std::string>>();
  const auto at = std::find(sources.begin(), sources.end(), source) - sources.begin();
  REQUIRE(at < static_cast<std::ptrdiff_t>(sources.size()));
  double total = 0;
  for (const auto& [minute, row] : series.at("minutes").items())
    total += row.at(static_cast<std::size_t>(at)).get<double>();
  return total;
}

const std::string kEnd = "[statistics] [session][end][end-of-message][pass][0.5](1)";

}  // namespace

TEST_CASE("no logger's lines are passed over in silence") {
  const std::pair<const char*, std::string> lines[] = {
      {"RFC 3164", "Sep 14 10:00:00 mail milter-manager[77]: " + kEnd + "\n"},
      {"RFC 3339, Debian 12", "2026-09-14T10:00:00.025678+00:00 mail milter-manager[77]: " + kEnd + "\n"},
      {"RFC 5424", "<22>1 2026-09-14T10:00:00.025678+00:00 mail milter-manager 77 - -  " + kEnd + "\n"},
      {"forwarded as RFC 5424", "2026-09-14T10:00:00.025678+00:00 mail milter-manager[77] " + kEnd + "\n"},
      {"a dotted host name", "Sep 14 10:00:00 mx1.example.org milter-manager[77]: " + kEnd + "\n"},
      {"an address as host", "Sep 14 10:00:00 2001:db8::1 milter-manager[77]: " + kEnd + "\n"},
      {"Solaris", "Sep 14 10:00:00 mail milter-manager[77]: [ID 702911 mail.notice] " + kEnd + "\n"},
      {"the journal",
       R"({"__REALTIME_TIMESTAMP":"1789380000000000","_HOSTNAME":"mail","SYSLOG_IDENTIFIER":"milter-manager",)"
       R"("_PID":"77","MESSAGE":")" +
           kEnd + "\"}\n"},
  };
  for (const auto& [name, line] : lines) {
    CAPTURE(name);
    const ScratchDirectory directory;
    CHECK(sum(analyze(directory, kRun, line), "session.rrd", "smtp") == 1);
  }
}

TEST_CASE("a log of which nothing is understood is told") {
  const ScratchDirectory directory;
  const auto run = analyze(directory, kRun, "14/09/2026 10:00 mail milter-manager[77]: " + kEnd + "\n");
  CHECK(run.errors.find("1 lines are in no format that is known") != std::string::npos);
  CHECK(run.errors.find("none of 1 lines is a statistics line of milter-manager") != std::string::npos);
}

TEST_CASE("a log without any statistics line is told when it is read for the first time") {
  const ScratchDirectory directory;
  write_file(directory / "log", "2026-09-14T10:00:00+00:00 mail postfix/smtpd[1]: connect from unknown\n");
  CHECK(analyze(directory, kRun + " log").errors.find("none of 1 lines") != std::string::npos);
  write_file(directory / "log", read_file(directory / "log") + "2026-09-14T10:00:01+00:00 mail cron[2]: x\n");
  CHECK(analyze(directory, kRun + " log").errors.empty());
}

TEST_CASE("a value that rsyslog wrote with #012#011 is read as the folded value that it is") {
  const ScratchDirectory directory;
  const auto run = analyze(directory, kRun,
                           log_of({{"10:00:00",
                                    "[milter][header][add](2): <Authentication-Results>=<mx;#012#011spf=pass "
                                    "a;#012#011sender-id=fail;"
                                    "#012#011dkim=pass b>: opendkim"},
                                   {"10:00:01",
                                    "[milter][header][add](3): <X-Spam-Status>=<Yes, "
                                    "tests=A,#012#011URIBL_BLACK>: spamass-milter"}}));
  CHECK(sum(run, "milter-manager.report.rrd", "spf_pass") == 1);
  CHECK(sum(run, "milter-manager.report.rrd", "sender_id_fail") == 1);
  CHECK(sum(run, "milter-manager.report.rrd", "dkim_pass") == 1);
  CHECK(sum(run, "milter-manager.report.rrd", "uribl") == 1);
}

TEST_CASE("a line out of order wipes nothing and is not lost") {
  const ScratchDirectory directory;
  const std::string end = "[session][end][end-of-message][pass][0.5](1)";
  const auto run = analyze(
      directory, kRun,
      log_of(
          {{"10:00:59", end}, {"10:01:01", end}, {"10:00:58", end}, {"10:01:02", end}, {"10:01:00", end}}));
  CHECK(sum(run, "session.rrd", "smtp") == 5);
  const auto minutes = nlohmann::json::parse(run.output)["series"]["session.rrd"]["minutes"];
  CHECK(minutes["1789380000"][0] == 2);
  CHECK(minutes["1789380060"][0] == 3);
}

TEST_CASE("a quarantined message counts, with its tag and in old logs without") {
  const ScratchDirectory directory;
  const auto run = analyze(directory, kRun,
                           log_of({{"10:00:00", "[reply][end-of-message][quarantine](7)"},
                                   {"10:00:01", "[reply][end-of-message][quarantine]"},
                                   {"10:00:02", "[milter][end][end-of-message][quarantine][0.5](2): m"}}));
  CHECK(sum(run, "milter-manager.status.rrd", "quarantine") == 2);
  CHECK(sum(run, "milter.status.m.rrd", "quarantine") == 1);
}

TEST_CASE("no milter's name ends a run, or makes a file outside the directory") {
  const ScratchDirectory directory;
  std::string log;
  const std::vector<std::string> names = {
      "x/y", "x:y", "x/../../../escaped", "%s%n", "\"';$(touch escaped)", std::string(300, 'n')};
  for (const std::string& name : names) {
    log += log_of({{"10:00:00", "[milter][end][end-of-message][reject][0.5](2): " + name}});
  }
  log += log_of({{"10:00:01", "[session][end][end-of-message][pass][0.5](1)"}});
  const auto run = analyze(directory, kRun, log);
  CHECK(sum(run, "session.rrd", "child") == static_cast<double>(names.size()));
  CHECK(sum(run, "session.rrd", "smtp") == 1);
  for (const auto& [name, contents] : files_in(directory.path())) CHECK(name.starts_with("out/"));
}

TEST_CASE("what several hosts wrote is the sum, and what one of them lost is told by its name") {
  const ScratchDirectory directory;
  std::string log;
  const std::string lost = "[sessions][finished] 1(+1) 3";
  for (const std::string host : {"mx1.example.org", "mx2.example.org"}) {
    for (const std::string& text : {std::string("[heartbeat][60][1789380000][10][0][0][0][0]"),
                                    std::string("[session][end][end-of-message][pass][0.5](1)"), lost,
                                    std::string("[heartbeat][60][1789380060][13][1][0][0][0]")}) {
      if (text == lost && host == "mx1.example.org") continue;
      log += fmt::format("2026-09-14T10:00:00Z {} milter-manager[77]: [statistics] {}\n", host, text);
    }
  }
  const auto run = analyze(directory, kRun, log);
  CHECK(sum(run, "session.rrd", "smtp") == 2);
  CHECK(sum(run, "session.rrd", "concurrent") == 3);
  CHECK(sum(run, "health.rrd", "processes") == 2);
  CHECK(
      run.errors.find(
          "host mx1.example.org on 2026-09-14: 1 statistics lines were written that never reached the log") !=
      std::string::npos);
  CHECK(run.errors.find("mx2") == std::string::npos);
}

}  // namespace milter_manager::log_analyzer
