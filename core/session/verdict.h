// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/session/settings.h"
#include "core/statistics/vocabulary.h"

namespace milter_manager::session {

// What a milter answers to a command, edits aside.
struct Verdict {
  enum class Kind : std::uint8_t {
    continue_,
    accept,
    reject,
    temporary_failure,
    discard,
    reply_code,
    shutdown
  };
  Kind kind = Kind::continue_;
  std::string text;  // of a reply code: "550 5.7.1 no"

  // Whether it answers for the milters that come later, too. "accept" speaks for one milter only.
  bool ends() const { return kind != Kind::continue_ && kind != Kind::accept; }
  bool is(Kind other) const { return kind == other; }
};

Verdict verdict_of(Fallback fallback);
statistics::Status status_of(const Verdict& verdict);
// Appends the packet that tells the MTA.
void append_reply(std::string& out, const Verdict& verdict);

}  // namespace milter_manager::session
