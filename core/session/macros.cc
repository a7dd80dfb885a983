// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cassert>

#include "core/session/engine.h"
#include "core/session/negotiation.h"

namespace milter_manager::session {
namespace {

// The stage at which a milter can ask for macros, for each command that has one.
std::optional<protocol::SymbolStage> symbol_stage(protocol::CommandKind kind) {
  switch (kind) {
    case protocol::CommandKind::connect:
      return protocol::SymbolStage::connect;
    case protocol::CommandKind::helo:
      return protocol::SymbolStage::helo;
    case protocol::CommandKind::mail:
      return protocol::SymbolStage::mail;
    case protocol::CommandKind::recipient:
      return protocol::SymbolStage::recipient;
    case protocol::CommandKind::data:
      return protocol::SymbolStage::data;
    case protocol::CommandKind::end_of_header:
      return protocol::SymbolStage::end_of_header;
    case protocol::CommandKind::end_of_message:
      return protocol::SymbolStage::end_of_message;
    default:
      return std::nullopt;
  }
}

constexpr std::uint32_t kResend = ~std::uint32_t{0};

// Stages that have macros, as they come.
constexpr protocol::CommandKind kMacroOrder[] = {
    protocol::CommandKind::connect,       protocol::CommandKind::helo, protocol::CommandKind::mail,
    protocol::CommandKind::recipient,     protocol::CommandKind::data, protocol::CommandKind::header,
    protocol::CommandKind::end_of_header, protocol::CommandKind::body, protocol::CommandKind::end_of_message,
    protocol::CommandKind::unknown};

}  // namespace

std::size_t Session::Engine::macro_slot(CommandKind stage) {
  const auto found = std::find(std::begin(kMacroOrder), std::end(kMacroOrder), stage);
  assert(found != std::end(kMacroOrder));
  return static_cast<std::size_t>(found - std::begin(kMacroOrder));
}

// The macros of the next message come before the command that tells that it begins.
void Session::Engine::forget_message_before(std::uint32_t new_macros) {
  const protocol::MacroTable macros = macros_;
  forget_message();
  for (const CommandKind stage : kMacroOrder) {
    if ((new_macros >> macro_slot(stage) & 1) == 0) continue;
    macros_.define({stage, protocol::StringList(macros.pairs(stage))});
  }
}

// An MTA sends a stage's macros whether or not the milter wants the command (Sendmail, milter_command(); Postfix,
// milter8_event()): those of earlier stages go along with the next command that is wanted.
void Session::Engine::send_macros(int index, CommandKind kind) {
  Child& child = at(index);
  for (const CommandKind stage : kMacroOrder) {
    const std::size_t slot = macro_slot(stage);
    if (slot > macro_slot(kind)) break;
    if (child.macros_sent[slot] == macro_versions_[slot] || !knows_command(child.option, stage)) continue;
    if (kind == CommandKind::unknown && stage != kind) continue;  // may come anywhere: the others' turn comes
    child.macros_sent[slot] = macro_versions_[slot];
    const std::string pairs = macros_for(child, stage);
    if (pairs.empty()) continue;
    std::string packet;
    const char stage_code = static_cast<char>(stage);
    protocol::append_packet(packet, 'D', std::string_view(&stage_code, 1), pairs);
    actions_.send_to_child(index, packet);
  }
}

std::string Session::Engine::macros_for(const Child& child, CommandKind stage) const {
  const auto symbols = symbol_stage(stage);
  const auto wanted = symbols && child.has_symbols ? protocol::SymbolLists(child.symbols).find(*symbols)
                                                   : protocol::SymbolLists::Found{};
  std::string pairs =
      wanted.present ? macros_.subset(stage, wanted.names) : std::string(macros_.pairs(stage));
  const auto of_stage = [&](const Child::ExtraMacro& macro) { return macro.stage == stage; };
  if (std::none_of(child.extra_macros.begin(), child.extra_macros.end(), of_stage)) return pairs;
  // What a condition has set takes the place of what the MTA has sent.
  protocol::MacroTable table;
  table.define({stage, protocol::StringList(pairs)});
  for (const Child::ExtraMacro& macro : child.extra_macros) {
    if (of_stage(macro)) table.set(stage, macro.name, macro.value);
  }
  return std::string(table.pairs(stage));
}

void Session::Engine::set_macro(Child& child, CommandKind stage, std::string_view name,
                                const std::string& value) {
  const std::string_view bare = protocol::bare_macro_name(name);
  child.macros_sent[macro_slot(stage)] = kResend;
  for (Child::ExtraMacro& macro : child.extra_macros) {
    if (macro.stage != stage || macro.name != bare) continue;
    macro.value = value;
    return;
  }
  child.extra_macros.push_back({stage, std::string(bare), value});
}

}  // namespace milter_manager::session
