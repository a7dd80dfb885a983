// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/protocol/reply.h"
#include "core/protocol/wire.h"

namespace milter_manager::protocol {
namespace {

// One overload for each reply: its kind, then its content.
struct Writer {
  std::string& out;

  void empty(ReplyKind kind) const { append_packet(out, static_cast<char>(kind)); }
  void text(ReplyKind kind, std::string_view value) const {
    PacketWriter(out, static_cast<char>(kind)).text(value);
  }
  // ESMTP parameters are left out when there are none, as libmilter does.
  void path(ReplyKind kind, std::string_view address, std::string_view parameters) const {
    PacketWriter packet(out, static_cast<char>(kind));
    packet.text(address);
    if (!parameters.empty()) packet.text(parameters);
  }
  void indexed_header(ReplyKind kind, std::uint32_t index, std::string_view name,
                      std::string_view value) const {
    PacketWriter packet(out, static_cast<char>(kind));
    packet.number(index);
    packet.text(name);
    packet.text(value);
  }

  void operator()(const reply::AddRecipient& add) const { text(ReplyKind::add_recipient, add.recipient); }
  void operator()(const reply::DeleteRecipient& gone) const {
    text(ReplyKind::delete_recipient, gone.recipient);
  }
  void operator()(const reply::AddRecipientWithParameters& add) const {
    path(ReplyKind::add_recipient_with_parameters, add.recipient, add.parameters);
  }
  void operator()(const reply::Shutdown&) const { empty(ReplyKind::shutdown); }
  void operator()(const reply::Accept&) const { empty(ReplyKind::accept); }
  void operator()(const reply::ReplaceBody& body) const {
    append_packet(out, static_cast<char>(ReplyKind::replace_body), body.chunk);
  }
  void operator()(const reply::Continue&) const { empty(ReplyKind::continue_); }
  void operator()(const reply::Discard&) const { empty(ReplyKind::discard); }
  void operator()(const reply::ChangeFrom& from) const {
    path(ReplyKind::change_from, from.sender, from.parameters);
  }
  void operator()(const reply::ConnectionFailure&) const { empty(ReplyKind::connection_failure); }
  void operator()(const reply::AddHeader& header) const {
    PacketWriter packet(out, static_cast<char>(ReplyKind::add_header));
    packet.text(header.name);
    packet.text(header.value);
  }
  void operator()(const reply::InsertHeader& header) const {
    indexed_header(ReplyKind::insert_header, header.index, header.name, header.value);
  }
  void operator()(const reply::SymbolListReply& symbols) const {
    append_packet(out, static_cast<char>(ReplyKind::symbol_list), symbols.lists.bytes());
  }
  void operator()(const reply::ChangeHeader& header) const {
    indexed_header(ReplyKind::change_header, header.index, header.name, header.value);
  }
  void operator()(const reply::Negotiate& negotiate) const {
    PacketWriter packet(out, static_cast<char>(ReplyKind::negotiate));
    packet.number(negotiate.option.version);
    packet.number(negotiate.option.actions);
    packet.number(negotiate.option.steps);
    packet.bytes(negotiate.symbols.bytes());
  }
  void operator()(const reply::Progress&) const { empty(ReplyKind::progress); }
  void operator()(const reply::Quarantine& quarantine) const {
    text(ReplyKind::quarantine, quarantine.reason);
  }
  void operator()(const reply::Reject&) const { empty(ReplyKind::reject); }
  void operator()(const reply::Skip&) const { empty(ReplyKind::skip); }
  void operator()(const reply::TemporaryFailure&) const { empty(ReplyKind::temporary_failure); }
  void operator()(const reply::ReplyCode& code) const { text(ReplyKind::reply_code, code.text); }
};

}  // namespace

void encode(const Reply& reply, std::string& out) { std::visit(Writer{out}, reply); }

}  // namespace milter_manager::protocol
