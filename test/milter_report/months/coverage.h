// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <catch2/catch.hpp>
#include <cstdint>

#include "milter-report/model/bounds.h"

namespace milter_manager::report {

// How often intervals held the truth, and how wide they were beside the exact ones of the same counts.
class Coverage {
 public:
  void add(const Bounds& bounds, double truth, double exact_width) {
    ++total_;
    covered_ += bounds.contains(truth) ? 1 : 0;
    width_ += bounds.width();
    exact_width_ += exact_width;
  }
  double covered() const { return static_cast<double>(covered_) / static_cast<double>(total_); }
  double relative_width() const { return width_ / exact_width_; }

  // What is promised of every interval.
  void require() const {
    INFO("covered " << covered() << ", width " << relative_width() << " times the exact one");
    REQUIRE(total_ == 1000);
    CHECK(covered() >= 0.93);
    CHECK(covered() <= 0.975);
    CHECK(relative_width() <= 1.2);
  }

 private:
  std::uint64_t total_ = 0, covered_ = 0;
  double width_ = 0, exact_width_ = 0;
};

inline constexpr int kMonths = 1000;

}  // namespace milter_manager::report
