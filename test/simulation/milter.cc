// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/simulation/milter.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/protocol/reply.h"

namespace milter_manager::simulation {

namespace action = protocol::action;
namespace command = protocol::command;
namespace reply = protocol::reply;
namespace step = protocol::step;

Bits bits(char command) {
  switch (command) {
    case 'C':
      return {step::kNoConnect, step::kNoReplyConnect};
    case 'H':
      return {step::kNoHelo, step::kNoReplyHelo};
    case 'M':
      return {step::kNoMail, step::kNoReplyMail};
    case 'R':
      return {step::kNoRecipient, step::kNoReplyRecipient};
    case 'T':
      return {step::kNoData, step::kNoReplyData};
    case 'U':
      return {step::kNoUnknown, step::kNoReplyUnknown};
    case 'L':
      return {step::kNoHeaders, step::kNoReplyHeader};
    case 'N':
      return {step::kNoEndOfHeader, step::kNoReplyEndOfHeader};
    case 'B':
      return {step::kNoBody, step::kNoReplyBody};
    default:
      return {};
  }
}

bool understands(const protocol::Option& option, char command) {
  return (command != 'T' || option.version >= 4) && (command != 'U' || option.version >= 3);
}

void Milter::note_macros(const command::DefineMacro& macros) {
  Macros& stage = macros_[static_cast<char>(macros.stage)];
  stage.clear();
  for (auto at = macros.pairs.begin(); at != macros.pairs.end();) {
    const std::string name(*at++);
    const std::string value(at != macros.pairs.end() ? *at++ : std::string_view());
    stage.emplace(name, value);
  }
}

std::string Milter::macros_of(char kind) const {
  const auto found = macros_.find(kind);
  if (found == macros_.end()) return {};
  std::string text;
  for (const auto& [name, value] : found->second) text += "|" + name + "=" + value;
  return text;
}

void Milter::note(char kind, const protocol::Command& heard, Seen& seen) {
  if (const auto* mail = std::get_if<command::Mail>(&heard)) {
    std::string text = "M" + std::string(mail->sender);
    for (const auto argument : mail->arguments) text += " " + std::string(argument);
    seen.envelope.push_back(text + macros_of(kind));
  } else if (const auto* recipient = std::get_if<command::Recipient>(&heard)) {
    seen.envelope.push_back("R" + std::string(recipient->recipient) + macros_of(kind));
  } else if (const auto* header = std::get_if<command::Header>(&heard)) {
    seen.headers.push_back(std::string(header->name) + ":" + std::string(header->value));
  } else if (const auto* body = std::get_if<command::Body>(&heard)) {
    seen.body += body->chunk;
  } else if (const auto* end = std::get_if<command::EndOfMessage>(&heard)) {
    seen.body += end->chunk;
    seen.end = true;
    seen.envelope.push_back("E" + macros_of(kind));
  } else if (kind == 'N') {
    seen.end_of_header = true;
  }
}

Said Milter::hear(protocol::Packet packet, MessageId message, std::vector<std::string>& replies) {
  const char kind = packet.kind();
  Said said{kind, message, 0, {}, 0};
  const auto heard = protocol::decode_command(packet);
  if (!heard) {
    complaint_ = "it was sent " + heard.error().message;
    return said;
  }
  if (const auto* offer = std::get_if<command::Negotiate>(&*heard)) {
    option_ = {std::min(manner_.wish.version, offer->option.version),
               manner_.wish.actions & offer->option.actions, manner_.wish.steps & offer->option.steps};
    const bool lists = offer->option.version >= 6 && (offer->option.actions & action::kSetSymbolList) != 0;
    protocol::encode(
        reply::Negotiate{option_, protocol::SymbolLists(lists ? manner_.symbols : std::string_view())},
        replies.emplace_back());
    said.packets = 1;
    return said;
  }
  if (const auto* macros = std::get_if<command::DefineMacro>(&*heard)) {
    note_macros(*macros);
    return said;
  }
  if (kind == 'A' || kind == 'K') {
    for (auto& [stage, defined] : macros_) {
      if (kind == 'K' || (stage != 'C' && stage != 'H')) defined.clear();
    }
    return said;
  }
  if (kind == 'Q') return said;
  if ((option_.steps & bits(kind).no_event) != 0 || !understands(option_, kind)) {
    complaint_ = fmt::format("it was sent {}, which it does not want", kind);
    return said;
  }
  Seen& seen = transcript_[message];
  const bool first_piece = kind == 'B' && seen.body.empty();
  note(kind, *heard, seen);
  if ((option_.steps & bits(kind).no_reply) != 0) return said;

  std::string subject;
  if (const auto* recipient = std::get_if<command::Recipient>(&*heard))
    subject = said.subject = recipient->recipient;
  if (kind == 'L') subject = seen.headers.back() + std::to_string(seen.headers.size());
  const std::uint64_t fate =
      scramble(scramble(manner_.seed, message * 256 + static_cast<unsigned char>(kind)), subject);
  if (kind == 'E') edit(fate, replies);
  if (kind == 'B' && !first_piece) {
    // Pieces may be cut otherwise for others: only the first one counts.
    said.verdict = 'c';
    protocol::append_packet(replies.emplace_back(), 'c');
  } else {
    replies.push_back(answer(kind, fate, said));
  }
  if (said.verdict != 'c' && (kind == 'L' || kind == 'N' || kind == 'B')) seen.part_of_body = true;
  said.packets = replies.size();
  return said;
}

std::string Milter::answer(char kind, std::uint64_t fate, Said& said) const {
  Dice dice(fate);
  const bool content = kind == 'L' || kind == 'N' || kind == 'B';
  const unsigned permille = kind == 'E' ? manner_.end_permille
                            : content   ? manner_.content_permille
                                        : manner_.envelope_permille;
  std::string packet;
  const auto plain = [&](char verdict) {
    said.verdict = verdict;
    protocol::append_packet(packet, verdict);
    return packet;
  };
  if (kind == 'B' && (option_.steps & step::kSkip) != 0 && dice.percent(30)) return plain('s');
  if (!dice.permille(permille)) return plain('c');
  const bool of_message = std::string_view("MRTLNBE").find(kind) != std::string_view::npos;
  if (!dice.percent(manner_.refusal_percent)) return plain(kind == 'U' ? 'c' : 'a');
  if (of_message && dice.percent(10)) return plain('d');
  if (dice.percent(3)) return plain('4');
  if (dice.percent(50)) return plain(dice.one_of({'r', 't'}));
  said.verdict = 'y';
  const std::string_view text = dice.one_of<std::string_view>(
      {"550 5.7.1 no", "451 4.7.1 later", "550-5.1.1 one\r\n550 5.1.1 two", "554 %s", "421 4.7.0 go away"});
  protocol::encode(reply::ReplyCode{text}, packet);
  return packet;
}

void Milter::edit(std::uint64_t fate, std::vector<std::string>& replies) const {
  Dice dice(scramble(fate));
  constexpr const char* kNames[] = {"Subject", "X-A", "x-a", "to", "X-New", "X-Spam", "Date"};
  constexpr const char* kAddresses[] = {"<user0@example.org>", "<new@example.org>", "<USER1@example.com>"};
  while (dice.percent(manner_.edit_percent) && replies.size() < 12) {
    const std::string text = fmt::format("{}edit {}", dice.percent(15) ? " " : "", dice.below(100));
    const auto index = static_cast<std::uint32_t>(dice.below(5));
    protocol::Reply made = reply::Progress{};
    std::uint32_t needed = 0;
    switch (dice.below(12)) {
      case 0:
        made = reply::AddHeader{dice.one_of(kNames), text};
        needed = action::kAddHeaders;
        break;
      case 1:
      case 2:
        made = reply::InsertHeader{index, dice.one_of(kNames), text};
        needed = action::kAddHeaders;
        break;
      case 3:
        made = reply::ChangeHeader{index, dice.one_of(kNames), text};
        needed = action::kChangeHeaders;
        break;
      case 4:
        made = reply::ChangeHeader{index, dice.one_of(kNames), ""};
        needed = action::kChangeHeaders;
        break;
      case 5:
        made = reply::ReplaceBody{dice.percent(10) ? std::string_view() : text};
        needed = action::kChangeBody;
        break;
      case 6:
        made = reply::AddRecipient{dice.one_of(kAddresses)};
        needed = action::kAddRecipient;
        break;
      case 7:
        made = reply::DeleteRecipient{dice.one_of(kAddresses)};
        needed = action::kDeleteRecipient;
        break;
      case 8:
        made = reply::AddRecipientWithParameters{dice.one_of(kAddresses), "NOTIFY=NEVER"};
        needed = action::kAddRecipientWithParameters;
        break;
      case 9:
        made = reply::ChangeFrom{"<other@example.net>", dice.percent(50) ? "" : "SIZE=1"};
        needed = action::kChangeFrom;
        break;
      case 10:
        if (!dice.percent(30)) continue;
        made = reply::Quarantine{"odd"};
        needed = action::kQuarantine;
        break;
      default:
        break;
    }
    if ((option_.actions & needed) == needed) protocol::encode(made, replies.emplace_back());
  }
}

}  // namespace milter_manager::simulation
