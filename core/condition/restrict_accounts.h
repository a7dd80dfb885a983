// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/condition/matcher_list.h"

namespace milter_manager::condition {

// For mail whose recipients are all among some accounts: stops at RCPT for any other recipient, and sets the macro
// have-not-restricted-account to "true"; with that macro set, stops at DATA for the whole mail. Recipients are compared
// without their angle brackets.
class RestrictAccounts final : public Builtin {
 public:
  RestrictAccounts(const std::vector<config::Matcher>& accounts, std::uint64_t generation, RubyMatchers& ruby)
      : accounts_(accounts, generation, ruby) {}
  std::optional<Outcome> ask(const Question& question, Later later) override;

 private:
  MatcherList accounts_;
};

}  // namespace milter_manager::condition
