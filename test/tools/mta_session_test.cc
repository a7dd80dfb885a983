// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tools/mta_session.h"

#include <catch2/catch.hpp>

#include "core/tools/report.h"
#include "test/tools/dialogue.h"

using namespace milter_manager::tools;
using namespace milter_manager::protocol;

namespace {

using Commands = std::vector<std::string>;

const Reply kReject = reply::Reject{}, kLater = reply::TemporaryFailure{}, kDiscard = reply::Discard{},
            kAccept = reply::Accept{}, kContinue = reply::Continue{},
            kNo = reply::ReplyCode{"554 5.7.1 1% 2%% 3%%%"},
            kGreylisted = reply::ReplyCode{"451 4.7.1 Greylisting"};

// The kinds alone: "connect", "helo" …
Commands kinds(const Dialogue& dialogue) {
  Commands kinds;
  for (const auto& command : dialogue.commands) kinds.push_back(command.substr(0, command.find(':')));
  return kinds;
}

std::string status_line(const Dialogue& dialogue) {
  return std::string(name_of(dialogue.outcome.status)) + describe_reply_code(dialogue.outcome.reply_code);
}

Commands all_commands() {
  return {"negotiate", "connect", "helo",          "envelope-from", "envelope-recipient",
          "data",      "header",  "end-of-header", "body",          "end-of-message",
          "quit"};
}

Commands without(Commands commands, const std::string& kind) {
  commands.erase(std::remove(commands.begin(), commands.end(), kind), commands.end());
  return commands;
}

}  // namespace

TEST_CASE("a milter that continues everything lets the mail pass, and hears all of it") {
  const Dialogue dialogue = hold(small_script(), {});
  CHECK(dialogue.outcome.status == Status::pass);
  CHECK(dialogue.outcome.negotiated);
  CHECK(dialogue.outcome.mail == small_script().mail);
  CHECK(kinds(dialogue) == all_commands());
  CHECK(dialogue.commands[1] == "connect: host=<mx.example.net>, address=<inet:50443@[192.0.2.1]>");
}

TEST_CASE("what a milter does not want is not said") {
  const struct {
    std::uint32_t step;
    const char* kind;
  } cases[] = {
      {step::kNoConnect, "connect"},
      {step::kNoHelo, "helo"},
      {step::kNoMail, "envelope-from"},
      {step::kNoRecipient, "envelope-recipient"},
      {step::kNoData, "data"},
      {step::kNoHeaders, "header"},
      {step::kNoEndOfHeader, "end-of-header"},
      {step::kNoBody, "body"},
  };
  for (const auto& one : cases) {
    INFO(one.kind);
    ScriptedMilter milter;
    milter.negotiation.option.steps = one.step;
    const Dialogue dialogue = hold(small_script(), milter);
    CHECK(dialogue.outcome.status == Status::pass);
    CHECK(kinds(dialogue) == without(all_commands(), one.kind));
  }
  ScriptedMilter deaf;
  deaf.negotiation.option.steps = step::kNoEvent;
  Script script = small_script();
  script.unknown = "!";
  CHECK(kinds(hold(script, deaf)) == Commands{"negotiate", "end-of-message", "quit"});
}

TEST_CASE("what a milter does not answer is not waited for") {
  const std::uint32_t steps[] = {step::kNoReplyConnect,   step::kNoReplyHelo,        step::kNoReplyMail,
                                 step::kNoReplyRecipient, step::kNoReplyData,        step::kNoReplyUnknown,
                                 step::kNoReplyHeader,    step::kNoReplyEndOfHeader, step::kNoReplyBody,
                                 step::kNoReply};
  Script script = small_script();
  script.unknown = "!";
  for (const std::uint32_t unanswered : steps) {
    INFO(step_names(unanswered));
    ScriptedMilter milter;
    milter.negotiation.option.steps = unanswered;
    const Dialogue dialogue = hold(script, milter);
    CHECK(dialogue.outcome.status == Status::pass);
    CHECK(kinds(dialogue).size() == all_commands().size() + 1);
  }
}

TEST_CASE("data and unknown commands are only said to versions that know them") {
  const struct {
    std::uint32_t version;
    bool unknown, data;
  } cases[] = {{2, false, false}, {3, true, false}, {4, true, true}, {6, true, true}};
  Script script = small_script();
  script.unknown = "!";
  for (const auto& one : cases) {
    script.version = one.version;
    ScriptedMilter milter;
    milter.negotiation.option.version = one.version;
    const Commands said = kinds(hold(script, milter));
    CHECK(std::count(said.begin(), said.end(), "unknown") == (one.unknown ? 1 : 0));
    CHECK(std::count(said.begin(), said.end(), "data") == (one.data ? 1 : 0));
  }
}

TEST_CASE("a verdict ends the mail, and nothing of it is said any more") {
  const struct {
    CommandKind at;
    Reply answer;
    const char* status;
    std::size_t said;  // commands before abort and quit
  } cases[] = {
      {CommandKind::connect, kReject, "reject", 2},
      {CommandKind::connect, kNo, "reject [554]<5.7.1>(1% 2%% 3%%%)", 2},
      {CommandKind::helo, kAccept, "accept", 3},
      {CommandKind::mail, kDiscard, "discard", 4},
      {CommandKind::recipient, kReject, "reject", 5},
      {CommandKind::recipient, kGreylisted, "temporary-failure [451]<4.7.1>(Greylisting)", 5},
      {CommandKind::recipient, kAccept, "accept", 5},
      {CommandKind::recipient, kDiscard, "discard", 5},
      {CommandKind::data, kLater, "temporary-failure", 6},
      {CommandKind::header, kReject, "reject", 7},
      {CommandKind::end_of_header, kAccept, "accept", 8},
      {CommandKind::body, kDiscard, "discard", 9},
      {CommandKind::helo, reply::Shutdown{}, "abort", 3},
      {CommandKind::helo, reply::ConnectionFailure{}, "error", 3},
  };
  for (const auto& one : cases) {
    INFO(name_of(one.at) << ": " << one.status);
    const Dialogue dialogue = hold(small_script(), {{{6, action::kAll, 0}, {}}, {{one.at, {{one.answer}}}}});
    CHECK(status_line(dialogue) == one.status);
    Commands expected = all_commands();
    expected.resize(one.said);
    expected.insert(expected.end(), {"abort", "quit"});
    CHECK(kinds(dialogue) == expected);
  }
}

TEST_CASE("at the end of the message the verdict needs no abort") {
  const struct {
    Reply answer;
    const char* status;
  } cases[] = {{kContinue, "pass"},   {kAccept, "accept"},
               {kReject, "reject"},   {kLater, "temporary-failure"},
               {kDiscard, "discard"}, {kNo, "reject [554]<5.7.1>(1% 2%% 3%%%)"}};
  for (const auto& one : cases) {
    ScriptedMilter milter;
    milter.answers[CommandKind::end_of_message] = {{one.answer}};
    const Dialogue dialogue = hold(small_script(), milter);
    CHECK(status_line(dialogue) == one.status);
    CHECK(kinds(dialogue) == all_commands());
  }
}

TEST_CASE("a mail goes on while one recipient is left, else the last refusal is its end") {
  const struct {
    Reply first, second;
    const char* status;
    std::vector<std::string> left;
  } cases[] = {
      {kContinue, kContinue, "pass", {"<b@example.org>", "<c@example.org>"}},
      {kReject, kContinue, "pass", {"<c@example.org>"}},
      {kContinue, kReject, "pass", {"<b@example.org>"}},
      {kContinue, kGreylisted, "pass", {"<b@example.org>"}},
      {kLater, kContinue, "pass", {"<c@example.org>"}},
      {kReject, kLater, "temporary-failure", {}},
      {kLater, kReject, "reject", {}},
      {kNo, kGreylisted, "temporary-failure [451]<4.7.1>(Greylisting)", {}},
      {kGreylisted, kReject, "reject", {}},
  };
  Script script = small_script();
  script.mail.recipients.push_back("<c@example.org>");
  for (const auto& one : cases) {
    ScriptedMilter milter;
    milter.answers[CommandKind::recipient] = {{one.first}, {one.second}};
    const Dialogue dialogue = hold(script, milter);
    INFO(status_line(dialogue));
    CHECK(status_line(dialogue) == one.status);
    CHECK(dialogue.outcome.mail.recipients == one.left);
    const Commands said = kinds(dialogue);
    CHECK(std::count(said.begin(), said.end(), "data") == (one.left.empty() ? 0 : 1));
    CHECK(std::count(said.begin(), said.end(), "abort") == (one.left.empty() ? 1 : 0));
  }
}

TEST_CASE("skip leaves out the rest of the body") {
  Script script = small_script();
  script.mail.body = {"one", "two", "three"};
  ScriptedMilter milter;
  milter.answers[CommandKind::body] = {{kContinue}, {reply::Skip{}}};
  const Dialogue dialogue = hold(script, milter);
  CHECK(dialogue.outcome.status == Status::pass);
  const Commands said = kinds(dialogue);
  CHECK(std::count(said.begin(), said.end(), "body") == 2);
}

TEST_CASE("a long piece of the body goes in chunks of 65535 bytes") {
  Script script = small_script();
  script.mail.body = {std::string(150000, 'x')};
  const Dialogue dialogue = hold(script, {});
  std::vector<std::size_t> sizes;
  for (const auto& command : dialogue.commands) {
    if (command.substr(0, 5) == "body:") sizes.push_back(command.size() - std::string("body: <>").size());
  }
  CHECK(sizes == std::vector<std::size_t>{65535, 65535, 18930});
}

TEST_CASE("headers have their leading blank for a milter that asks for it") {
  Script script = small_script();
  std::vector<std::string> values;
  for (const std::uint32_t steps : {std::uint32_t{0}, step::kHeaderLeadingSpace}) {
    MtaSession session(script);
    std::string out;
    session.start(out);
    const auto say = [&](const Reply& reply) {
      std::string packet;
      encode(reply, packet);
      out.clear();
      session.received(Packet{packet}, out);
    };
    say(reply::Negotiate{{6, 0, steps | (step::kNoEvent & ~step::kNoHeaders)}, {}});
    const auto header = decode_command(Packet{out});
    REQUIRE(header);
    values.emplace_back(std::get<command::Header>(*header).value);
  }
  CHECK(values == std::vector<std::string>{"hi", " hi"});
}

TEST_CASE("each stage has its macros, a recipient its own address") {
  Script script = small_script();
  script.macros[CommandKind::connect] = {{"j", "mx"}, {"daemon_name", "smtpd"}};
  script.macros[CommandKind::recipient] = {{"rcpt_host", "h"}};
  const Dialogue dialogue = hold(script, {});
  CHECK(dialogue.macros.at(CommandKind::connect) == "macros:\n  daemon_name=smtpd\n  j=mx");
  CHECK(dialogue.macros.at(CommandKind::recipient) == "macros:\n  rcpt_addr=b@example.org\n  rcpt_host=h");
  CHECK(dialogue.macros.count(CommandKind::helo) == 0);
}

TEST_CASE("a milter gets only the macros that its symbol lists ask for") {
  Script script = small_script();
  for (const auto stage :
       {CommandKind::connect, CommandKind::helo, CommandKind::mail, CommandKind::end_of_message}) {
    script.macros[stage] = {{"i", "q1"}, {"auth_type", "PLAIN"}};
  }
  std::string lists;
  append_symbol_list(lists, SymbolStage::connect, "{auth_type}, j");
  append_symbol_list(lists, SymbolStage::helo, "");
  append_symbol_list(lists, SymbolStage::end_of_message, "i");
  ScriptedMilter milter;
  milter.negotiation.symbols = SymbolLists(lists);
  const Dialogue dialogue = hold(script, milter);
  CHECK(dialogue.macros.at(CommandKind::connect) == "macros:\n  auth_type=PLAIN");
  CHECK(dialogue.macros.count(CommandKind::helo) == 0);
  CHECK(dialogue.macros.at(CommandKind::mail) == "macros:\n  auth_type=PLAIN\n  i=q1");
  CHECK(dialogue.macros.at(CommandKind::end_of_message) == "macros:\n  i=q1");
}

TEST_CASE("the milter's edits are made") {
  ScriptedMilter milter;
  milter.answers[CommandKind::end_of_message] = {
      {reply::Progress{}, reply::AddHeader{"X-Spam", "no"}, reply::InsertHeader{1, "Received", "x"},
       reply::ChangeHeader{1, "subject", "hello"}, reply::ChangeFrom{"new@example.com", ""},
       reply::AddRecipient{"<c@example.org>"},
       reply::AddRecipientWithParameters{"d@example.org", "NOTIFY=NEVER"},
       reply::DeleteRecipient{"B@EXAMPLE.ORG"}, reply::ReplaceBody{"new "}, reply::ReplaceBody{"body"},
       kContinue}};
  const Dialogue dialogue = hold(small_script(), milter);
  CHECK(dialogue.outcome.status == Status::pass);
  const Mail& mail = dialogue.outcome.mail;
  CHECK(mail.sender == "<new@example.com>");
  CHECK(mail.recipients == std::vector<std::string>{"<c@example.org>", "<d@example.org>"});
  CHECK(mail.headers == std::vector<Header>{{"Received", "x"}, {"Subject", "hello"}, {"X-Spam", "no"}});
  CHECK(mail.body == std::vector<std::string>{"new ", "body"});
}

TEST_CASE("quarantine is how a mail ends unless it is refused") {
  const struct {
    Reply verdict;
    const char* status;
  } cases[] = {
      {kContinue, "quarantine"}, {kAccept, "quarantine"}, {kReject, "reject"}, {kDiscard, "discard"}};
  for (const auto& one : cases) {
    ScriptedMilter milter;
    milter.answers[CommandKind::end_of_message] = {{reply::Quarantine{"virus"}, one.verdict}};
    const Dialogue dialogue = hold(small_script(), milter);
    CHECK(status_line(dialogue) == one.status);
    CHECK(dialogue.outcome.quarantine_reason == "virus");
  }
}

TEST_CASE("a milter that breaks the protocol is an error that says where") {
  const struct {
    ScriptedMilter milter;
    const char* error;
  } cases[] = {
      {{{{7, 0, 0}, {}}, {}}, "The milter answered with protocol version 7, offered was 6"},
      {{{{1, 0, 0}, {}}, {}}, "The milter answered with protocol version 1, offered was 6"},
      {{{{6, 0x200, 0}, {}}, {}},
       "The milter asks for what was not offered: negotiate: version=<6>, action=<0x200>, step=<>"},
      {{{}, {{CommandKind::helo, {{reply::AddHeader{"X", "y"}}}}}},
       "The milter answered helo with what is no answer to that: add-header: <X: y>"},
      {{{}, {{CommandKind::header, {{reply::Skip{}}}}}},
       "The milter answered header with what is no answer to that: skip"},
      {{{}, {{CommandKind::mail, {{reply::Progress{}}}}}},
       "The milter answered envelope-from with what is no answer to that: progress"},
      {{{}, {{CommandKind::data, {{}}}}}, "silence at data"},
  };
  for (auto one : cases) {
    if (one.milter.negotiation.option.version == 0) one.milter.negotiation.option.version = 6;
    const Dialogue dialogue = hold(small_script(), one.milter);
    CHECK(dialogue.outcome.status == Status::error);
    CHECK(dialogue.outcome.error == one.error);
  }
}

TEST_CASE("a milter that does not negotiate is an error") {
  const Script script = small_script();
  for (const std::string& packet : {std::string("\0\0\0\1r", 5), std::string("\0\0\0\2cc", 6)}) {
    MtaSession session(script);
    std::string out;
    session.start(out);
    session.received(Packet{packet}, out);
    CHECK(session.finished());
    CHECK_FALSE(session.outcome().negotiated);
    CHECK(session.outcome().status == Status::error);
  }
}
