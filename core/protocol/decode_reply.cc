// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include "core/protocol/reply.h"
#include "core/protocol/wire.h"

namespace milter_manager::protocol {
namespace {

auto malformed(ReplyKind kind, std::string_view what) {
  return failure(fmt::format("malformed {} reply: {}", name_of(kind), what));
}

constexpr std::string_view kNoNul = "a string without NUL at its end";
constexpr std::string_view kGarbage = "bytes behind its end";
constexpr std::string_view kNoIndex = "no index";

template <typename Content>
Result<Reply> decode_empty(ReplyKind kind, PayloadReader reader) {
  if (!reader.at_end()) return malformed(kind, kGarbage);
  return Content{};
}

template <typename Content>
Result<Reply> decode_text(ReplyKind kind, PayloadReader reader) {
  std::string_view text;
  if (!reader.text(text)) return malformed(kind, kNoNul);
  if (!reader.at_end()) return malformed(kind, kGarbage);
  return Content{text};
}

// An address, and ESMTP parameters that may be left out.
template <typename Content>
Result<Reply> decode_path(ReplyKind kind, PayloadReader reader) {
  std::string_view address, parameters;
  if (!reader.text(address)) return malformed(kind, kNoNul);
  if (!reader.at_end() && !reader.text(parameters)) return malformed(kind, kNoNul);
  if (!reader.at_end()) return malformed(kind, kGarbage);
  return Content{address, parameters};
}

Result<Reply> decode_add_header(ReplyKind kind, PayloadReader reader) {
  reply::AddHeader header;
  if (!reader.text(header.name) || !reader.text(header.value)) return malformed(kind, kNoNul);
  if (!reader.at_end()) return malformed(kind, kGarbage);
  return header;
}

template <typename Content>
Result<Reply> decode_indexed_header(ReplyKind kind, PayloadReader reader) {
  Content header;
  if (!reader.number(header.index)) return malformed(kind, kNoIndex);
  if (!reader.text(header.name) || !reader.text(header.value)) return malformed(kind, kNoNul);
  if (!reader.at_end()) return malformed(kind, kGarbage);
  return header;
}

Result<SymbolLists> decode_symbols(ReplyKind kind, PayloadReader reader) {
  const std::string_view bytes = reader.rest();
  while (!reader.at_end()) {
    std::uint32_t stage;
    std::string_view names;
    if (!reader.number(stage)) return malformed(kind, "a symbol list without stage");
    if (stage >= kSymbolStages)
      return malformed(kind, fmt::format("a symbol list of unknown stage {}", stage));
    if (!reader.text(names)) return malformed(kind, kNoNul);
  }
  return SymbolLists(bytes);
}

Result<Reply> decode_symbol_list(ReplyKind kind, PayloadReader reader) {
  const auto lists = decode_symbols(kind, reader);
  if (!lists) return tl::unexpected(lists.error());
  return reply::SymbolListReply{*lists};
}

Result<Reply> decode_negotiate(ReplyKind kind, PayloadReader reader) {
  Option option;
  if (!reader.number(option.version) || !reader.number(option.actions) || !reader.number(option.steps)) {
    return malformed(kind, "fewer than three numbers");
  }
  const auto lists = decode_symbols(kind, reader);
  if (!lists) return tl::unexpected(lists.error());
  return reply::Negotiate{option, *lists};
}

Result<Reply> decode_reply_code(ReplyKind kind, PayloadReader reader) {
  std::string_view text;
  if (!reader.text(text)) return malformed(kind, kNoNul);
  if (!reader.at_end()) return malformed(kind, kGarbage);
  if (const auto checked = check_reply_code(text); !checked) return malformed(kind, checked.error().message);
  return reply::ReplyCode{text};
}

}  // namespace

Result<Reply> decode_reply(Packet packet) {
  const PayloadReader reader(packet.payload());
  const auto kind = static_cast<ReplyKind>(packet.kind());
  switch (kind) {
    case ReplyKind::add_recipient:
      return decode_text<reply::AddRecipient>(kind, reader);
    case ReplyKind::delete_recipient:
      return decode_text<reply::DeleteRecipient>(kind, reader);
    case ReplyKind::add_recipient_with_parameters:
      return decode_path<reply::AddRecipientWithParameters>(kind, reader);
    case ReplyKind::shutdown:
      return decode_empty<reply::Shutdown>(kind, reader);
    case ReplyKind::accept:
      return decode_empty<reply::Accept>(kind, reader);
    case ReplyKind::replace_body:
      return reply::ReplaceBody{reader.rest()};
    case ReplyKind::continue_:
      return decode_empty<reply::Continue>(kind, reader);
    case ReplyKind::discard:
      return decode_empty<reply::Discard>(kind, reader);
    case ReplyKind::change_from:
      return decode_path<reply::ChangeFrom>(kind, reader);
    case ReplyKind::connection_failure:
      return decode_empty<reply::ConnectionFailure>(kind, reader);
    case ReplyKind::add_header:
      return decode_add_header(kind, reader);
    case ReplyKind::insert_header:
      return decode_indexed_header<reply::InsertHeader>(kind, reader);
    case ReplyKind::symbol_list:
      return decode_symbol_list(kind, reader);
    case ReplyKind::change_header:
      return decode_indexed_header<reply::ChangeHeader>(kind, reader);
    case ReplyKind::negotiate:
      return decode_negotiate(kind, reader);
    case ReplyKind::progress:
      return decode_empty<reply::Progress>(kind, reader);
    case ReplyKind::quarantine:
      return decode_text<reply::Quarantine>(kind, reader);
    case ReplyKind::reject:
      return decode_empty<reply::Reject>(kind, reader);
    case ReplyKind::skip:
      return decode_empty<reply::Skip>(kind, reader);
    case ReplyKind::temporary_failure:
      return decode_empty<reply::TemporaryFailure>(kind, reader);
    case ReplyKind::reply_code:
      return decode_reply_code(kind, reader);
  }
  const char byte = packet.kind();
  return failure("unknown reply " + quote({&byte, 1}));
}

}  // namespace milter_manager::protocol
