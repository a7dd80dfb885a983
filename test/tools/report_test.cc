// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tools/report.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>

#include "test/tools/dialogue.h"

using namespace milter_manager::tools;
using namespace milter_manager::protocol;

namespace {

constexpr std::chrono::milliseconds kElapsed(128);

std::string golden(const std::string& name) {
  std::ifstream file(TEST_SOURCE_DIR "/golden/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

Outcome ended(Status status, const std::string& code = {}) {
  Outcome outcome;
  outcome.status = status;
  outcome.reply_code = code;
  outcome.mail = small_script().mail;
  return outcome;
}

std::string plain(const Outcome& outcome) { return report(small_script(), outcome, kElapsed, {}); }

}  // namespace

TEST_CASE("a report is the status and the time it took") {
  CHECK(plain(ended(Status::pass)) == "status: pass\nelapsed-time: 0.128 seconds\n");
  CHECK(plain(ended(Status::temporary_failure)) ==
        "status: temporary-failure\nelapsed-time: 0.128 seconds\n");
  CHECK(plain(ended(Status::reject, "554 5.7.1 1% 2%% 3%%%")) ==
        "status: reject [554]<5.7.1>(1% 2%% 3%%%)\nelapsed-time: 0.128 seconds\n");
  CHECK(plain(ended(Status::error)) == "status: error\nelapsed-time: 0.128 seconds\n");
}

TEST_CASE("a quarantined mail has a reason") {
  Outcome outcome = ended(Status::quarantine);
  outcome.quarantine_reason = "virus";
  CHECK(plain(outcome) == "status: quarantine\nelapsed-time: 0.128 seconds\nQuarantine reason: <virus>\n");
}

TEST_CASE("what went wrong is all that is said when something did") {
  Outcome outcome = ended(Status::error);
  outcome.error = "The milter closed the connection at helo";
  CHECK(report(small_script(), outcome, kElapsed, {true, true}) ==
        "The milter closed the connection at helo\n");
}

TEST_CASE("a reply code is shown by its parts") {
  const struct {
    const char *code, *shown;
  } cases[] = {
      {"", ""},
      {"451 4.7.1 Greylisting", " [451]<4.7.1>(Greylisting)"},
      {"550 no", " [550](no)"},
      {"550", " [550]()"},
      {"550 5.7.1", " [550]<5.7.1>()"},
      {"550 192.0.2.1 is listed", " [550](192.0.2.1 is listed)"},
      {"550-5.7.1 one\r\n550 5.7.1 two", " [550]<5.7.1>(one\ntwo)"},
      {"550-one\r\n550 two", " [550](one\ntwo)"},
      {"550 \x1b[31m", " [550](\\x1b[31m)"},
  };
  for (const auto& one : cases) CHECK(describe_reply_code(one.code) == one.shown);
}

TEST_CASE("the mail is shown with what the milter changed in it") {
  Script script = small_script();
  script.mail.recipients = {"<b@example.org>", "<c@example.org>", "<d@example.org>"};
  script.mail.headers = {{"From", "<a@example.com>"},
                         {"To", "<b@example.org>,\n <c@example.org>"},
                         {"Subject", "hi"},
                         {"X-Old", "yes"}};
  ScriptedMilter milter;
  milter.answers[CommandKind::recipient] = {{reply::Continue{}}, {reply::Reject{}}, {reply::Continue{}}};
  milter.answers[CommandKind::end_of_message] = {
      {reply::ChangeFrom{"<x@example.com>", ""}, reply::AddRecipient{"<e@example.org>"},
       reply::InsertHeader{0, "X-First", "1"}, reply::ChangeHeader{1, "Subject", "[spam] hi"},
       reply::ChangeHeader{1, "X-Old", ""}, reply::AddHeader{"X-Folded", "one\n\ttwo"},
       reply::ReplaceBody{"La de da de da 1.\nLa de da de da 2.\x07"}, reply::Continue{}}};
  const Dialogue dialogue = hold(script, milter);
  CHECK(report(script, dialogue.outcome, kElapsed, {true, false}) == golden("changed-message.txt"));
  CHECK(report(script, dialogue.outcome, kElapsed, {true, true}) == golden("changed-message-in-colors.txt"));
}

TEST_CASE("a body is shown in UTF-8") {
  Script script = small_script();
  script.mail.headers = {{"content-type", "text/plain; charset=Shift_JIS"}};
  script.mail.body = {"\x82\xa0\x82", "\xa2\n"};  // a letter is cut by the end of a piece
  const Dialogue dialogue = hold(script, {});
  CHECK(report(script, dialogue.outcome, kElapsed, {true, false}) == golden("shift-jis-message.txt"));
}

TEST_CASE("the exit status tells how a mail ended") {
  const struct {
    Status status;
    int exit_status;
  } cases[] = {{Status::pass, 0},
               {Status::accept, 0},
               {Status::error, 1},
               {Status::reject, 2},
               {Status::temporary_failure, 3},
               {Status::discard, 4},
               {Status::quarantine, 5},
               {Status::abort, 6}};
  for (const auto& one : cases) CHECK(exit_status(ended(one.status)) == one.exit_status);
  CHECK(describe_exit_statuses() == golden("exit-statuses.txt"));
}
