// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tools/test_milter.h"

#include <algorithm>

#include "core/protocol/command.h"
#include "core/protocol/reply.h"
#include "core/tools/describe.h"

namespace milter_manager::tools {
namespace {

using namespace protocol;

// All that may be done, all events with all replies, and neither what would change the events' form.
reply::Negotiate answer_to(const Option& offer) {
  return {{std::min(offer.version, kMaxVersion), offer.actions & action::kAll, offer.steps & step::kSkip},
          {}};
}

bool is_answered(CommandKind kind) {
  switch (kind) {
    case CommandKind::abort:
    case CommandKind::define_macro:
    case CommandKind::negotiate:
    case CommandKind::quit:
    case CommandKind::quit_new_connection:
      return false;
    default:
      return true;
  }
}

}  // namespace

Result<void> TestMilter::received(Packet packet, std::string& out, std::string& report) {
  const auto command = decode_command(packet);
  if (!command) return tl::unexpected(command.error());
  const auto kind = static_cast<CommandKind>(packet.kind());
  if (const auto* macros = std::get_if<command::DefineMacro>(&*command)) {
    macros_.define(*macros);
    return {};
  }
  const bool end = kind == CommandKind::quit || kind == CommandKind::quit_new_connection;
  report += end ? "finished" : describe(*command);
  report += '\n';
  if (const auto text = describe_macros(macros_.pairs(kind)); !text.empty()) report += text + '\n';

  if (const auto* negotiate = std::get_if<command::Negotiate>(&*command))
    encode(answer_to(negotiate->option), out);
  if (is_answered(kind)) encode(reply::Continue{}, out);
  if (kind == CommandKind::abort) macros_.clear_message();
  if (end) macros_.clear();
  in_session_ = !end;
  quitted_ = kind == CommandKind::quit;
  return {};
}

void TestMilter::closed(std::string& report) const {
  if (in_session_) report += "finished\n";
}

}  // namespace milter_manager::tools
