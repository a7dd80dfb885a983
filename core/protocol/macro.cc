// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/protocol/macro.h"

#include <algorithm>

namespace milter_manager::protocol {
namespace {

// The stages that a message does not outlive.
constexpr int kFirstOfMessage = 2;

// Calls visit(name, value, pair) for each pair, `pair` being the bytes of both, until that returns false.
template <typename Visit>
void for_each_pair(std::string_view pairs, Visit visit) {
  while (!pairs.empty()) {
    const auto name_end = pairs.find('\0');
    const auto value_end = pairs.find('\0', name_end + 1);
    const auto name = pairs.substr(0, name_end);
    const auto value = pairs.substr(name_end + 1, value_end - name_end - 1);
    if (!visit(name, value, pairs.substr(0, value_end + 1))) return;
    pairs.remove_prefix(value_end + 1);
  }
}

std::optional<std::string_view> find_value(std::string_view pairs, std::string_view bare_name) {
  std::optional<std::string_view> found;
  for_each_pair(pairs, [&](std::string_view name, std::string_view value, std::string_view) {
    if (bare_macro_name(name) == bare_name) found = value;
    return !found;
  });
  return found;
}

bool lists(std::string_view names, std::string_view bare_name) {
  constexpr std::string_view kSeparators = " \t\r\n,";
  while (true) {
    const auto begin = names.find_first_not_of(kSeparators);
    if (begin == std::string_view::npos) return false;
    names.remove_prefix(begin);
    const auto end = std::min(names.find_first_of(kSeparators), names.size());
    if (bare_macro_name(names.substr(0, end)) == bare_name) return true;
    names.remove_prefix(end);
  }
}

std::string_view until_nul(std::string_view text) { return text.substr(0, text.find('\0')); }

}  // namespace

std::string_view bare_macro_name(std::string_view name) {
  if (name.size() >= 2 && name.front() == '{' && name.back() == '}') return name.substr(1, name.size() - 2);
  return name;
}

// -1 for commands that have no macros.
int MacroTable::slot(CommandKind stage) {
  switch (stage) {
    case CommandKind::connect:
      return 0;
    case CommandKind::helo:
      return 1;
    case CommandKind::mail:
      return 2;
    case CommandKind::recipient:
      return 3;
    case CommandKind::data:
      return 4;
    case CommandKind::header:
      return 5;
    case CommandKind::end_of_header:
      return 6;
    case CommandKind::body:
      return 7;
    case CommandKind::end_of_message:
      return 8;
    case CommandKind::unknown:
      return 9;
    case CommandKind::abort:
    case CommandKind::define_macro:
    case CommandKind::quit_new_connection:
    case CommandKind::negotiate:
    case CommandKind::quit:
      break;
  }
  return -1;
}

void MacroTable::define(const command::DefineMacro& macros) {
  const int index = slot(macros.stage);
  if (index < 0) return;
  const std::string_view bytes = macros.pairs.bytes();
  std::string& pairs = pairs_[index];
  pairs.assign(bytes);
  if (std::count(bytes.begin(), bytes.end(), '\0') % 2 != 0) pairs.push_back('\0');
}

void MacroTable::set(CommandKind stage, std::string_view name, std::string_view value) {
  const int index = slot(stage);
  const std::string_view bare = until_nul(bare_macro_name(name));
  if (index < 0 || bare.empty()) return;
  std::string pairs;
  for_each_pair(pairs_[index], [&](std::string_view known, std::string_view, std::string_view pair) {
    if (bare_macro_name(known) != bare) pairs.append(pair);
    return true;
  });
  if (bare.size() > 1) pairs.push_back('{');
  pairs.append(bare);
  if (bare.size() > 1) pairs.push_back('}');
  pairs.push_back('\0');
  pairs.append(until_nul(value));
  pairs.push_back('\0');
  pairs_[index] = std::move(pairs);
}

std::optional<std::string_view> MacroTable::find(CommandKind stage, std::string_view name) const {
  const std::string_view bare = bare_macro_name(name);
  for (int index = slot(stage); index >= 0; --index) {
    if (const auto value = find_value(pairs_[index], bare)) return value;
  }
  return std::nullopt;
}

std::string_view MacroTable::pairs(CommandKind stage) const {
  const int index = slot(stage);
  return index < 0 ? std::string_view() : std::string_view(pairs_[index]);
}

std::string MacroTable::subset(CommandKind stage, std::string_view names) const {
  std::string chosen;
  for_each_pair(pairs(stage), [&](std::string_view name, std::string_view, std::string_view pair) {
    if (lists(names, bare_macro_name(name))) chosen.append(pair);
    return true;
  });
  return chosen;
}

void MacroTable::clear_message() { std::fill(pairs_ + kFirstOfMessage, pairs_ + kStages, std::string()); }
void MacroTable::clear() { std::fill(pairs_, pairs_ + kStages, std::string()); }

}  // namespace milter_manager::protocol
