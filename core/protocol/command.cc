// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/protocol/command.h"

namespace milter_manager::protocol {

std::string_view name_of(CommandKind kind) {
  switch (kind) {
    case CommandKind::abort:
      return "abort";
    case CommandKind::body:
      return "body";
    case CommandKind::connect:
      return "connect";
    case CommandKind::define_macro:
      return "define-macro";
    case CommandKind::end_of_message:
      return "end-of-message";
    case CommandKind::helo:
      return "helo";
    case CommandKind::quit_new_connection:
      return "quit-new-connection";
    case CommandKind::header:
      return "header";
    case CommandKind::mail:
      return "envelope-from";
    case CommandKind::end_of_header:
      return "end-of-header";
    case CommandKind::negotiate:
      return "negotiate";
    case CommandKind::quit:
      return "quit";
    case CommandKind::recipient:
      return "envelope-recipient";
    case CommandKind::data:
      return "data";
    case CommandKind::unknown:
      return "unknown";
  }
  return "?";
}

}  // namespace milter_manager::protocol
