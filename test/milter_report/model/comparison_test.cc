// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/model/comparison.h"

#include <catch2/catch.hpp>
#include <random>
#include <string>

namespace milter_manager::report {
namespace {

using statistics::Status;

// Mails of two days, told without a log: in hour h of day d so many that share `rejected[d]` is of.
struct TwoDays {
  double rejected[2] = {0.1, 0.1};
  double an_hour[2] = {40, 40};
  double wave = 0;  // how much an hour's share may be above or below
};

std::vector<ComparedFigure> compare(const TwoDays& days, unsigned seed) {
  constexpr double kDay = 86400;
  Comparison comparison({0.0, kDay, "", {}, ""}, {kDay, 2 * kDay, "", {}, ""});
  std::mt19937 random(seed);
  const auto uniform = [&] { return static_cast<double>(random()) / 4294967296.0; };
  unsigned session = 0;
  for (int day = 0; day < 2; ++day) {
    for (int hour = 0; hour < 24; ++hour) {
      const double share = days.rejected[day] * (1 + days.wave * (2 * uniform() - 1));
      // About a Poisson number: the sum of many small chances.
      int mails = 0;
      for (int i = 0; i < 200; ++i) mails += uniform() < days.an_hour[day] / 200 ? 1 : 0;
      for (int mail = 0; mail < mails; ++mail) {
        Message message;
        message.time = day * kDay + hour * 3600 + 3600 * uniform();
        message.host = "mail";
        message.session = ++session;
        message.status = uniform() < share ? Status::reject : Status::pass;
        message.elapsed = 1 + uniform();
        message.bytes = 1000;
        message.recipients = 1;
        comparison.message(message);
      }
    }
  }
  return comparison.figures();
}

const ComparedFigure& figure(const std::vector<ComparedFigure>& figures, const std::string& key) {
  for (const ComparedFigure& one : figures) {
    if (one.key == key) return one;
  }
  throw std::runtime_error("no figure " + key);
}

TEST_CASE("What does not differ looks different once in twenty times, also where spam comes in waves") {
  for (const double wave : {0.0, 0.9}) {
    int different = 0;
    constexpr int kTimes = 400;
    for (unsigned seed = 0; seed < kTimes; ++seed) {
      TwoDays days;
      days.wave = wave;
      const auto figures = compare(days, seed);
      different += figure(figures, "rejected").is_more_than_chance() ? 1 : 0;
    }
    INFO("waves of " << wave);
    CHECK(different >= 5);
    CHECK(different <= 32);
  }
}

TEST_CASE("A rise of what is rejected, of the number of mails, is told") {
  TwoDays days;
  days.rejected[1] = 0.2;
  days.an_hour[1] = 60;
  const auto figures = compare(days, 1);
  CHECK(figure(figures, "rejected").is_more_than_chance());
  CHECK(figure(figures, "messages").is_more_than_chance());
  CHECK(figure(figures, "messages").a == Approx(40).epsilon(0.1));
  CHECK(figure(figures, "messages").b == Approx(60).epsilon(0.1));
  CHECK_FALSE(figure(figures, "message_time").is_more_than_chance());
}

Message at(double time) {
  Message message;
  message.time = time;
  message.host = "mail";
  return message;
}

TEST_CASE("Hours that the log does not hold are no hours without mails") {
  constexpr double kHour = 3600, kDay = 24 * kHour;
  // 40 mails an hour, until 10:20 of the second day. In some zones a day begins at 30 minutes past.
  for (const double midnight : {0.0, kHour / 2}) {
    Comparison comparison({midnight, midnight + kDay, "", {}, ""},
                          {midnight + kDay, midnight + 2 * kDay, "", {}, ""});
    const double end = midnight + kDay + 10 * kHour + 1200;
    double last = 0;
    for (double time = midnight + 45; time < end; time += 90) comparison.message(at(last = time));
    const auto figures = comparison.figures();
    const ComparedFigure& messages = figure(figures, "messages");
    CHECK(messages.of_a == 24);
    CHECK(messages.of_b == 10);
    CHECK(messages.a == 40);
    CHECK(messages.b == 40);
    CHECK_FALSE(messages.is_more_than_chance());
    CHECK_FALSE(comparison.begins_late());
    REQUIRE(comparison.ends_early());
    CHECK(*comparison.ends_early() == last);
    // A log that goes on has hours without mails.
    comparison.set_log(std::nullopt, midnight + 2 * kDay);
    CHECK_FALSE(comparison.ends_early());
    const auto on = comparison.figures();
    CHECK(figure(on, "messages").of_b == 24);
    CHECK(figure(on, "messages").is_more_than_chance());
  }
}

TEST_CASE("A log that begins inside the first period says since when") {
  constexpr double kDay = 86400;
  Comparison comparison({0.0, kDay, "", {}, ""}, {kDay, 2 * kDay, "", {}, ""});
  for (double time = kDay / 2 + 1800; time < 2 * kDay; time += 90) comparison.message(at(time));
  REQUIRE(comparison.begins_late());
  CHECK(*comparison.begins_late() == kDay / 2 + 1800);
  const auto figures = comparison.figures();
  CHECK(figure(figures, "messages").of_a == 11);
  CHECK(figure(figures, "messages").a == 40);
}

TEST_CASE("One hour is too little to tell") {
  Comparison comparison({0.0, 3600.0, "", {}, ""}, {3600.0, 7200.0, "", {}, ""});
  Message message;
  message.time = 10;
  message.status = Status::reject;
  comparison.message(message);
  message.time = 4000;
  comparison.message(message);
  for (const ComparedFigure& one : comparison.figures()) CHECK_FALSE(one.known);
}

}  // namespace
}  // namespace milter_manager::report
