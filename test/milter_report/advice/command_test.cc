// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "milter-report/commands.h"
#include "milter-report/render.h"
#include "test/archive/scratch.h"
#include "test/milter_report/advice/site.h"

namespace milter_manager::report {
namespace {

constexpr double kNow = kMonday + 30 * 86400;

// A log in a directory of its own, which is removed with it.
class LogFile {
 public:
  explicit LogFile(const std::string& text) {
    std::string pattern = (std::filesystem::temp_directory_path() / "milter-report-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp");
    directory_ = pattern;
    std::ofstream(path()) << text;
  }
  ~LogFile() { std::filesystem::remove_all(directory_); }
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;
  std::string path() const { return directory_ + "/mail.log"; }

 private:
  std::string directory_;
};

// Runs a subcommand as main() does. What depends on where the test runs is replaced by LOG.
struct Ran {
  int status = 0;
  std::string notes;
  std::optional<Document> document;

  std::string text() const { return document ? render_text(*document) : std::string(); }
  nlohmann::json json() const { return nlohmann::json::parse(render_json(*document, kNow)); }
  // The value of a figure in a section.
  nlohmann::json fact(std::size_t section, const std::string& key) const {
    return json()["sections"].at(section)["facts"].at(key);
  }
};

Ran run_with(const std::string& name, const std::string& place, const std::string& word,
             std::vector<std::string> arguments) {
  ::setenv("TZ", "UTC", 1);
  ::tzset();
  for (const auto& command : commands()) {
    if (command->name() != name) continue;
    CLI::App app;
    command->declare(app);
    std::reverse(arguments.begin(), arguments.end());
    app.parse(arguments);
    Outcome outcome = command->run(kNow);
    Ran ran{outcome.status, fmt::format("{}", fmt::join(outcome.notes, "\n")), std::move(outcome.document)};
    const auto hide = [&](std::string& text) {
      const std::size_t at = text.find(place);
      if (at != std::string::npos) text.replace(at, place.size(), word);
    };
    hide(ran.notes);
    if (ran.document) {
      for (std::string& caution : ran.document->cautions) hide(caution);
      for (auto& [key, text] : ran.document->about) hide(text);
    }
    return ran;
  }
  throw std::logic_error("no such command");
}

Ran run(const std::string& name, const LogFile& log, std::vector<std::string> arguments = {}) {
  arguments.push_back("--log=" + log.path());
  return run_with(name, log.path(), "LOG", std::move(arguments));
}

// MILTER_MANAGER_ACCEPT_GOLDEN=1 in the environment takes what there is now.
void check_golden(const std::string& name, const std::string& text) {
  const std::string path = TEST_SOURCE_DIR "/golden/" + name;
  if (std::getenv("MILTER_MANAGER_ACCEPT_GOLDEN") != nullptr) std::ofstream(path) << text;
  std::ifstream file(path);
  CHECK(text == std::string(std::istreambuf_iterator<char>(file), {}));
}

TEST_CASE("an evaluation tells what would have happened, and whether to enforce", "[evaluation]") {
  const LogFile log(log_of({.days = 10, .enforced = 0.2}));
  const Ran ran = run("evaluation", log);
  CHECK(ran.status == EXIT_SUCCESS);
  check_golden("evaluation.txt", ran.text());
}

TEST_CASE("without the MTA's lines an evaluation says what it can't tell", "[evaluation]") {
  const LogFile log(log_of({.days = 2, .has_mta = false}));
  check_golden("evaluation-without-mta.txt", run("evaluation", log, {"--limit=5"}).text());
}

TEST_CASE("an evaluation that can't be made says why", "[evaluation]") {
  const LogFile log(log_of({.days = 1}));
  const LogFile no_trial(log_of({.days = 1, .has_policy = false}));
  const LogFile old_log(log_of({.days = 1, .has_messages = false}));
  const LogFile empty("");
  struct Row {
    const LogFile& log;
    std::vector<std::string> arguments;
    std::string note;
  };
  const Row rows[] = {
      {no_trial, {}, "no milter was in evaluation"},
      {old_log, {}, "no [message] lines"},
      {empty, {}, "no line is in it"},
      {log,
       {"--milter=nobody"},
       "nobody: no such milter in the log. There are: milter-greylist, spamass-milter, policy"},
      {log, {"--what-if=spamass-milter=enforce"}, "spamass-milter: it was never in evaluation"},
      {log, {"--what-if=policy=evaluate"}, "is not NAME=enforce"},
      {log, {"--what-if==enforce"}, "is not NAME=enforce"},
      {log, {"--since=2026-10-01"}, "nothing from 2026-10-01"},
  };
  for (const Row& row : rows) {
    const Ran ran = run("evaluation", row.log, row.arguments);
    CHECK(ran.status == EXIT_FAILURE);
    CHECK_FALSE(ran.document);
    CHECK_THAT(ran.notes, Catch::Contains(row.note));
  }
}

TEST_CASE("what if tells how all mail would have ended", "[evaluation]") {
  const LogFile log(log_of({.days = 3, .enforced = 0.2}));
  const Ran ran = run("evaluation", log, {"--what-if=policy=enforce"});
  CHECK(ran.status == EXIT_SUCCESS);
  const auto sections = ran.json()["sections"];
  REQUIRE(sections.size() == 3);
  check_golden("what-if.txt", render_text({"", "", {}, {ran.document->sections[1]}, {}}));
  const auto flow = sections[1]["tables"]["mail_flow"]["rows"];
  CHECK(flow[1]["rejected"].get<int>() - flow[0]["rejected"].get<int>() ==
        sections[2]["tables"]["verdicts"]["rows"][1]["messages"].get<int>());
}

TEST_CASE("tuning spamd tells how many children there should be", "[tuning]") {
  const LogFile log(log_of({.days = 7, .mails_a_day = 2000, .service = 20}));
  check_golden("tuning-spamd.txt", run("tuning", log, {"spamd", "--child-memory=80M"}).text());
}

TEST_CASE("where spamd is saturated no number is told", "[tuning]") {
  const LogFile log(log_of({.days = 3, .mails_a_day = 2000, .children = 2, .service = 60}));
  const Ran ran = run("tuning", log, {"spamd"});
  check_golden("tuning-saturated.txt", ran.text());
  CHECK_FALSE(ran.json()["sections"][0]["facts"].contains("recommended"));
}

TEST_CASE("without message lines the number of children is an estimate", "[tuning]") {
  const LogFile log(log_of({.days = 3, .mails_a_day = 2000, .service = 20, .has_messages = false}));
  const LogFile exact_log(log_of({.days = 3, .mails_a_day = 2000, .service = 20}));
  const Ran ran = run("tuning", log, {"spamd"});
  CHECK_THAT(ran.fact(0, "source").get<std::string>(), Catch::StartsWith("estimate"));
  CHECK_THAT(ran.text(), Catch::Contains("=> About --max-children="));
  // The connections of this log have one message each, so that the estimate is right.
  const Ran exact = run("tuning", exact_log, {"spamd"});
  CHECK_THAT(exact.fact(0, "source").get<std::string>(), Catch::StartsWith("exact"));
  CHECK(ran.fact(0, "mails") == exact.fact(0, "mails"));
  CHECK(ran.fact(0, "recommended") == exact.fact(0, "recommended"));
}

TEST_CASE("load lines alone give an estimate by Erlang's formula", "[tuning]") {
  SiteLog log;
  for (int i = 0; i < 600; ++i) {
    statistics::MilterLoad minute;
    minute.span = 60;
    minute.epoch = kMonday + 60 * i;
    minute.busy_mean = i < 300 ? 1.5 : 4;
    minute.busy_max = i == 400 ? 11 : 6;
    minute.messages = 120;
    minute.name = "spamass-milter";
    log.event(minute.epoch, minute);
  }
  const LogFile file(log.text());
  const Ran ran = run("tuning", file, {"spamd", "--child-memory=64M"});
  check_golden("tuning-load-lines.txt", ran.text());
}

TEST_CASE("archives give the same estimate as load lines", "[tuning]") {
  const archive::ScratchDirectory folder;
  const archive::Layout& layout = archive::layout(archive::Kind::milter_load);
  const auto first = std::chrono::floor<std::chrono::minutes>(
      std::chrono::sys_seconds(std::chrono::seconds(static_cast<std::int64_t>(kMonday))));
  auto load = archive::Archive::create(folder / "milter.load.spamass-milter.rrd", layout, first);
  REQUIRE(load);
  std::vector<archive::Row> rows;
  for (int i = 0; i < 600; ++i) {
    archive::Row row{first + std::chrono::minutes(i), std::vector<double>(layout.sources.size(), 0)};
    for (std::size_t source = 0; source < layout.sources.size(); ++source) {
      if (layout.sources[source] == "busy_mean") row.values[source] = i < 300 ? 1.5 : 4;
      if (layout.sources[source] == "busy_max") row.values[source] = i == 400 ? 11 : 6;
      // Three connections open for each worker that is busy.
      if (layout.sources[source] == "open") row.values[source] = i < 300 ? 4.5 : 12;
    }
    rows.push_back(std::move(row));
  }
  REQUIRE(load->update(rows, rows.back().minute));
  const archive::Layout& of_sessions = archive::layout(archive::Kind::session);
  auto sessions = archive::Archive::create(folder / "session.rrd", of_sessions, first);
  REQUIRE(sessions);
  for (archive::Row& row : rows) {
    row.values.assign(of_sessions.sources.size(), 0);
    for (std::size_t source = 0; source < of_sessions.sources.size(); ++source)
      if (of_sessions.sources[source] == "concurrent") row.values[source] = 25;
  }
  REQUIRE(sessions->update(rows, rows.back().minute));
  const std::vector<std::string> period{"--since=2026-09-14", "--until=2026-09-14 10:00",
                                        "--archives=" + folder.path()};
  const auto with = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), period.begin(), period.end());
    return run_with("tuning", folder.path(), "DIR", arguments);
  };
  const Ran ran = with({"spamd"});
  check_golden("tuning-archives.txt", ran.text());
  // Ten children in the busiest hour, each with three connections.
  CHECK(ran.fact(0, "stress_threshold") == 30);
  CHECK(ran.fact(0, "connections_max") == 25);
  CHECK(with({"spamd", "--children=20"}).fact(0, "stress_threshold") == 60);
  CHECK_THAT(with({"greylist"}).notes, Catch::Contains("no archive tells"));
  CHECK_THAT(with({"nobody"}).notes,
             Catch::Contains("nobody: no such milter in the archives. There are: spamass-milter"));
  CHECK_THAT(with({"spamd", "--log=x"}).notes, Catch::Contains("reads no log"));
  CHECK_THAT(run_with("tuning", folder.path(), "DIR",
                      {"spamd", "--since=2025-09-14", "--until=2025-09-15", "--archives=" + folder.path()})
                 .notes,
             Catch::Contains("DIR: nothing of spamass-milter from 2025-09-14"));
  CHECK(run_with("tuning", folder.path(), "DIR", {"spamd", "--archives=" + folder.path() + "/none"}).status ==
        EXIT_FAILURE);
}

TEST_CASE("with nothing to measure tuning spamd tells the rule", "[tuning]") {
  const LogFile empty("");
  SiteLog heartbeats;
  heartbeats.event(kMonday, statistics::Heartbeat{60, kMonday, 0, 0, 240, 0, 0});
  const LogFile quiet(heartbeats.text());
  check_golden("tuning-rule.txt", run("tuning", empty, {"spamd", "--smtp-connections=100"}).text());
  CHECK(run("tuning", empty, {"spamd"}).fact(0, "recommended") == 33);
  CHECK(run("tuning", quiet, {"spamd"}).fact(0, "recommended") == 80);
}

TEST_CASE("tuning tells the hosts apart, or takes them together", "[tuning]") {
  std::string text = log_of({.days = 1, .service = 30});
  const std::size_t size = text.size();
  text += text;
  for (std::size_t at = text.find(" mail ", size); at != std::string::npos; at = text.find(" mail ", at + 1))
    text.replace(at, 6, " mx2 ");
  const LogFile log(text);
  const auto separate = run("tuning", log, {"spamd"}).json();
  REQUIRE(separate["sections"].size() == 2);
  CHECK(separate["sections"][0]["facts"]["mails"] == separate["sections"][1]["facts"]["mails"]);
  const Ran together = run("tuning", log, {"spamd", "--shared"});
  REQUIRE(together.json()["sections"].size() == 1);
  CHECK(together.fact(0, "mails").get<int>() == 2 * separate["sections"][0]["facts"]["mails"].get<int>());
}

TEST_CASE("any milter's workers can be counted, and an unknown one is named", "[tuning]") {
  const LogFile log(log_of({.days = 1}));
  CHECK_THAT(run("tuning", log, {"policy"}).text(), Catch::Contains("1 worker: "));
  const Ran unknown = run("tuning", log, {"nobody"});
  CHECK(unknown.status == EXIT_FAILURE);
  CHECK_THAT(unknown.notes,
             Catch::Contains(
                 "nobody: no such milter in the log. There are: milter-greylist, policy, spamass-milter"));
}

TEST_CASE("tuning greylist tells who comes back when, and what to write", "[tuning]") {
  const LogFile log(log_of({.days = 10, .mails_a_day = 300}));
  check_golden("tuning-greylist.txt", run("tuning", log, {"greylist"}).text());
}

TEST_CASE("without the MTA's lines tuning greylist tells what headers say", "[tuning]") {
  const LogFile log(log_of({.days = 2, .has_mta = false}));
  const Ran ran = run("tuning", log, {"greylist"});
  CHECK(ran.status == EXIT_SUCCESS);
  CHECK_THAT(ran.text(), Catch::Contains("The log has no lines of the MTA on deferrals") &&
                             Catch::Contains("Delay that X-Greylist tells"));
  SiteLog none;
  none.event(kMonday, statistics::SessionEnd{statistics::State::quit, statistics::Status::pass, 1, 1});
  const LogFile nothing(none.text());
  CHECK(run("tuning", nothing, {"greylist"}).status == EXIT_FAILURE);
}

}  // namespace
}  // namespace milter_manager::report
