// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/condition/matcher_list.h"

namespace milter_manager::condition {

// Never stops; at MAIL sets the macro trusted_domain to "yes" when the sender's domain is trusted. Domains are compared
// in lower case (ASCII).
class Trust final : public Builtin {
 public:
  Trust(const config::BuiltinConditions::Trust& settings, std::uint64_t generation, RubyMatchers& ruby)
      : domains_(settings.envelope_from_domains, generation, ruby) {}
  std::optional<Outcome> ask(const Question& question, Later later) override;

 private:
  MatcherList domains_;
};

}  // namespace milter_manager::condition
