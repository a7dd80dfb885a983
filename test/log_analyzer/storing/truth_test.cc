// SPDX-License-Identifier: GPL-3.0-or-later
// Every archive with every data source, against numbers counted by hand.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/archive/archive.h"
#include "test/log_analyzer/program.h"
#include "test/log_analyzer/storing/stored.h"

namespace milter_manager::log_analyzer {
namespace {

namespace fs = std::filesystem;

const double kUnknown = std::nan("");

std::string line(const std::string& time, const std::string& host, int pid, const std::string& event) {
  return fmt::format("2026-09-14T{}+00:00 {} milter-manager[{}]: [statistics] {}\n", time, host, pid, event);
}

// Two hosts, three processes, one minute of everything.
std::string everything() {
  std::string log;
  int second = 0;
  const auto add = [&](const std::string& event, const std::string& host = "mx1", int pid = 77) {
    log += line(fmt::format("10:05:{:02}", second++ / 2), host, pid, event);
  };
  for (const char* status :
       {"pass", "pass", "accept", "reject", "discard", "temporary-failure", "abort", "error"})
    add(fmt::format("[session][end][end-of-message][{}][0.7](1)", status));
  add("[session][disconnected][0.5](9)");
  add("[reply][end-of-message][quarantine](1)");
  for (const char* status : {"pass", "reject", "reject", "temporary-failure", "stop"})
    add(fmt::format("[milter][end][end-of-message][{}][0.5](2): clamav-milter", status));
  // Each process's largest: 5 and 4 and 3.
  add("[sessions][finished] 10(+1) 5");
  add("[sessions][finished] 11(+1) 2");
  add("[sessions][finished] 10(+1) 4", "mx1", 78);
  add("[sessions][finished] 10(+1) 3", "mx2", 77);
  // Report.
  add("[milter][header][add](2): <X-Spam-Flag>=<YES>: spamass-milter");
  add("[milter][header][add](2): <X-Spam-Status>=<Yes, score=9 tests=A,URIBL_BLACK,B>: spamass-milter");
  add("[milter][header][add](2): <X-Virus-Status>=<Infected (EICAR)>: clamav-milter");
  add("[milter][header][add](2): <X-Greylist>=<Delayed for 00:04:00 by milter-greylist-4.6>: "
      "milter-greylist");
  add("[milter][header][add](2): <X-Greylist>=<Delayed for 00:31:05 by milter-greylist-4.6>: "
      "milter-greylist");
  add("[milter][header][add](2): <X-Greylist>=<Delayed for 26:00:00 by milter-greylist-4.6>: "
      "milter-greylist");
  add("[milter][header][add](2): <Authentication-Results>=<mx1; spf=pass smtp.mailfrom=a@example.org>: "
      "opendmarc");
  add("[milter][header][add](2): <Authentication-Results>=<mx1; dkim=fail header.d=example.org>: opendkim");
  // Messages.
  add("[message][end][end-of-message][pass][0.5][2000][3][1](1.1): ABC");
  add("[message][end][end-of-message][accept][0.5][500][1][0](1.2): ABD");
  add("[message][end][envelope-recipient][reject][0.5][0][2][2](1.3): -");
  add("[message][end][end-of-message][quarantine][0.5][70][1][0](1.4): ABE");
  const auto verdict = [&](const char* status, const char* group, const char* cause, int rejected,
                           int deferred, const char* name) {
    add(fmt::format(
        "[milter][message][end-of-message][{}][{}][{}][5][{}][{}][0.5][0.1][1789380300](1.1.2): ABC: -: {}",
        status, group, cause, rejected, deferred, name));
  };
  verdict("pass", "enforced", "answer", 1, 2, "clamav-milter");
  verdict("reject", "enforced", "answer", 0, 1, "clamav-milter");
  verdict("temporary-failure", "enforced", "fallback", 0, 0, "clamav-milter");
  verdict("reject", "evaluated", "answer", 2, 0, "clamav-milter");
  verdict("discard", "evaluated", "answer", 0, 3, "clamav-milter");
  // Load of one milter as two processes see it; the second had no message.
  add("[milter][load][60][1789380300][7][3][1.5][4][0.25][0.5][0.75][12][2][1]: clamav-milter");
  add("[milter][load][60][1789380300][2][1][0.5][1][-][-][-][0][1][0]: clamav-milter", "mx2", 77);
  // Nothing is known of the lines before a process's first heartbeat but that these were read.
  add("[heartbeat][60][1789380300][45][9][3][12][0]");
  add("[heartbeat][60][1789380300][5][9][3][12][0]", "mx2", 77);
  log += line("10:06:20", "mx1", 77, "[heartbeat][60][1789380360][50][9][3][12][2]");
  log += line("10:06:21", "mx2", 77, "[heartbeat][60][1789380360][6][9][3][12][0]");
  return log;
}

struct Truth {
  const char* file;
  const char* time;
  std::vector<double> values;  // in the order of the data sources
};

}  // namespace

TEST_CASE("every archive holds what was counted by hand") {
  const Truth truths[] = {
      {"session.rrd", "10:05", {8, 5, 1, 12}},
      {"milter-manager.status.rrd", "10:05", {2, 1, 1, 1, 1, 1, 1, 1}},
      {"milter.status.clamav-milter.rrd", "10:05", {1, 0, 2, 0, 1, 0, 0, 0, 1}},
      {"milter-manager.report.rrd", "10:05", {1, 1, 1, 3, 1, 0, 0, 0, 0, 1, 0, 0, 0}},
      {"milter.report.spamass-milter.rrd", "10:05", {1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}},
      {"milter.report.clamav-milter.rrd", "10:05", {0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}},
      {"milter.report.milter-greylist.rrd", "10:05", {0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0}},
      {"milter.report.opendmarc.rrd", "10:05", {0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0}},
      {"milter.report.opendkim.rrd", "10:05", {0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0}},
      {"milter-manager.message.rrd", "10:05", {1, 1, 1, 0, 0, 1, 0, 2570, 7, 3}},
      {"milter.message.clamav-milter.rrd", "10:05", {1, 0, 1, 0, 1, 0, 0, 0, 1, 1, 3}},
      {"milter.evaluation.clamav-milter.rrd", "10:05", {0, 0, 1, 1, 0, 0, 2, 3}},
      {"milter.load.clamav-milter.rrd", "10:05", {9, 4, 2, 5, 0.25, 0.5, 0.75, 3, 1}},
      {"milter.greylist.milter-greylist.rrd", "10:05", {0, 1, 0, 0, 1, 1}},
      {"health.rrd", "10:06", {2, 6, 4, 2}},
      // A minute in which nothing happened is known, and one that is not there is not.
      {"session.rrd", "10:06", {0, 0, 0, 0}},
      {"session.rrd", "10:04", {kUnknown, kUnknown, kUnknown, kUnknown}},
  };
  const ScratchDirectory directory;
  const auto run =
      analyze(directory, "--no-graphs --output-directory out --now 2026-09-14T12:00:00Z", everything());
  CHECK(run.errors ==
        "milter-manager-log-analyzer: host mx1 on 2026-09-14: 4 statistics lines were written that never "
        "reached the "
        "log\n");
  CHECK(run.status == 0);
  for (const Truth& truth : truths) {
    const auto& sources = archive::layout(archive::parse_file_name(truth.file)->kind).sources;
    REQUIRE(truth.values.size() == sources.size());
    for (std::size_t i = 0; i < sources.size(); ++i) {
      INFO(truth.file << " " << truth.time << " " << sources[i]);
      const double value =
          stored(directory, fmt::format("out/{}", truth.file), std::string(sources[i]), truth.time);
      CHECK((std::isnan(truth.values[i]) ? std::isnan(value) : value == Approx(truth.values[i])));
    }
  }
}

TEST_CASE("an archive that no event feeds is not made") {
  const ScratchDirectory directory;
  REQUIRE(analyze(directory, "--no-graphs --output-directory out --now 2026-09-14T12:00:00Z",
                  log_of({{"10:00:00", "[session][end][quit][pass][0.7](3)"}}))
              .status == 0);
  std::string names;
  for (const auto& [name, contents] : archives_in(directory / "out")) names += name + " ";
  CHECK(names == "milter-manager.status.rrd session.rrd ");
}

}  // namespace milter_manager::log_analyzer
