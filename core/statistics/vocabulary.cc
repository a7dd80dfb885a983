// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/statistics/vocabulary.h"

#include <array>
#include <cstddef>

namespace milter_manager::statistics {
namespace {

// In the order of the enumerators.
constexpr std::array<std::string_view, 16> kStates = {
    "invalid", "start",          "define-macro",  "negotiate",
    "connect", "helo",           "envelope-from", "envelope-recipient",
    "data",    "unknown",        "header",        "end-of-header",
    "body",    "end-of-message", "quit",          "abort",
};
constexpr std::array<std::string_view, 11> kStatuses = {
    "pass",  "accept",     "reject", "discard", "temporary-failure", "skip", "progress",
    "abort", "quarantine", "stop",   "error",
};
constexpr std::array<std::string_view, 5> kCauses = {"answer", "fallback", "condition", "overruled", "cut"};
constexpr std::array<std::string_view, 2> kGroups = {"enforced", "evaluated"};

template <typename Value, std::size_t kSize>
std::optional<Value> find(const std::array<std::string_view, kSize>& words, std::string_view text) {
  for (std::size_t i = 0; i < kSize; ++i) {
    if (words[i] == text) return static_cast<Value>(i);
  }
  return std::nullopt;
}

}  // namespace

std::string_view word(State state) { return kStates[static_cast<std::size_t>(state)]; }
std::string_view word(Status status) { return kStatuses[static_cast<std::size_t>(status)]; }
std::string_view word(Cause cause) { return kCauses[static_cast<std::size_t>(cause)]; }
std::string_view word(Group group) { return kGroups[static_cast<std::size_t>(group)]; }

std::optional<State> parse_state(std::string_view text) { return find<State>(kStates, text); }

std::optional<Status> parse_status(std::string_view text) {
  if (const auto status = find<Status>(kStatuses, text)) return status;
  if (text == "default" || text == "not-change" || text == "continue") return Status::pass;
  return std::nullopt;
}

std::optional<Cause> parse_cause(std::string_view text) { return find<Cause>(kCauses, text); }
std::optional<Group> parse_group(std::string_view text) { return find<Group>(kGroups, text); }

}  // namespace milter_manager::statistics
