// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "milter-report/model/mails.h"
#include "milter-report/model/trial.h"

namespace milter_manager::report {

// What all the mail of a period came to, and what it would have, had some milters been enforced together wherever they
// were in evaluation. All other milters stay as they were.
struct JointOutcome {
  struct Milter {
    std::string name;
    std::uint64_t evaluated = 0;  // messages that it had a line for, in evaluation
    std::uint64_t refused = 0;    // of these, that it would refuse
    std::uint64_t anyway = 0;     // of these, that were refused without it
    std::uint64_t newly = 0;      // that were not, and would be by it alone
    std::uint64_t only = 0;       // of these, that none of the others here would refuse
    Ends ends{};                  // how all messages would have ended with it alone
  };
  std::vector<Milter> milters;  // as they were named
  Ends before{}, after{};       // of all messages
  std::uint64_t newly = 0;      // refused with all of them, and not before: each message once
  // Recipients of messages that would get through who would be refused one by one. The log tells how many each milter
  // refuses and not which, so where several do it is known between bounds only.
  std::uint64_t recipients_at_least = 0, recipients_at_most = 0;

  std::uint64_t messages() const;
};

// Works it out. The earliest stage counts, at one stage the milter that is defined first, as in end_if_enforced(): a mail that
// several would refuse is refused once. Memory: none that grows.
class WhatIf final : public MailVisitor {
 public:
  explicit WhatIf(const std::vector<std::string>& milters);

  void message(const Message& message) override;
  const JointOutcome& outcome() const { return outcome_; }

 private:
  struct Refusal {
    std::size_t milter;
    const ChildVerdict* child;
  };
  JointOutcome outcome_;
  std::vector<Refusal> refusals_;  // of the message at hand
};

}  // namespace milter_manager::report
