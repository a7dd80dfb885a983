// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace milter_manager::report {

// Names from a log and small numbers for them, given in the order in which they come. Logs may hold any number of
// names: beyond `maximum` all are the number `maximum`, whose name is "(others)".
class Names {
 public:
  explicit Names(std::size_t maximum) : maximum_(maximum) {}
  Names(const Names&) = delete;
  Names& operator=(const Names&) = delete;

  // Cost: some comparisons for the name asked for before and the one behind it (a message's milters come in their order), else a
  // hash.
  std::uint32_t number(std::string_view name) {
    if (is(recent_, name)) return recent_;
    if (is(recent_ + 1, name)) return ++recent_;
    if (is(0, name)) return recent_ = 0;
    if (const auto found = numbers_.find(name); found != numbers_.end()) return recent_ = found->second;
    if (names_.size() >= maximum_) return static_cast<std::uint32_t>(maximum_);
    names_.emplace_back(name);
    recent_ = static_cast<std::uint32_t>(names_.size() - 1);
    numbers_.emplace(names_.back(), recent_);
    return recent_;
  }
  // Valid as long as this object.
  std::string_view name(std::uint32_t number) const {
    return number < names_.size() ? std::string_view(names_[number]) : std::string_view("(others)");
  }
  const std::deque<std::string>& all() const { return names_; }

 private:
  bool is(std::uint32_t number, std::string_view name) const {
    return number < names_.size() && names_[number] == name;
  }

  std::size_t maximum_;
  std::deque<std::string> names_;  // the keys of the map below point into it
  std::unordered_map<std::string_view, std::uint32_t> numbers_;
  std::uint32_t recent_ = 0;
};

}  // namespace milter_manager::report
