// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/protocol/reply.h"

#include "core/protocol/wire.h"

namespace milter_manager::protocol {

std::string_view name_of(ReplyKind kind) {
  switch (kind) {
    case ReplyKind::add_recipient:
      return "add-recipient";
    case ReplyKind::delete_recipient:
      return "delete-recipient";
    case ReplyKind::add_recipient_with_parameters:
      return "add-recipient-with-parameters";
    case ReplyKind::shutdown:
      return "shutdown";
    case ReplyKind::accept:
      return "accept";
    case ReplyKind::replace_body:
      return "replace-body";
    case ReplyKind::continue_:
      return "continue";
    case ReplyKind::discard:
      return "discard";
    case ReplyKind::change_from:
      return "change-from";
    case ReplyKind::connection_failure:
      return "connection-failure";
    case ReplyKind::add_header:
      return "add-header";
    case ReplyKind::insert_header:
      return "insert-header";
    case ReplyKind::symbol_list:
      return "symbol-list";
    case ReplyKind::change_header:
      return "change-header";
    case ReplyKind::negotiate:
      return "negotiate";
    case ReplyKind::progress:
      return "progress";
    case ReplyKind::quarantine:
      return "quarantine";
    case ReplyKind::reject:
      return "reject";
    case ReplyKind::skip:
      return "skip";
    case ReplyKind::temporary_failure:
      return "temporary-failure";
    case ReplyKind::reply_code:
      return "reply-code";
  }
  return "?";
}

SymbolLists::Found SymbolLists::find(SymbolStage stage) const {
  Found found;
  PayloadReader reader(bytes_);
  std::uint32_t number;
  std::string_view names;
  while (reader.number(number) && reader.text(names)) {
    if (number == static_cast<std::uint32_t>(stage)) found = {true, names};
  }
  return found;
}

void append_symbol_list(std::string& out, SymbolStage stage, std::string_view names) {
  append_number(out, static_cast<std::uint32_t>(stage));
  out.append(names);
  out.push_back('\0');
}

}  // namespace milter_manager::protocol
