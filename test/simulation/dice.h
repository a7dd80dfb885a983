// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace milter_manager::simulation {

// The finalizer of SplitMix64 (Steele, Lea, Flood 2014).
inline std::uint64_t scramble(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15u;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
  return value ^ (value >> 31);
}
inline std::uint64_t scramble(std::uint64_t seed, std::uint64_t value) {
  return scramble(seed ^ scramble(value));
}
inline std::uint64_t scramble(std::uint64_t seed, std::string_view text) {
  std::uint64_t value = 0xcbf29ce484222325u;
  for (const char byte : text) value = (value ^ static_cast<unsigned char>(byte)) * 0x100000001b3u;
  return scramble(seed, value);
}

// Chance, all of it from one seed and the same on every machine.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(scramble(seed)) {}

  std::uint64_t next() { return scramble(state_++); }
  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(next() % limit); }
  bool percent(unsigned chance) { return below(100) < chance; }
  bool permille(unsigned chance) { return below(1000) < chance; }
  template <typename T, std::size_t N>
  const T& one_of(const T (&choices)[N]) {
    return choices[below(N)];
  }

 private:
  std::uint64_t state_;
};

}  // namespace milter_manager::simulation
