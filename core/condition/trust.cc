// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/condition/trust.h"

#include <algorithm>
#include <utility>

namespace milter_manager::condition {
namespace {

Outcome trusted(bool is_trusted) {
  Outcome outcome;
  if (is_trusted) outcome.macros.push_back({"trusted_domain", "yes"});
  return outcome;
}

// Of "<user@Example.ORG>": "example.org"; empty for what looks otherwise, as the sender of a bounce does.
std::string domain_of(std::string_view sender) {
  const auto at = sender.rfind('@');
  if (at == std::string_view::npos || sender.front() != '<' || sender.back() != '>') return {};
  std::string domain(sender.substr(at + 1, sender.size() - at - 2));
  std::transform(domain.begin(), domain.end(), domain.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
  return domain;
}

}  // namespace

std::optional<Outcome> Trust::ask(const Question& question, Later later) {
  const auto* mail = question.command ? std::get_if<protocol::command::Mail>(question.command) : nullptr;
  std::string domain = mail ? domain_of(mail->sender) : std::string();
  if (domain.empty()) return trusted(false);
  if (const auto matches = domains_.match(domain)) return trusted(*matches);
  domains_.ask(std::move(domain), [later = std::move(later)](bool matches) { later(trusted(matches)); });
  return std::nullopt;
}

}  // namespace milter_manager::condition
