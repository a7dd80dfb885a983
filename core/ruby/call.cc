// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ruby/call.h"

namespace milter_manager::ruby {

const std::string* Call::macro(std::string_view name) const {
  for (auto one = macros.rbegin(); one != macros.rend(); ++one) {
    if (one->name == name) return &one->value;
  }
  for (const auto& [known, value] : snapshot->macros) {
    if (known == name) return &value;
  }
  return nullptr;
}

const std::string* Call::shelved(std::string_view key) const {
  for (auto one = shelf_changes.rbegin(); one != shelf_changes.rend(); ++one) {
    if (one->first == key) return one->second ? &*one->second : nullptr;
  }
  if (!shelf) return nullptr;
  const auto found = shelf->find(key);
  return found == shelf->end() ? nullptr : &found->second;
}

}  // namespace milter_manager::ruby
