// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/simulation/ends.h"

#include <fmt/format.h>

namespace milter_manager::simulation {

void Ends::take(const statistics::Event& event) {
  if (const auto* end = std::get_if<statistics::SessionEnd>(&event)) ++sessions_[end->tag];
  if (const auto* end = std::get_if<statistics::MilterEnd>(&event)) ++milters_[end->tag];
  if (const auto* end = std::get_if<statistics::MessageEnd>(&event)) ++messages_[{end->session, end->number}];
  if (const auto* end = std::get_if<statistics::MilterMessage>(&event)) {
    ++milter_messages_[{end->session, end->number, end->child}];
  }
}

std::string Ends::fault(std::size_t connections, std::size_t children, bool negotiated) const {
  const auto twice = [](const auto& counts, const char* what) {
    for (const auto& [key, count] : counts) {
      if (count != 1) return fmt::format("{} was reported {} times for the same", what, count);
    }
    return std::string();
  };
  for (const std::string& text :
       {twice(sessions_, "[session][end]"), twice(milters_, "[milter][end]"),
        twice(messages_, "[message][end]"), twice(milter_messages_, "[milter][message]")}) {
    if (!text.empty()) return text;
  }
  if (sessions_.size() != connections) {
    return fmt::format("{} connections, {} times [session][end]", connections, sessions_.size());
  }
  if (milters_.size() != (negotiated ? connections * children : 0)) {
    return fmt::format("{} connections, {} milters, {} times [milter][end]", connections, children,
                       milters_.size());
  }
  if (milter_messages_.size() != messages_.size() * children) {
    return fmt::format("{} messages, {} milters, {} times [milter][message]", messages_.size(), children,
                       milter_messages_.size());
  }
  return {};
}

}  // namespace milter_manager::simulation
