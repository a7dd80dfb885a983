// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <deque>
#include <random>
#include <string>

#include "core/statistics/event.h"

namespace milter_manager::statistics {

// Makes events of every kind with arbitrary contents, the same ones for the same seed. Owns their strings.
class Arbitrary {
 public:
  explicit Arbitrary(std::uint32_t seed) : random_(seed) {}

  static constexpr std::size_t kKinds = std::variant_size_v<Event>;

  // `kind` is the index of an alternative of Event.
  Event event(std::size_t kind);

  // Bytes with a liking for what is special in a line: marks, control bytes, escapes, "#012".
  std::string bytes();
  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

 private:
  std::string_view text();
  double seconds();
  std::optional<double> optional_seconds();
  std::uint32_t tag();
  std::uint64_t count();
  State state() { return static_cast<State>(below(16)); }
  Status status() { return static_cast<Status>(below(11)); }

  std::mt19937_64 random_;
  std::deque<std::string> texts_;
};

}  // namespace milter_manager::statistics
