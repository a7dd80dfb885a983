// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/protocol/option.h"

#include <fmt/format.h>

#include <cstddef>
#include <string_view>

namespace milter_manager::protocol {
namespace {

// In the order of the bits.
constexpr std::string_view kActionNames[] = {
    "add-headers",     "change-body", "add-envelope-recipient", "delete-envelope-recipient",
    "change-headers",  "quarantine",  "change-envelope-from",   "add-envelope-recipient-with-parameters",
    "set-symbol-list",
};

constexpr std::string_view kStepNames[] = {
    "no-connect",
    "no-helo",
    "no-envelope-from",
    "no-envelope-recipient",
    "no-body",
    "no-headers",
    "no-end-of-header",
    "no-reply-header",
    "no-unknown",
    "no-data",
    "skip",
    "envelope-recipient-rejected",
    "no-reply-connect",
    "no-reply-helo",
    "no-reply-envelope-from",
    "no-reply-envelope-recipient",
    "no-reply-data",
    "no-reply-unknown",
    "no-reply-end-of-header",
    "no-reply-body",
    "header-value-with-leading-space",
};

template <std::size_t Count>
std::string join_names(std::uint32_t bits, const std::string_view (&names)[Count]) {
  static_assert(Count < 32);
  std::string joined;
  const auto append = [&](std::string_view name) {
    if (!joined.empty()) joined += '|';
    joined += name;
  };
  for (std::size_t bit = 0; bit < Count; ++bit) {
    if (bits >> bit & 1) append(names[bit]);
  }
  const std::uint32_t unknown = bits >> Count << Count;
  if (unknown != 0) append(fmt::format("0x{:x}", unknown));
  return joined;
}

}  // namespace

std::string action_names(std::uint32_t actions) { return join_names(actions, kActionNames); }
std::string step_names(std::uint32_t steps) { return join_names(steps, kStepNames); }

}  // namespace milter_manager::protocol
