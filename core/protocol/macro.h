// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/protocol/command.h"

namespace milter_manager::protocol {

// "{auth_type}" and "auth_type" name the same macro; this gives the latter.
std::string_view bare_macro_name(std::string_view name);

// The macros that an MTA has defined, by stage: a stage's are replaced by each SMFIC_MACRO packet for it
// (Sendmail, libmilter/worker: mi_engine's st_macros does the same).
class MacroTable {
 public:
  // Keeps a copy of the packet's payload. Of a name that comes twice, the first counts, as in libmilter.
  void define(const command::DefineMacro& macros);
  // Sets one macro of a stage, beside what the MTA sent for it, and in place of one of that name. Name and value
  // end at a NUL; an empty name is ignored.
  void set(CommandKind stage, std::string_view name, std::string_view value);

  // The value that a milter at `stage` sees: later stages hide earlier ones, in the order connect, helo,
  // mail, recipient, data, header, end of header, body, end of message, unknown (which may come anywhere, so it sees
  // all); stages after `stage` do not count. Commands that have no macros (abort, quit …) see none.
  std::optional<std::string_view> find(CommandKind stage, std::string_view name) const;

  // "j\0mx\0{daemon_name}\0d\0": the pairs of one stage as they go behind the stage's byte in a packet; "" for
  // none (an MTA that sent an empty list and one that sent none are alike).
  std::string_view pairs(CommandKind stage) const;
  // Only those that `names` ("j, {daemon_name} v", by blanks or commas) asks for, in the MTA's order.
  std::string subset(CommandKind stage, std::string_view names) const;

  // Forgets the stages of a message: mail to end of message, and unknown. Connection and HELO stay.
  void clear_message();
  void clear();

 private:
  static constexpr int kStages = 10;
  static int slot(CommandKind stage);
  std::string pairs_[kStages];
};

}  // namespace milter_manager::protocol
