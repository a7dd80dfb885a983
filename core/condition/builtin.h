// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/condition/question.h"
#include "core/config/configuration.h"
#include "core/net/loop.h"

namespace milter_manager::condition {

// Asks Ruby whether a matcher that can't be decided here (a block, an object with ===, a regular expression that RE2
// would read differently) matches. Implemented beside the pool of Ruby threads.
class RubyMatchers {
 public:
  using Answer = std::function<void(bool)>;
  virtual ~RubyMatchers() = default;
  // On the loop's thread; `answer` comes there too, never from within this call, and exactly once: false when Ruby
  // raised or took too long.
  virtual void matches(std::uint64_t generation, std::uint32_t matcher, std::string subject,
                       Answer answer) = 0;
};

// What built-in conditions need of the process they run in.
struct Surroundings {
  net::Loop& loop;
  RubyMatchers& ruby;
  // A line for the log: level's name ("warning"), text.
  std::function<void(std::string_view level, std::string_view text)> log;
};

// A condition of one configuration that the manager decides by itself. Shared by all sessions of that configuration; on
// the loop's thread only.
class Builtin {
 public:
  using Later = std::function<void(Outcome)>;
  virtual ~Builtin() = default;
  // The outcome; or nullopt, and `later` is called, on the loop's thread, never from within this call. When the Builtin
  // is destroyed first, `later` is not called any more. Of `question` nothing is there after the call.
  virtual std::optional<Outcome> ask(const Question& question, Later later) = 0;
};

// The one that `condition.builtin` names. nullptr: it has none, or an unknown one (the configuration's check has
// told). `configuration` must outlive it.
std::unique_ptr<Builtin> make_builtin(const config::Condition& condition,
                                      const config::Configuration& configuration,
                                      const Surroundings& surroundings);

}  // namespace milter_manager::condition
