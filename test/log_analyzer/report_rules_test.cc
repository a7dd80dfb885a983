// SPDX-License-Identifier: GPL-3.0-or-later
// Report rules of the user's own, as share/doc/report-rules.md tells.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>

#include "core/archive/archive.h"
#include "core/maillog/installed_rules.h"
#include "milter-manager-log-analyzer/key_graphs.h"
#include "milter-manager-log-analyzer/options.h"
#include "test/log_analyzer/program.h"

namespace milter_manager::log_analyzer {
namespace {

namespace fs = std::filesystem;
using maillog::rule_places;

// The text of the manual's first block that is marked with `language`.
std::string block_of_manual(const std::string& language) {
  const std::string manual = read_file(fmt::format("{}/share/doc/report-rules.md", PROJECT_ROOT));
  const std::string mark = fmt::format("\n```{}\n", language);
  const std::size_t begin = manual.find(mark);
  REQUIRE(begin != std::string::npos);
  const std::size_t text = begin + mark.size();
  return manual.substr(text, manual.find("```\n", text) - text);
}

double counted(const ScratchDirectory& directory, const std::string& file, archive::Kind kind) {
  const auto archive = archive::Archive::open(directory / ("out/" + file), archive::layout(kind));
  REQUIRE(archive);
  const auto begin = *parse_time("2026-09-14T00:00:00Z");
  const auto table = archive->fetch(archive::Consolidation::maximum, begin, begin + std::chrono::hours(1),
                                    std::chrono::minutes(1));
  REQUIRE(table);
  REQUIRE(table->sources == std::vector<std::string>{"count"});
  double sum = 0;
  for (const double value : table->values) sum += std::isnan(value) ? 0 : value;
  return sum;
}

const std::string kLog = log_of({
    {"00:10:00", "[milter][header][add](7): <X-Class>=<Newsletter; weekly>: classifier"},
    {"00:11:00", "[milter][header][add](7): <X-Class>=<private>: classifier"},
    {"00:12:00", "[milter][header][add](7): <X-Spam-Status>=<Yes, tests=A,NEWSLETTER>: spamass-milter"},
    {"00:12:01",
     "[milter][header][add](8): <Authentication-Results>=<m; dkim=pass header.d=mail.example.com; dkim=pass "
     "header.d=example.org; dkim=pass header.d=example.com>: opendkim"},
    {"00:30:00", "[session][end][quit][pass][1](1)"},
});
const std::string kOptions = " --output-directory out --now 2026-09-14T02:00:00Z ";

}  // namespace

TEST_CASE("the manual's example of a key of one's own counts, and is drawn") {
  const ScratchDirectory directory;
  write_file(directory / "newsletters.toml", block_of_manual("toml"));
  const auto run = analyze(directory, kOptions + "--report-rules newsletters.toml", kLog);
  CHECK(run.errors == "");
  REQUIRE(run.status == 0);
  CHECK(counted(directory, "milter-manager.report.newsletter.rrd", archive::Kind::manager_key) == 2);
  CHECK(counted(directory, "milter.report.newsletter.classifier.rrd", archive::Kind::milter_key) == 1);
  CHECK(counted(directory, "milter.report.newsletter.spamass-milter.rrd", archive::Kind::milter_key) == 1);
  CHECK(counted(directory, "milter-manager.report.dkim_own.rrd", archive::Kind::manager_key) == 2);
  CHECK(counted(directory, "milter.report.dkim_own.opendkim.rrd", archive::Kind::milter_key) == 2);
  for (const char* stem : {"milter-manager.report.newsletter", "milter.report.newsletter.classifier",
                           "milter-manager.report.dkim_own", "milter.report.dkim_own.opendkim"}) {
    CAPTURE(stem);
    CHECK(read_file(directory / fmt::format("out/{}.day.png", stem)).substr(1, 3) == "PNG");
  }
  const std::string page = read_file(directory / "out/index.html");
  CHECK(page.find("<h4>newsletters</h4>") != std::string::npos);
  CHECK(page.find("<h4>signatures</h4>") != std::string::npos);

  SECTION("an archive stays on the page when its rule is gone") {
    REQUIRE(analyze(directory, kOptions + "--no-update-db").status == 0);
    const std::string without = read_file(directory / "out/index.html");
    CHECK(without.find("<h4>newsletter</h4>") != std::string::npos);
    CHECK(fs::exists(directory / "out/milter-manager.report.newsletter.day.png"));
  }
}

TEST_CASE("the manual's explanation is what the program says") {
  const ScratchDirectory directory;
  write_file(directory / "newsletters.toml", block_of_manual("toml"));
  const std::string command = block_of_manual("sh");
  const std::size_t line = command.find('\'');
  const auto run = analyze(directory, "--report-rules newsletters.toml --explain " +
                                          command.substr(line, command.rfind('\'') + 1 - line));
  CHECK(run.errors == "");
  CHECK(run.output == block_of_manual("text"));
}

TEST_CASE("rules that cannot be read are told, and nothing is done") {
  const ScratchDirectory directory;
  write_file(directory / "bad.toml", "[a]\n\nmatch = [{ header = \"X\", pattern = \"(\" }]\n");
  const auto run = analyze(directory, kOptions + "--report-rules bad.toml", kLog);
  CHECK(run.status == 1);
  CHECK(run.errors == "milter-manager-log-analyzer: bad.toml:3: [a]: the pattern is refused: missing ): (\n");
  CHECK(files_in(directory / "out").empty());
  const auto missing = analyze(directory, kOptions + "--report-rules none.toml", kLog);
  CHECK(missing.status == 1);
  CHECK(missing.errors ==
        "milter-manager-log-analyzer: none.toml cannot be read: No such file or directory\n");
  const auto explained = analyze(directory, "--report-rules none.toml --explain x");
  CHECK(explained.status == 1);
  CHECK(explained.errors == missing.errors);

  // What was not read then is read now.
  CHECK(analyze(directory, kOptions, kLog).status == 0);
  CHECK(fs::exists(directory / "out/milter-manager.status.rrd"));
}

TEST_CASE("rules are looked for beside the program, at the administrator's, and where an option says") {
  const ScratchDirectory directory;
  const auto put = [&](const std::string& name) {
    fs::create_directories(fs::path(directory / name).parent_path());
    write_file(directory / name, "");
  };
  put("installed/share/milter-manager/report-rules/a.toml");
  const std::string program = directory / "installed/bin/milter-manager-log-analyzer";
  const std::string shipped = directory / "installed/share/milter-manager/report-rules";
  CHECK(rule_places(program, {"x"}) == std::vector<std::string>{shipped, "x"});
  put("installed/etc/milter-manager/report-rules/readme.txt");
  CHECK(rule_places(program, {}) == std::vector<std::string>{shipped});
  put("installed/etc/milter-manager/report-rules/own.toml");
  CHECK(rule_places(program, {"x"}) ==
        std::vector<std::string>{shipped, directory / "installed/etc/milter-manager/report-rules", "x"});
  put("source/share/report-rules/a.toml");
  CHECK(rule_places(directory / "source/build/dev/analyzer/program", {}) ==
        std::vector<std::string>{directory / "source/share/report-rules"});
  // Where there are none at all the installed place is named in the error.
  const auto none = rule_places(directory / "other/bin/program", {});
  REQUIRE(none.size() == 1);
  CHECK(none[0] == directory / "other/share/milter-manager/report-rules");
}

TEST_CASE("keys share the graphs that their rules name") {
  const auto rules = maillog::ReportRules::parse(R"(
    [c_pass]
    label = "C passes"
    graph = "C"
    match = []
    [a]
    graph = "shared"
    stacked = true
    match = []
    [b]
    graph = "shared"
    match = []
    [c_fail]
    graph = "C"
    match = []
    [unseen]
    graph = "shared"
    match = [])",
                                                 "rules");
  REQUIRE(rules);
  std::vector<ArchiveFile> archives;
  for (const char* name :
       {"milter-manager.report.b.rrd", "milter-manager.report.a.rrd", "milter-manager.report.c_pass.rrd",
        "milter-manager.report.c_fail.rrd", "milter-manager.report.gone.rrd", "milter.report.b.m.rrd",
        "milter.report.b.n.rrd", "milter.report.rrd", "milter.report.x-y.rrd", "session.rrd"}) {
    if (auto what = archive::parse_file_name(name)) archives.push_back({name, *what});
  }
  CHECK(archives.size() == 9);
  std::vector<std::string> seen;
  const auto graphs = key_graphs(archives, *rules);
  for (const KeyGraph& graph : graphs) {
    seen.push_back(fmt::format("{} | {} |", graph.stem, graph.definition.title));
    for (const SeriesStyle& style : graph.definition.series) {
      seen.back() += fmt::format(" {}{}", style.label, style.dashed ? " (dashed)" : "");
    }
    CHECK(graph.files.size() == graph.definition.series.size());
    CHECK((graph.definition.shape == Shape::stack) == graph.title.ends_with(": shared"));
  }
  CHECK(seen == std::vector<std::string>{
                    "milter-manager.report.c_pass | milter manager: C | C passes c_fail (dashed)",
                    "milter-manager.report.a | milter manager: shared | a b",
                    "milter-manager.report.gone | milter manager: gone | gone",
                    "milter.report.a.m | milter: shared | b",
                    "milter.report.a.n | milter: shared | b",
                });
}

TEST_CASE("what is a key in a rule file is one in a file name, and the other way round") {
  for (const char* key : {"", "a", "dmarc_pass", "A", "1a", "_a", "a-b", "a.b", "a/b", "a\xc3\xa9",
                          "a12345678901234567890123", "a123456789012345678901234"}) {
    CAPTURE(key);
    CHECK(maillog::is_report_key(key) == archive::is_key(key));
  }
}

}  // namespace milter_manager::log_analyzer
