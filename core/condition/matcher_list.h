// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/condition/builtin.h"
#include "core/config/builtin_conditions.h"

namespace milter_manager::condition {

// Does any matcher of a list match? Texts are looked up, all regular expressions are run as one; what only Ruby can
// tell is asked of it, one matcher after another, when nothing else matched.
class MatcherList {
 public:
  // `matchers` belong to the configuration of that generation.
  MatcherList(const std::vector<config::Matcher>& matchers, std::uint64_t generation, RubyMatchers& ruby);
  ~MatcherList();
  MatcherList(const MatcherList&) = delete;
  MatcherList& operator=(const MatcherList&) = delete;

  // nullopt: only Ruby can tell, see ask(). Cost: some hundred nanoseconds, no allocation.
  std::optional<bool> match(std::string_view subject) const;

  using Answer = std::function<void(bool)>;
  // Asks Ruby, where match() could not tell. `answer` is called on the loop's thread, never from within this call, and
  // not after the list's end.
  void ask(std::string subject, Answer answer) const;

 private:
  struct State;
  std::shared_ptr<const State> state_;
};

}  // namespace milter_manager::condition
