// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "core/protocol/option.h"
#include "core/protocol/packet.h"
#include "core/protocol/string_list.h"
#include "core/result.h"

namespace milter_manager::protocol {

// What the MTA tells a milter (SMFIC_* of Sendmail's mfdef.h). The value is the packet's kind.
enum class CommandKind : char {
  abort = 'A',
  body = 'B',
  connect = 'C',
  define_macro = 'D',
  end_of_message = 'E',
  helo = 'H',
  quit_new_connection = 'K',
  header = 'L',
  mail = 'M',
  end_of_header = 'N',
  negotiate = 'O',
  quit = 'Q',
  recipient = 'R',
  data = 'T',
  unknown = 'U',
};

// The commands' contents. All strings are views into the packet; none of them holds a NUL.
namespace command {

struct Abort {
  friend bool operator==(const Abort&, const Abort&) = default;
};
struct Body {
  std::string_view chunk;  // any bytes, may be empty
  friend bool operator==(const Body&, const Body&) = default;
};
enum class Family : char { unknown = 'U', unix = 'L', inet = '4', inet6 = '6' };
struct Connect {
  std::string_view host;
  Family family = Family::unknown;
  std::uint16_t port = 0;  // host order; 0 for unix and unknown
  std::string_view
      address;  // text of an address that was checked, without "IPv6:"; a path for unix; "" for unknown
  friend bool operator==(const Connect&, const Connect&) = default;
};
// Macros for the command that follows. Pairs of name and value; single-character names are bare, longer
// ones in braces, as they came. An odd count gives the last name an empty value.
struct DefineMacro {
  CommandKind stage = CommandKind::connect;
  StringList pairs;
  friend bool operator==(const DefineMacro&, const DefineMacro&) = default;
};
struct EndOfMessage {
  std::string_view chunk;  // a last piece of the body, mostly empty
  friend bool operator==(const EndOfMessage&, const EndOfMessage&) = default;
};
struct Helo {
  std::string_view name;  // may be empty
  friend bool operator==(const Helo&, const Helo&) = default;
};
struct QuitNewConnection {
  friend bool operator==(const QuitNewConnection&, const QuitNewConnection&) = default;
};
struct Header {
  std::string_view name;
  std::string_view value;  // folded as it came, may be empty
  friend bool operator==(const Header&, const Header&) = default;
};
struct Mail {
  std::string_view sender;  // "<a@b>"; may be empty
  StringList arguments;     // ESMTP, "SIZE=10" (RFC 5321, 4.1.1.11)
  friend bool operator==(const Mail&, const Mail&) = default;
};
struct EndOfHeader {
  friend bool operator==(const EndOfHeader&, const EndOfHeader&) = default;
};
// From version 2 the MTA's offer; exactly three numbers.
struct Negotiate {
  Option option;
  friend bool operator==(const Negotiate&, const Negotiate&) = default;
};
struct Quit {
  friend bool operator==(const Quit&, const Quit&) = default;
};
struct Recipient {
  std::string_view recipient;
  StringList arguments;
  friend bool operator==(const Recipient&, const Recipient&) = default;
};
struct Data {
  friend bool operator==(const Data&, const Data&) = default;
};
struct Unknown {
  std::string_view line;
  friend bool operator==(const Unknown&, const Unknown&) = default;
};

}  // namespace command

using Command = std::variant<command::Abort, command::Body, command::Connect, command::DefineMacro,
                             command::EndOfMessage, command::Helo, command::QuitNewConnection,
                             command::Header, command::Mail, command::EndOfHeader, command::Negotiate,
                             command::Quit, command::Recipient, command::Data, command::Unknown>;

// Reads one command. Everything is checked: a missing NUL, bytes behind the last one, bytes behind a
// command without content, an unknown family or macro stage, an address that is none, all fail and say
// what was wrong in which command. Empty HELO, MAIL, RCPT and unknown arguments are no failure.
// Addresses come with or without "[…]", those of inet6 with or without "IPv6:"; neither is part of `address`.
// Cost: one pass, no allocation but for the error.
Result<Command> decode_command(Packet packet);

// Appends the command as a packet. decode_command() of it gives the same command.
// Precondition: strings hold no NUL (body chunks may). inet6 addresses are written with "IPv6:".
void encode(const Command& command, std::string& out);

// The name used in messages: "envelope-recipient", "end-of-message".
std::string_view name_of(CommandKind kind);

}  // namespace milter_manager::protocol
