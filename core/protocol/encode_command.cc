// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/protocol/command.h"
#include "core/protocol/wire.h"

namespace milter_manager::protocol {
namespace {

// One overload for each command: its kind, then its content.
struct Writer {
  std::string& out;

  void empty(CommandKind kind) const { append_packet(out, static_cast<char>(kind)); }
  void raw(CommandKind kind, std::string_view bytes) const {
    append_packet(out, static_cast<char>(kind), bytes);
  }
  void text(CommandKind kind, std::string_view value) const {
    PacketWriter(out, static_cast<char>(kind)).text(value);
  }
  void path(CommandKind kind, std::string_view value, StringList arguments) const {
    PacketWriter packet(out, static_cast<char>(kind));
    packet.text(value);
    packet.bytes(arguments.bytes());
  }

  void operator()(const command::Abort&) const { empty(CommandKind::abort); }
  void operator()(const command::Body& body) const { raw(CommandKind::body, body.chunk); }
  void operator()(const command::Connect& connect) const;
  void operator()(const command::DefineMacro& macros) const {
    PacketWriter packet(out, static_cast<char>(CommandKind::define_macro));
    packet.byte(static_cast<char>(macros.stage));
    packet.bytes(macros.pairs.bytes());
  }
  void operator()(const command::EndOfMessage& end) const { raw(CommandKind::end_of_message, end.chunk); }
  void operator()(const command::Helo& helo) const { text(CommandKind::helo, helo.name); }
  void operator()(const command::QuitNewConnection&) const { empty(CommandKind::quit_new_connection); }
  void operator()(const command::Header& header) const {
    PacketWriter packet(out, static_cast<char>(CommandKind::header));
    packet.text(header.name);
    packet.text(header.value);
  }
  void operator()(const command::Mail& mail) const { path(CommandKind::mail, mail.sender, mail.arguments); }
  void operator()(const command::EndOfHeader&) const { empty(CommandKind::end_of_header); }
  void operator()(const command::Negotiate& negotiate) const {
    PacketWriter packet(out, static_cast<char>(CommandKind::negotiate));
    packet.number(negotiate.option.version);
    packet.number(negotiate.option.actions);
    packet.number(negotiate.option.steps);
  }
  void operator()(const command::Quit&) const { empty(CommandKind::quit); }
  void operator()(const command::Recipient& recipient) const {
    path(CommandKind::recipient, recipient.recipient, recipient.arguments);
  }
  void operator()(const command::Data&) const { empty(CommandKind::data); }
  void operator()(const command::Unknown& unknown) const { text(CommandKind::unknown, unknown.line); }
};

void Writer::operator()(const command::Connect& connect) const {
  PacketWriter packet(out, static_cast<char>(CommandKind::connect));
  packet.text(connect.host);
  packet.byte(static_cast<char>(connect.family));
  if (connect.family == command::Family::unknown) return;
  const std::uint16_t port = connect.family == command::Family::unix ? std::uint16_t{0} : connect.port;
  packet.byte(static_cast<char>(port >> 8));
  packet.byte(static_cast<char>(port));
  if (connect.family == command::Family::inet6) packet.bytes("IPv6:");
  packet.text(connect.address);
}

}  // namespace

void encode(const Command& command, std::string& out) { std::visit(Writer{out}, command); }

}  // namespace milter_manager::protocol
