// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/condition/matcher_list.h"

#include <re2/re2.h>

#include <algorithm>
#include <utility>

#include "core/condition/regexp_translation.h"

namespace milter_manager::condition {
namespace {

// Subjects are ASCII: bytes make smaller machines than UTF-8.
RE2::Options re2_options() {
  RE2::Options options(RE2::Latin1);
  options.set_log_errors(false);
  return options;
}

}  // namespace

struct MatcherList::State {
  RubyMatchers* ruby = nullptr;
  std::uint64_t generation = 0;
  std::vector<std::string> texts;  // sorted
  std::unique_ptr<RE2> regexps;    // all of them, as alternatives
  std::vector<std::uint32_t> regexp_numbers;
  std::vector<std::uint32_t> ruby_numbers;

  void compile(const std::vector<config::Matcher>& matchers);
  bool decided_here(std::string_view subject) const;
  std::vector<std::uint32_t> undecided(std::string_view subject) const;
};

void MatcherList::State::compile(const std::vector<config::Matcher>& matchers) {
  std::string alternatives;
  for (const config::Matcher& matcher : matchers) {
    switch (matcher.kind) {
      case config::Matcher::Kind::text:
        texts.push_back(matcher.pattern);
        break;
      case config::Matcher::Kind::ruby:
        ruby_numbers.push_back(matcher.ruby);
        break;
      case config::Matcher::Kind::regexp:
        // Too big for RE2, if not: repeats within repeats.
        if (!RE2(matcher.pattern, re2_options()).ok()) {
          ruby_numbers.push_back(matcher.ruby);
          break;
        }
        if (!regexp_numbers.empty()) alternatives += '|';
        alternatives += matcher.pattern;
        regexp_numbers.push_back(matcher.ruby);
        break;
    }
  }
  std::sort(texts.begin(), texts.end());
  if (regexp_numbers.empty()) return;
  regexps = std::make_unique<RE2>(alternatives, re2_options());
  if (regexps->ok()) return;
  // Each is small enough, all together aren't.
  regexps.reset();
  ruby_numbers.insert(ruby_numbers.end(), regexp_numbers.begin(), regexp_numbers.end());
  regexp_numbers.clear();
}

bool MatcherList::State::decided_here(std::string_view subject) const {
  return ruby_numbers.empty() && (regexp_numbers.empty() || plain_subject(subject));
}

std::vector<std::uint32_t> MatcherList::State::undecided(std::string_view subject) const {
  std::vector<std::uint32_t> numbers;
  if (!plain_subject(subject)) numbers = regexp_numbers;
  numbers.insert(numbers.end(), ruby_numbers.begin(), ruby_numbers.end());
  return numbers;
}

MatcherList::MatcherList(const std::vector<config::Matcher>& matchers, std::uint64_t generation,
                         RubyMatchers& ruby) {
  auto state = std::make_shared<State>();
  state->ruby = &ruby;
  state->generation = generation;
  state->compile(matchers);
  state_ = std::move(state);
}

MatcherList::~MatcherList() = default;

std::optional<bool> MatcherList::match(std::string_view subject) const {
  const State& state = *state_;
  if (std::binary_search(state.texts.begin(), state.texts.end(), subject)) return true;
  if (state.regexps && plain_subject(subject) &&
      RE2::PartialMatch(re2::StringPiece(subject.data(), subject.size()), *state.regexps)) {
    return true;
  }
  if (!state.decided_here(subject)) return std::nullopt;
  return false;
}

namespace {

// Asks one matcher after another, until one matches. Kept alive by the question under way.
struct Round : std::enable_shared_from_this<Round> {
  RubyMatchers* ruby = nullptr;
  std::uint64_t generation = 0;
  std::weak_ptr<const void> list;
  std::vector<std::uint32_t> numbers;
  std::size_t next = 0;
  std::string subject;
  MatcherList::Answer answer;

  void ask_next() {
    ruby->matches(generation, numbers[next++], subject, [self = shared_from_this()](bool matches) {
      if (self->list.expired()) return;
      if (matches || self->next == self->numbers.size()) {
        self->answer(matches);
      } else {
        self->ask_next();
      }
    });
  }
};

}  // namespace

void MatcherList::ask(std::string subject, Answer answer) const {
  auto round = std::make_shared<Round>();
  round->ruby = state_->ruby;
  round->generation = state_->generation;
  round->list = state_;
  round->numbers = state_->undecided(subject);
  round->subject = std::move(subject);
  round->answer = std::move(answer);
  round->ask_next();
}

}  // namespace milter_manager::condition
