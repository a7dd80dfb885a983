// SPDX-License-Identifier: GPL-3.0-or-later
#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

#include "core/protocol/command.h"
#include "core/protocol/wire.h"

namespace milter_manager::protocol {
namespace {

auto malformed(CommandKind kind, std::string_view what) {
  return failure(fmt::format("malformed {} command: {}", name_of(kind), what));
}

constexpr std::string_view kNoNul = "a string without NUL at its end";
constexpr std::string_view kGarbage = "bytes behind its end";

template <typename Content>
Result<Command> decode_empty(CommandKind kind, PayloadReader reader) {
  if (!reader.at_end()) return malformed(kind, kGarbage);
  return Content{};
}

template <typename Content>
Result<Command> decode_text(CommandKind kind, PayloadReader reader) {
  std::string_view text;
  if (!reader.text(text)) return malformed(kind, kNoNul);
  if (!reader.at_end()) return malformed(kind, kGarbage);
  return Content{text};
}

template <typename Content>
Result<Command> decode_path(CommandKind kind, PayloadReader reader) {
  std::string_view path, arguments;
  if (!reader.text(path) || !reader.texts(arguments)) return malformed(kind, kNoNul);
  return Content{path, StringList(arguments)};
}

Result<Command> decode_header(PayloadReader reader) {
  command::Header header;
  if (!reader.text(header.name) || !reader.text(header.value)) return malformed(CommandKind::header, kNoNul);
  if (!reader.at_end()) return malformed(CommandKind::header, kGarbage);
  return header;
}

Result<Command> decode_negotiate(PayloadReader reader) {
  Option option;
  if (!reader.number(option.version) || !reader.number(option.actions) || !reader.number(option.steps)) {
    return malformed(CommandKind::negotiate, "fewer than three numbers");
  }
  if (!reader.at_end()) return malformed(CommandKind::negotiate, kGarbage);
  return command::Negotiate{option};
}

Result<Command> decode_macros(PayloadReader reader) {
  constexpr std::string_view kStages = "CHMRTLNBEU";
  char stage;
  if (!reader.byte(stage)) return malformed(CommandKind::define_macro, "no stage");
  if (kStages.find(stage) == std::string_view::npos) {
    return malformed(CommandKind::define_macro, "unknown stage " + quote({&stage, 1}));
  }
  std::string_view pairs;
  if (!reader.texts(pairs)) return malformed(CommandKind::define_macro, kNoNul);
  return command::DefineMacro{static_cast<CommandKind>(stage), StringList(pairs)};
}

std::string_view without_prefix(std::string_view text, std::string_view prefix) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  const bool has =
      text.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), text.begin(),
                                                 [&](char a, char b) { return lower(a) == lower(b); });
  return has ? text.substr(prefix.size()) : text;
}

std::string_view without_brackets(std::string_view text) {
  if (text.size() >= 2 && text.front() == '[' && text.back() == ']') return text.substr(1, text.size() - 2);
  return text;
}

bool is_address(int family, std::string_view text) {
  char terminated[INET6_ADDRSTRLEN];
  if (text.size() >= sizeof terminated) return false;
  *std::copy(text.begin(), text.end(), terminated) = '\0';
  unsigned char parsed[sizeof(in6_addr)];
  return inet_pton(family, terminated, parsed) == 1;
}

Result<Command> decode_connect(PayloadReader reader) {
  constexpr CommandKind kind = CommandKind::connect;
  command::Connect connect;
  char family;
  if (!reader.text(connect.host)) return malformed(kind, kNoNul);
  if (!reader.byte(family)) return malformed(kind, "no address family");
  connect.family = static_cast<command::Family>(family);
  if (connect.family == command::Family::unknown) {
    if (!reader.at_end()) return malformed(kind, kGarbage);
    return connect;
  }
  std::uint16_t port;
  if (!reader.port(port)) return malformed(kind, "no port");
  if (!reader.text(connect.address)) return malformed(kind, kNoNul);
  if (!reader.at_end()) return malformed(kind, kGarbage);
  switch (connect.family) {
    case command::Family::unix:
      return connect;
    case command::Family::inet:
      connect.port = port;
      connect.address = without_brackets(connect.address);
      if (!is_address(AF_INET, connect.address)) {
        return malformed(kind, "no IPv4 address: " + quote(connect.address));
      }
      return connect;
    case command::Family::inet6:
      connect.port = port;
      connect.address = without_prefix(without_brackets(connect.address), "IPv6:");
      if (!is_address(AF_INET6, connect.address)) {
        return malformed(kind, "no IPv6 address: " + quote(connect.address));
      }
      return connect;
    case command::Family::unknown:
      break;
  }
  return malformed(kind, "unknown address family " + quote({&family, 1}));
}

}  // namespace

Result<Command> decode_command(Packet packet) {
  const PayloadReader reader(packet.payload());
  const auto kind = static_cast<CommandKind>(packet.kind());
  switch (kind) {
    case CommandKind::abort:
      return decode_empty<command::Abort>(kind, reader);
    case CommandKind::body:
      return command::Body{reader.rest()};
    case CommandKind::connect:
      return decode_connect(reader);
    case CommandKind::define_macro:
      return decode_macros(reader);
    case CommandKind::end_of_message:
      return command::EndOfMessage{reader.rest()};
    case CommandKind::helo:
      return decode_text<command::Helo>(kind, reader);
    case CommandKind::quit_new_connection:
      return decode_empty<command::QuitNewConnection>(kind, reader);
    case CommandKind::header:
      return decode_header(reader);
    case CommandKind::mail:
      return decode_path<command::Mail>(kind, reader);
    case CommandKind::end_of_header:
      return decode_empty<command::EndOfHeader>(kind, reader);
    case CommandKind::negotiate:
      return decode_negotiate(reader);
    case CommandKind::quit:
      return decode_empty<command::Quit>(kind, reader);
    case CommandKind::recipient:
      return decode_path<command::Recipient>(kind, reader);
    case CommandKind::data:
      return decode_empty<command::Data>(kind, reader);
    case CommandKind::unknown:
      return decode_text<command::Unknown>(kind, reader);
  }
  const char byte = packet.kind();
  return failure("unknown command " + quote({&byte, 1}));
}

}  // namespace milter_manager::protocol
