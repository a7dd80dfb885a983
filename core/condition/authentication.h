// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/condition/builtin.h"

namespace milter_manager::condition {

// Stops, from MAIL on, unless the sender has authenticated itself, or unless it has not. The MTA tells it by the macros auth_type and
// auth_authen; Postfix has to be told to: milter_mail_macros = {auth_author} {auth_type} {auth_authen}.
class Authentication final : public Builtin {
 public:
  enum class Wanted : bool { unauthenticated, authenticated };
  explicit Authentication(Wanted wanted) : wanted_(wanted) {}
  std::optional<Outcome> ask(const Question& question, Later later) override;

 private:
  Wanted wanted_;
};

}  // namespace milter_manager::condition
