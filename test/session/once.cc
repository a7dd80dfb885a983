// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/session/once.h"

#include <fmt/format.h>

namespace milter_manager::session {
namespace {

std::string key_of(const std::string& line) {
  const auto open = line.find('(');
  return line.substr(open, line.find(')') - open + 1);
}

std::string fault_in(const std::map<std::string, int>& counts, const char* what) {
  for (const auto& [key, count] : counts) {
    if (count != 1) return fmt::format("{} {} was reported {} times", what, key, count);
  }
  return {};
}

}  // namespace

void OnceCounter::take(const std::string& line) {
  if (line.starts_with("[session][end]")) ++session_ends_[key_of(line)];
  if (line.starts_with("[milter][end]")) ++milter_ends_[key_of(line)];
  if (line.starts_with("[message][end]")) ++message_ends_[key_of(line)];
  if (line.starts_with("[milter][message]")) ++milter_messages_[key_of(line)];
}

std::string OnceCounter::fault(std::size_t sessions, std::size_t negotiated, std::size_t children) const {
  for (const auto& [counts, what] : {std::pair{&session_ends_, "[session][end]"},
                                     {&milter_ends_, "[milter][end]"},
                                     {&message_ends_, "[message][end]"},
                                     {&milter_messages_, "[milter][message]"}}) {
    if (std::string fault = fault_in(*counts, what); !fault.empty()) return fault;
  }
  if (session_ends_.size() != sessions) {
    return fmt::format("{} connections, {} times [session][end]", sessions, session_ends_.size());
  }
  if (milter_ends_.size() != negotiated * children) {
    return fmt::format("{} connections of {} children, {} times [milter][end]", negotiated, children,
                       milter_ends_.size());
  }
  if (milter_messages_.size() != message_ends_.size() * children) {
    return fmt::format("{} messages, {} children, {} times [milter][message]", message_ends_.size(), children,
                       milter_messages_.size());
  }
  return {};
}

}  // namespace milter_manager::session
