// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/protocol/esmtp.h"

#include <cstddef>

namespace milter_manager::protocol {
namespace {

constexpr auto kNone = std::string_view::npos;

// Calls visit(index) for each character outside of quoted strings ("…", with \ before what is taken as it is),
// until that returns false.
template <typename Visit>
void for_each_unquoted(std::string_view text, Visit visit) {
  bool quoted = false;
  for (std::size_t index = 0; index < text.size(); ++index) {
    const char c = text[index];
    if (c == '\\') {
      ++index;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && !visit(index)) {
      return;
    }
  }
}

std::size_t find_unquoted(std::string_view text, char wanted) {
  std::size_t found = kNone;
  for_each_unquoted(text, [&](std::size_t index) {
    if (text[index] == wanted) found = index;
    return found == kNone;
  });
  return found;
}

std::size_t find_last_unquoted(std::string_view text, char wanted) {
  std::size_t found = kNone;
  for_each_unquoted(text, [&](std::size_t index) {
    if (text[index] == wanted) found = index;
    return true;
  });
  return found;
}

}  // namespace

std::string_view address_of(std::string_view path) {
  if (const auto open = find_unquoted(path, '<'); open != kNone) {
    path.remove_prefix(open + 1);
    if (const auto close = find_last_unquoted(path, '>'); close != kNone) path = path.substr(0, close);
  }
  if (!path.empty() && path[0] == '@') {
    if (const auto colon = path.find(':'); colon != kNone) path.remove_prefix(colon + 1);
  }
  return path;
}

std::string_view domain_of(std::string_view path) {
  const std::string_view address = address_of(path);
  const auto at = find_last_unquoted(address, '@');
  return at == kNone ? std::string_view() : address.substr(at + 1);
}

Parameter parse_parameter(std::string_view argument) {
  const auto equals = argument.find('=');
  if (equals == kNone) return {argument, {}};
  return {argument.substr(0, equals), argument.substr(equals + 1)};
}

}  // namespace milter_manager::protocol
