// SPDX-License-Identifier: GPL-3.0-or-later
// The program over several runs, and what it tells of its reading.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/maillog/installed_rules.h"
#include "milter-manager-log-analyzer/explain.h"
#include "milter-manager-log-analyzer/progress.h"
#include "test/log_analyzer/program.h"

namespace milter_manager::log_analyzer {

namespace fs = std::filesystem;
using maillog::load_rules;

namespace {

constexpr const char* kName = "milter-manager-log-analyzer: ";
constexpr const char* kOptions = "--output-directory out --no-graphs --log log ";

std::string session(const std::string& time) {
  return log_of({{time, "[session][end][quit][pass][0.7](3)"}});
}
const std::string kLastLine = log_of({{"11:00:00", "[sessions][finished] 2(+1) 0"}});

// Sessions in the archive, all in all.
std::string sessions(const ScratchDirectory& directory) {
  return archive::rrdtool(directory,
                          "fetch out/session.rrd MAX -r 60 -s 1789372800 -e 1789387200 | "
                          "awk '$2 ~ /e[+]/ {sum += $2} END {print sum}'");
}
Finished run_at(const ScratchDirectory& directory, const std::string& time, const std::string& more = {}) {
  return analyze(directory, fmt::format("{} --now 2026-09-14T{}Z {}", kOptions, time, more));
}

}  // namespace

TEST_CASE("lines written between the last run and a rotation are counted") {
  const ScratchDirectory directory;
  write_file(directory / "log", session("10:00:00"));
  CHECK(run_at(directory, "10:05:00").status == 0);
  write_file(directory / "log.1", session("10:00:00") + session("10:06:00"));
  fs::remove(directory / "log");
  write_file(directory / "log", session("10:07:00") + kLastLine);
  const auto run = run_at(directory, "11:05:00");
  CHECK(run.errors == "");
  CHECK(run.status == 0);
  CHECK(sessions(directory) == "3\n");
}

TEST_CASE("a log that was lost between two runs is told") {
  const ScratchDirectory directory;
  write_file(directory / "log", session("10:00:00") + session("10:01:00"));
  CHECK(run_at(directory, "10:05:00").status == 0);
  write_file(directory / "log", session("10:07:00"));
  const auto run = run_at(directory, "10:10:00");
  CHECK(run.status == 1);
  CHECK(run.errors.find("log: has been replaced or cut short") != std::string::npos);
  CHECK(run_at(directory, "10:11:00").status == 0);
}

TEST_CASE("a state of no use is told, and nothing is counted twice") {
  const ScratchDirectory directory;
  write_file(directory / "log", session("10:00:00") + session("10:30:00") + kLastLine);
  CHECK(run_at(directory, "11:05:00").status == 0);
  write_file(directory / "out/.milter-manager-log-analyzer.state", "garbage");
  const auto run = run_at(directory, "11:05:00");
  CHECK(run.status == 1);
  CHECK(run.errors ==
        fmt::format("{}out/.milter-manager-log-analyzer.state is of no use: it is of another version, or "
                    "no state at all; the logs are read from their beginnings\n",
                    kName));
  CHECK(run_at(directory, "13:05:00").status == 0);
  CHECK(sessions(directory) == "2\n");
}

TEST_CASE("an output directory that can't keep the state keeps nothing from being read again") {
  const ScratchDirectory directory;
  write_file(directory / "log", session("10:00:00") + kLastLine);
  fs::create_directories(directory / "out/.milter-manager-log-analyzer.state/x");
  CHECK(run_at(directory, "11:05:00").status == 1);
  fs::remove_all(directory / "out/.milter-manager-log-analyzer.state");
  CHECK(run_at(directory, "13:05:00").status == 0);
  CHECK(sessions(directory) == "1\n");
}

TEST_CASE("lines that are later than --lateness are told by host and day") {
  const ScratchDirectory directory;
  write_file(directory / "log", session("10:00:00") + session("10:10:00"));
  CHECK(run_at(directory, "10:10:10", "--lateness 300").status == 0);
  write_file(directory / "log",
             session("10:00:00") + session("10:10:00") + session("10:05:30") + session("10:03:00"));
  const auto run = run_at(directory, "10:10:20", "--lateness 300");
  CHECK(run.status == 0);
  CHECK(run.errors ==
        fmt::format("{}host mail on 2026-09-14: 1 events came after their minute was closed, and are not "
                    "counted (--lateness)\n",
                    kName));
}

TEST_CASE("lines that never arrived are told by host and day") {
  const ScratchDirectory directory;
  write_file(directory / "log", log_of({{"10:00:00", "[heartbeat][60.000000][1.000000][10][0][0][0][0]"},
                                        {"10:01:00", "[heartbeat][60.000000][1.000000][15][0][0][0][0]"}}));
  const auto run = run_at(directory, "10:05:00");
  CHECK(run.status == 0);
  CHECK(run.errors ==
        fmt::format("{}host mail on 2026-09-14: 4 statistics lines were written that never reached the "
                    "log\n",
                    kName));
}

TEST_CASE("patterns name logs, packed or not") {
  const ScratchDirectory directory;
  write_file(directory / "log", kLastLine);
  write_file(directory / "log.1", session("10:10:00"));
  write_file(directory / "log.2", session("10:00:00"));
  const auto run =
      analyze(directory, "--output-directory out --no-graphs --now 2026-09-14T13:00:00Z --log 'log*'");
  CHECK(run.errors == "");
  CHECK(sessions(directory) == "2\n");
}

TEST_CASE("--journal-directory reads a journal") {
  const ScratchDirectory directory;
  fs::create_directory(directory / "journal");
  write_file(directory / "export",
             "__REALTIME_TIMESTAMP=1789380000000000\n__MONOTONIC_TIMESTAMP=1\n"
             "_BOOT_ID=00000000000000000000000000000001\n_HOSTNAME=mail\nSYSLOG_IDENTIFIER=milter-manager\n"
             "SYSLOG_PID=7\nMESSAGE=[statistics] [session][end][quit][pass][0.7](3)\n\n");
  REQUIRE(std::system(
              fmt::format("/lib/systemd/systemd-journal-remote -o {}/journal/a.journal {} >/dev/null 2>&1",
                          directory / "", directory / "export")
                  .c_str()) == 0);
  const auto run = analyze(
      directory, "--output-directory out --no-graphs --now 2026-09-14T13:00:00Z --journal-directory journal");
  CHECK(run.errors == "");
  CHECK(run.status == 0);
  CHECK(sessions(directory) == "1\n");
}

TEST_CASE("--json gives the counts of the run, and every other line's fate") {
  const ScratchDirectory directory;
  write_file(directory / "log", session("10:00:00") + "x\n" + kLastLine);
  const auto run = run_at(directory, "13:00:00", "--json");
  const auto json = nlohmann::json::parse(run.output);
  CHECK(json.at("lines").at("read") == 3);
  CHECK(json.at("lines").at("events") == 2);
  CHECK(json.at("lines").at("no_stamp") == 1);
  CHECK(json.at("series").at("session.rrd").at("sources") ==
        nlohmann::json({"smtp", "child", "disconnected", "concurrent"}));
  CHECK(json.at("series").at("session.rrd").at("minutes").at("1789380000") ==
        nlohmann::json({1.0, 0.0, 0.0, 0.0}));
  CHECK(json.at("lost").empty());
}

TEST_CASE("--stats tells what took how long") {
  const ScratchDirectory directory;
  write_file(directory / "log", session("10:00:00"));
  const std::string errors = run_at(directory, "13:00:00", "--stats").errors;
  CHECK(errors.find(fmt::format(" s CPU  reading 1 lines, {} bytes\n", session("10:00:00").size())) !=
        std::string::npos);
  CHECK(errors.find(" s CPU  storing\n") != std::string::npos);
}

TEST_CASE("--explain tells how a line is read and where it counts") {
  const ScratchDirectory directory;
  const auto run =
      analyze(directory,
              "--now 2026-09-15T00:00:00Z --explain '<22>1 2026-09-14T02:13:24.134747+02:00 mail "
              "milter-manager 9612 - - [statistics] [milter][end][quit][reject][0.5](2): m/x'");
  CHECK(run.status == 0);
  CHECK(run.output ==
        "format   RFC 5424\n"
        "time     2026-09-14T00:13:24.134747Z\n"
        "host     mail, process 9612\n"
        "event    [milter][end][quit][reject][0.5](2): m/x\n"
        "counts   in the minute 2026-09-14T00:13Z\n"
        "           session.rrd: child +1\n"
        "           milter.status.m%2Fx.rrd: reject +1\n");
  CHECK_FALSE(fs::exists(directory / "out"));
}

TEST_CASE("--explain tells why a line does not count") {
  const std::chrono::sys_seconds now{std::chrono::seconds(1789430400)};
  const auto rules = load_rules({});
  REQUIRE(rules);
  const auto told = [&](const std::string& line) { return explain(line, "milter-manager", *rules, now); };
  const std::string head = "Sep 14 00:13:24 mail milter-manager[1]: ";
  CHECK(told("") ==
        "It does not count: the line is in no format that is known: it begins with no time and host.\n");
  CHECK(told("Sep 14 00:13:24 mail smtpd[1]: x") ==
        "It does not count: it is another program's line, not milter-manager[PID]'s.\n");
  CHECK(told(head + "x") ==
        "It does not count: it is a line of milter-manager, but its text does not begin with \"[statistics] "
        "\".\n");
  CHECK(
      told(head + "[statistics] x").ends_with("\nIt does not count: its text is no event that is known.\n"));
  CHECK(told("Sep 14 00:13:24 m\x1b[2J milter-manager[1]: [statistics] x")
            .find("\nhost     m\\x1b[2J, process 1\n") != std::string::npos);
  CHECK(told(head + "[statistics] [session][start](1)")
            .ends_with("\ncounts   nowhere: such an event has no place in any archive\n"));
}

TEST_CASE("progress is shown as a bar") {
  CHECK(progress_line(0, 0) == "  0 % [                              ] 0 of 0 MB");
  CHECK(progress_line(500'000'000, 1'000'000'000) == " 50 % [###############               ] 500 of 1000 MB");
  CHECK(progress_line(2, 1) == "100 % [##############################] 0 of 0 MB");
}

}  // namespace milter_manager::log_analyzer
