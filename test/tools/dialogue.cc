// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/tools/dialogue.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <utility>

#include "core/tools/describe.h"

namespace milter_manager::tools {
namespace {

using namespace protocol;

constexpr std::pair<CommandKind, std::uint32_t> kNotAnswered[] = {
    {CommandKind::connect, step::kNoReplyConnect},
    {CommandKind::helo, step::kNoReplyHelo},
    {CommandKind::mail, step::kNoReplyMail},
    {CommandKind::recipient, step::kNoReplyRecipient},
    {CommandKind::unknown, step::kNoReplyUnknown},
    {CommandKind::data, step::kNoReplyData},
    {CommandKind::header, step::kNoReplyHeader},
    {CommandKind::end_of_header, step::kNoReplyEndOfHeader},
    {CommandKind::body, step::kNoReplyBody},
    {CommandKind::define_macro, ~0u},
    {CommandKind::abort, ~0u},
    {CommandKind::quit, ~0u},
};

class Listening {
 public:
  Listening(const ScriptedMilter& milter, Dialogue& dialogue) : milter_(milter), dialogue_(dialogue) {}

  std::string answer(Packet packet) {
    const auto command = decode_command(packet);
    REQUIRE(command);
    const auto kind = static_cast<CommandKind>(packet.kind());
    if (const auto* macros = std::get_if<command::DefineMacro>(&*command)) {
      dialogue_.macros[macros->stage] = describe_macros(macros->pairs.bytes());
      return {};
    }
    dialogue_.commands.push_back(describe(*command));
    std::string out;
    if (kind == CommandKind::negotiate) {
      encode(milter_.negotiation, out);
      return out;
    }
    const auto found = std::find_if(std::begin(kNotAnswered), std::end(kNotAnswered),
                                    [kind](const auto& entry) { return entry.first == kind; });
    const std::uint32_t unanswered = found == std::end(kNotAnswered) ? 0 : found->second;
    if (unanswered == ~0u || (milter_.negotiation.option.steps & unanswered) != 0) return {};
    for (const Reply& reply : replies(kind)) encode(reply, out);
    return out;
  }

 private:
  std::vector<Reply> replies(CommandKind kind) {
    const auto told = milter_.answers.find(kind);
    if (told == milter_.answers.end()) return {reply::Continue{}};
    return told->second[std::min(asked_[kind]++, told->second.size() - 1)];
  }

  const ScriptedMilter& milter_;
  Dialogue& dialogue_;
  std::map<CommandKind, std::size_t> asked_;
};

}  // namespace

Dialogue hold(const Script& script, const ScriptedMilter& milter) {
  Dialogue dialogue;
  Listening listening(milter, dialogue);
  MtaSession session(script);
  std::string to_milter;
  session.start(to_milter);
  Framer commands, replies;
  while (!to_milter.empty()) {
    std::string to_mta;
    REQUIRE(commands.feed(std::exchange(to_milter, {}), [&](Packet packet) {
      to_mta += listening.answer(packet);
      return true;
    }));
    REQUIRE(replies.feed(to_mta, [&](Packet packet) {
      session.received(packet, to_milter);
      return !session.finished();
    }));
  }
  if (!session.finished()) session.lost("silence");
  dialogue.outcome = session.outcome();
  return dialogue;
}

Script small_script() {
  Script script;
  script.host = "mx.example.net";
  script.family = command::Family::inet;
  script.port = 50443;
  script.address = "192.0.2.1";
  script.helo = "delian";
  script.mail = {"<a@example.com>", {"<b@example.org>"}, {{"Subject", "hi"}}, {"hello"}};
  return script;
}

}  // namespace milter_manager::tools
