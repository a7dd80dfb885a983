// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/condition/authentication.h"

namespace milter_manager::condition {

std::optional<Outcome> Authentication::ask(const Question& question, Later) {
  const SessionView& session = *question.session;
  const bool authenticated = session.macro("auth_type") || session.macro("auth_authen");
  Outcome outcome;
  outcome.stop = authenticated != (wanted_ == Wanted::authenticated);
  return outcome;
}

}  // namespace milter_manager::condition
