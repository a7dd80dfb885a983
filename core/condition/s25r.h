// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/condition/matcher_list.h"

namespace milter_manager::condition {

// Selective SMTP Rejection (http://gabacho.reto.jp/en/anti-spam/): stops unless the client's name looks like that of an
// end user's computer. White wins over black; what is neither is stopped. Clients that aren't IPv4 ones (a mapped
// address is one) are stopped too, unless the settings say otherwise.
class S25r final : public Builtin {
 public:
  S25r(const config::BuiltinConditions::S25r& settings, std::uint64_t generation, RubyMatchers& ruby);
  std::optional<Outcome> ask(const Question& question, Later later) override;

 private:
  // The white list doesn't match.
  void ask_black(std::string host, Later later) const;

  bool only_check_ipv4_;
  MatcherList white_, black_;
};

}  // namespace milter_manager::condition
