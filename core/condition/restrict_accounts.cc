// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/condition/restrict_accounts.h"

#include <utility>

namespace milter_manager::condition {
namespace {

constexpr std::string_view kMacro = "have-not-restricted-account";

Outcome restricted(bool is_account) {
  Outcome outcome;
  outcome.stop = !is_account;
  if (!is_account) outcome.macros.push_back({std::string(kMacro), "true"});
  return outcome;
}

std::string_view without_brackets(std::string_view recipient) {
  if (recipient.size() < 2 || recipient.front() != '<' || recipient.back() != '>') return recipient;
  return recipient.substr(1, recipient.size() - 2);
}

}  // namespace

std::optional<Outcome> RestrictAccounts::ask(const Question& question, Later later) {
  const auto* command =
      question.command ? std::get_if<protocol::command::Recipient>(question.command) : nullptr;
  if (question.stage != config::Stage::recipient || !command) {
    Outcome outcome;
    outcome.stop = question.session->macro(kMacro) == "true";
    return outcome;
  }
  const std::string_view recipient = without_brackets(command->recipient);
  if (const auto matches = accounts_.match(recipient)) return restricted(*matches);
  accounts_.ask(std::string(recipient),
                [later = std::move(later)](bool matches) { later(restricted(matches)); });
  return std::nullopt;
}

}  // namespace milter_manager::condition
