// SPDX-License-Identifier: GPL-3.0-or-later
// What conditions may look at.
#include "core/session/engine.h"

namespace milter_manager::session {
namespace {

using protocol::CommandKind;
constexpr CommandKind kCommands[] = {
    CommandKind::connect,       CommandKind::helo, CommandKind::mail,
    CommandKind::recipient,     CommandKind::data, CommandKind::header,
    CommandKind::end_of_header, CommandKind::body, CommandKind::end_of_message};
static_assert(std::size(kCommands) == static_cast<std::size_t>(Stage::end_of_message) + 1);

// From `stage` back to connect, what conditions have set before what the MTA sent, until `visit` returns true.
template <typename Visit>
void visit_macros(const protocol::MacroTable& table, const Child& child, Stage stage, Visit&& visit) {
  for (std::size_t i = static_cast<std::size_t>(stage) + 1; i-- > 0;) {
    for (const Child::ExtraMacro& macro : child.extra_macros) {
      if (macro.stage == kCommands[i] && visit(std::string_view(macro.name), std::string_view(macro.value)))
        return;
    }
    const protocol::StringList pairs(table.pairs(kCommands[i]));
    for (auto one = pairs.begin(); one != pairs.end(); ++one) {
      const std::string_view name = protocol::bare_macro_name(*one);
      if (++one == pairs.end() || visit(name, *one)) return;
    }
  }
}

using Macros = std::vector<std::pair<std::string_view, std::string_view>>;

Macros all_macros(const protocol::MacroTable& table, const Child& child, Stage stage) {
  Macros all;
  visit_macros(table, child, stage, [&](std::string_view name, std::string_view value) {
    all.emplace_back(name, value);
    return false;
  });
  return all;
}

}  // namespace

std::optional<std::string_view> Session::macro(int child, Stage stage, std::string_view name) const {
  const std::string_view bare = protocol::bare_macro_name(name);
  std::optional<std::string_view> found;
  visit_macros(macros(), engine_->children()[static_cast<std::size_t>(child)], stage,
               [&](std::string_view one, std::string_view value) {
                 if (one != bare) return false;
                 found = value;
                 return true;
               });
  return found;
}

Macros Session::macros_seen(int child, Stage stage) const {
  return all_macros(macros(), engine_->children()[static_cast<std::size_t>(child)], stage);
}

Macros Session::macros_seen() const { return all_macros(macros(), Child{}, Stage::end_of_message); }

}  // namespace milter_manager::session
