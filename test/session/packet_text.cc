// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/session/packet_text.h"

#include <fmt/format.h>

#include <stdexcept>

#include "core/protocol/packet.h"
#include "core/protocol/reply.h"
#include "test/session/scenario.h"

namespace milter_manager::session {
namespace {

using Words = std::vector<std::string>;
using protocol::CommandKind;
using protocol::ReplyKind;
using protocol::SymbolStage;

struct CommandWord {
  std::string_view word;
  CommandKind kind;
  std::vector<std::string_view> usual;
};
const std::vector<CommandWord>& command_words() {
  static const std::vector<CommandWord> words = {
      {"connect", CommandKind::connect, {"mx.example.net", "inet", "25", "192.0.2.1"}},
      {"helo", CommandKind::helo, {"mx.example.net"}},
      {"mail", CommandKind::mail, {"<sender@example.net>"}},
      {"rcpt", CommandKind::recipient, {"<user@example.org>"}},
      {"data", CommandKind::data, {}},
      {"header", CommandKind::header, {"Subject", "hello"}},
      {"end-of-header", CommandKind::end_of_header, {}},
      {"body", CommandKind::body, {"text"}},
      {"end-of-message", CommandKind::end_of_message, {}},
      {"abort", CommandKind::abort, {}},
      {"quit", CommandKind::quit, {}},
      {"quit-new-connection", CommandKind::quit_new_connection, {}},
      {"unknown", CommandKind::unknown, {"NOSUCH"}},
      {"macro", CommandKind::define_macro, {}},
      {"negotiate", CommandKind::negotiate, {}},
  };
  return words;
}

struct ReplyWord {
  std::string_view word;
  ReplyKind kind;
};
constexpr ReplyWord kReplies[] = {
    {"continue", ReplyKind::continue_},
    {"accept", ReplyKind::accept},
    {"reject", ReplyKind::reject},
    {"temporary-failure", ReplyKind::temporary_failure},
    {"discard", ReplyKind::discard},
    {"skip", ReplyKind::skip},
    {"progress", ReplyKind::progress},
    {"shutdown", ReplyKind::shutdown},
    {"connection-failure", ReplyKind::connection_failure},
};

constexpr std::string_view kSymbolStages[] = {"connect", "helo",           "mail",         "rcpt",
                                              "data",    "end-of-message", "end-of-header"};

std::string_view next(const Words& words, std::size_t at) {
  if (at < words.size()) return words[at];
  throw std::runtime_error("too few words behind " + words.at(0));
}

std::string_view optional(const Words& words, std::size_t at) {
  return at < words.size() ? std::string_view(words[at]) : std::string_view();
}

std::string list_of(const Words& words, std::size_t from) {
  std::string list;
  for (std::size_t i = from; i < words.size(); ++i) list.append(words[i]).push_back('\0');
  return list;
}

std::uint32_t number(std::string_view text) {
  const std::string digits(text);
  char* end = nullptr;
  const unsigned long value = std::strtoul(digits.c_str(), &end, 0);
  if (digits.empty() || *end) throw std::runtime_error("not a number: " + digits);
  return static_cast<std::uint32_t>(value);
}

std::string raw_packet(const Words& words) {
  const std::string_view bytes = next(words, 1);
  if (bytes.empty()) throw std::runtime_error("an empty packet can't be sent");
  std::string packet;
  protocol::append_packet(packet, bytes[0], bytes.substr(1));
  return packet;
}

std::string shown_raw(std::string_view packet) { return "packet " + quoted(packet.substr(4)); }

template <typename Names>
std::uint32_t parse_bits(std::string_view text, std::uint32_t all, const Names& names) {
  std::uint32_t bits = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('|'), text.size());
    std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const bool without = word.starts_with('!');
    if (without) word.remove_prefix(1);
    std::uint32_t meant = 0;
    if (word == "all") {
      meant = all;
    } else if (word.starts_with("0x")) {
      meant = number(word);
    } else if (word != "none") {
      for (unsigned bit = 0; bit < 32; ++bit) {
        if (names(1u << bit) == word) meant = 1u << bit;
      }
      if (meant == 0) throw std::runtime_error("no such bit: " + std::string(word));
    }
    bits = without ? bits & ~meant : bits | meant;
  }
  return bits;
}

protocol::Option option_of(const Words& words) {
  protocol::Option option{protocol::kMaxVersion, protocol::action::kAll, protocol::step::kAll};
  for (std::size_t i = 1; i < words.size(); ++i) parse_option(words[i], option);
  return option;
}

std::string option_text(const protocol::Option& option) {
  return fmt::format(
      "negotiate version={} actions={} steps={}", option.version,
      option.actions == protocol::action::kAll ? "all" : protocol::action_names(option.actions),
      option.steps == 0 ? "none" : protocol::step_names(option.steps));
}

protocol::command::Family family(std::string_view word) {
  using protocol::command::Family;
  if (word == "inet") return Family::inet;
  if (word == "inet6") return Family::inet6;
  if (word == "unix") return Family::unix;
  if (word == "none") return Family::unknown;
  throw std::runtime_error("no such family: " + std::string(word));
}

std::string_view family_word(protocol::command::Family family) {
  using protocol::command::Family;
  switch (family) {
    case Family::inet:
      return "inet";
    case Family::inet6:
      return "inet6";
    case Family::unix:
      return "unix";
    case Family::unknown:
      break;
  }
  return "none";
}

}  // namespace

CommandKind command_kind(std::string_view word) {
  for (const CommandWord& row : command_words()) {
    if (row.word == word) return row.kind;
  }
  throw std::runtime_error("no such command: " + std::string(word));
}

std::uint32_t parse_actions(std::string_view text) {
  return parse_bits(text, protocol::action::kAll,
                    [](std::uint32_t bit) { return protocol::action_names(bit); });
}
std::uint32_t parse_steps(std::string_view text) {
  return parse_bits(text, protocol::step::kAll, [](std::uint32_t bit) { return protocol::step_names(bit); });
}

bool parse_option(std::string_view word, protocol::Option& option) {
  const auto value = word.substr(std::min(word.find('=') + 1, word.size()));
  if (word.starts_with("version=")) {
    option.version = number(value);
  } else if (word.starts_with("actions=")) {
    option.actions = parse_actions(value);
  } else if (word.starts_with("steps=")) {
    option.steps = parse_steps(value);
  } else {
    return false;
  }
  return true;
}

bool parse_symbols(std::string_view word, std::string& lists) {
  const std::size_t equal = word.find('=');
  for (std::size_t i = 0; i < std::size(kSymbolStages); ++i) {
    if (word.substr(0, equal) != kSymbolStages[i] || equal == std::string_view::npos) continue;
    protocol::append_symbol_list(lists, static_cast<SymbolStage>(i), word.substr(equal + 1));
    return true;
  }
  return false;
}

std::string command_packet(const Words& given) {
  namespace command = protocol::command;
  if (next(given, 0) == "packet") return raw_packet(given);
  const CommandKind kind = command_kind(given[0]);
  Words words = given;
  for (const CommandWord& row : command_words()) {
    if (row.kind == kind && words.size() == 1) words.insert(words.end(), row.usual.begin(), row.usual.end());
  }
  std::string out;
  const std::string list = list_of(words, 2);
  switch (kind) {
    case CommandKind::connect:
      protocol::encode(
          command::Connect{next(words, 1), family(next(words, 2)),
                           static_cast<std::uint16_t>(number(optional(words, 3).empty() ? "0" : words[3])),
                           optional(words, 4)},
          out);
      break;
    case CommandKind::helo:
      protocol::encode(command::Helo{words[1]}, out);
      break;
    case CommandKind::mail:
      protocol::encode(command::Mail{words[1], protocol::StringList(list)}, out);
      break;
    case CommandKind::recipient:
      protocol::encode(command::Recipient{words[1], protocol::StringList(list)}, out);
      break;
    case CommandKind::header:
      protocol::encode(command::Header{words[1], next(words, 2)}, out);
      break;
    case CommandKind::body:
      protocol::encode(command::Body{words[1]}, out);
      break;
    case CommandKind::end_of_message:
      protocol::encode(command::EndOfMessage{optional(words, 1)}, out);
      break;
    case CommandKind::unknown:
      protocol::encode(command::Unknown{words[1]}, out);
      break;
    case CommandKind::negotiate:
      protocol::encode(command::Negotiate{option_of(words)}, out);
      break;
    case CommandKind::define_macro: {
      std::string pairs;
      for (std::size_t i = 2; i < words.size(); ++i) {
        const std::size_t equal = words[i].find('=');
        if (equal == std::string::npos) throw std::runtime_error("a macro is NAME=VALUE");
        const std::string name = words[i].substr(0, equal);
        pairs += name.size() > 1 ? "{" + name + "}" : name;
        pairs += '\0';
        pairs += words[i].substr(equal + 1) + '\0';
      }
      protocol::encode(command::DefineMacro{command_kind(next(words, 1)), protocol::StringList(pairs)}, out);
      break;
    }
    default:
      protocol::append_packet(out, static_cast<char>(kind));
      break;
  }
  return out;
}

std::string command_text(std::string_view packet) {
  namespace command = protocol::command;
  const auto decoded = protocol::decode_command({packet});
  if (!decoded) return shown_raw(packet);
  const auto kind = static_cast<CommandKind>(packet[4]);
  std::string text;
  for (const CommandWord& row : command_words()) {
    if (row.kind == kind) text = row.word;
  }
  const auto add = [&](std::string_view word) { text += " " + quoted(word); };
  if (const auto* connect = std::get_if<command::Connect>(&*decoded)) {
    add(connect->host);
    add(family_word(connect->family));
    add(std::to_string(connect->port));
    add(connect->address);
  } else if (const auto* helo = std::get_if<command::Helo>(&*decoded)) {
    add(helo->name);
  } else if (const auto* mail = std::get_if<command::Mail>(&*decoded)) {
    add(mail->sender);
    for (const auto argument : mail->arguments) add(argument);
  } else if (const auto* recipient = std::get_if<command::Recipient>(&*decoded)) {
    add(recipient->recipient);
    for (const auto argument : recipient->arguments) add(argument);
  } else if (const auto* header = std::get_if<command::Header>(&*decoded)) {
    add(header->name);
    add(header->value);
  } else if (const auto* body = std::get_if<command::Body>(&*decoded)) {
    add(body->chunk);
  } else if (const auto* end = std::get_if<command::EndOfMessage>(&*decoded)) {
    if (!end->chunk.empty()) add(end->chunk);
  } else if (const auto* unknown = std::get_if<command::Unknown>(&*decoded)) {
    add(unknown->line);
  } else if (const auto* offer = std::get_if<command::Negotiate>(&*decoded)) {
    return option_text(offer->option);
  } else if (const auto* macros = std::get_if<command::DefineMacro>(&*decoded)) {
    for (const CommandWord& row : command_words()) {
      if (row.kind == macros->stage) add(row.word);
    }
    for (auto at = macros->pairs.begin(); at != macros->pairs.end();) {
      std::string pair(*at++);
      if (pair.size() > 2 && pair.front() == '{') pair = pair.substr(1, pair.size() - 2);
      if (at != macros->pairs.end()) pair += "=" + std::string(*at++);
      add(pair);
    }
  }
  return text;
}

std::string reply_packet(const Words& words) {
  namespace reply = protocol::reply;
  const std::string_view word = next(words, 0);
  std::string out;
  for (const ReplyWord& row : kReplies) {
    if (row.word == word) protocol::append_packet(out, static_cast<char>(row.kind));
  }
  if (!out.empty()) return out;
  if (word == "packet") return raw_packet(words);
  if (word == "reply-code") {
    protocol::append_packet(out, 'y', next(words, 1), std::string_view("\0", 1));
  } else if (word == "add-header") {
    protocol::encode(reply::AddHeader{next(words, 1), next(words, 2)}, out);
  } else if (word == "insert-header") {
    protocol::encode(reply::InsertHeader{number(next(words, 1)), next(words, 2), next(words, 3)}, out);
  } else if (word == "change-header") {
    protocol::encode(reply::ChangeHeader{number(next(words, 1)), next(words, 2), next(words, 3)}, out);
  } else if (word == "add-recipient" && words.size() > 2) {
    protocol::encode(reply::AddRecipientWithParameters{next(words, 1), next(words, 2)}, out);
  } else if (word == "add-recipient") {
    protocol::encode(reply::AddRecipient{next(words, 1)}, out);
  } else if (word == "delete-recipient") {
    protocol::encode(reply::DeleteRecipient{next(words, 1)}, out);
  } else if (word == "change-from") {
    protocol::encode(reply::ChangeFrom{next(words, 1), optional(words, 2)}, out);
  } else if (word == "quarantine") {
    protocol::encode(reply::Quarantine{next(words, 1)}, out);
  } else if (word == "replace-body") {
    protocol::encode(reply::ReplaceBody{next(words, 1)}, out);
  } else if (word == "negotiate") {
    std::string symbols;
    for (std::size_t i = 1; i < words.size(); ++i) {
      protocol::Option ignored;
      if (!parse_option(words[i], ignored) && !parse_symbols(words[i], symbols)) {
        throw std::runtime_error("no part of a negotiation: " + words[i]);
      }
    }
    protocol::encode(reply::Negotiate{option_of(words), protocol::SymbolLists(symbols)}, out);
  } else {
    throw std::runtime_error("no such reply: " + std::string(word));
  }
  return out;
}

std::string reply_text(std::string_view packet) {
  namespace reply = protocol::reply;
  const auto decoded = protocol::decode_reply({packet});
  if (!decoded) return shown_raw(packet);
  const auto kind = static_cast<ReplyKind>(packet[4]);
  std::string text(name_of(kind));
  for (const ReplyWord& row : kReplies) {
    if (row.kind == kind) return std::string(row.word);
  }
  const auto add = [&](std::string_view word) { text += " " + quoted(word); };
  if (const auto* code = std::get_if<reply::ReplyCode>(&*decoded)) {
    add(code->text);
  } else if (const auto* added = std::get_if<reply::AddHeader>(&*decoded)) {
    add(added->name);
    add(added->value);
  } else if (const auto* inserted = std::get_if<reply::InsertHeader>(&*decoded)) {
    add(std::to_string(inserted->index));
    add(inserted->name);
    add(inserted->value);
  } else if (const auto* changed = std::get_if<reply::ChangeHeader>(&*decoded)) {
    add(std::to_string(changed->index));
    add(changed->name);
    add(changed->value);
  } else if (const auto* recipient = std::get_if<reply::AddRecipient>(&*decoded)) {
    add(recipient->recipient);
  } else if (const auto* with = std::get_if<reply::AddRecipientWithParameters>(&*decoded)) {
    text = "add-recipient";
    add(with->recipient);
    add(with->parameters);
  } else if (const auto* gone = std::get_if<reply::DeleteRecipient>(&*decoded)) {
    add(gone->recipient);
  } else if (const auto* from = std::get_if<reply::ChangeFrom>(&*decoded)) {
    add(from->sender);
    if (!from->parameters.empty()) add(from->parameters);
  } else if (const auto* quarantine = std::get_if<reply::Quarantine>(&*decoded)) {
    add(quarantine->reason);
  } else if (const auto* body = std::get_if<reply::ReplaceBody>(&*decoded)) {
    add(body->chunk);
  } else if (const auto* answer = std::get_if<reply::Negotiate>(&*decoded)) {
    text = option_text(answer->option);
    for (std::size_t i = 0; i < std::size(kSymbolStages); ++i) {
      const auto found = answer->symbols.find(static_cast<SymbolStage>(i));
      if (found.present) text += fmt::format(" {}=\"{}\"", kSymbolStages[i], found.names);
    }
  }
  return text;
}

}  // namespace milter_manager::session
