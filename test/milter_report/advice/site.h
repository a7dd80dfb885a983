// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/statistics/event.h"

namespace milter_manager::report {

// A log as rsyslog writes it: lines may be added in any order.
class SiteLog {
 public:
  void add(double time, const std::string& program, const std::string& text);
  void event(double time, const statistics::Event& event);
  // All lines in the order of their times.
  std::string text() const;

 private:
  std::vector<std::pair<double, std::string>> lines_;
};

// 2026-09-14 00:00:00 UTC, a Monday.
inline constexpr double kMonday = 1789344000;

// The same numbers everywhere, unlike those of <random>'s distributions.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  double next();  // [0, 1)
  bool chance(double p) { return next() < p; }
  double exponential(double mean);

 private:
  std::uint64_t state_;
};

// What a site is like.
struct Site {
  double days = 7;
  std::size_t mails_a_day = 400;
  std::uint32_t children = 1000;  // of spamd: with few, mails queue
  double service = 2.0;           // seconds
  bool has_messages = true;       // [message] lines
  bool has_mta = true;            // lines of Postfix
  bool has_policy = true;         // the milter on trial
  double enforced = 0;            // part of the domains for which it is enforced
};

// Its log: milter-greylist (ten minutes), spamass-milter, and "policy", which is in evaluation.
std::string log_of(const Site& site);

}  // namespace milter_manager::report
