// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "milter-report/model/clustered.h"
#include "milter-report/model/comparison.h"
#include "milter-report/model/proportion.h"
#include "milter-report/model/student.h"
#include "test/milter_report/months/coverage.h"

namespace milter_manager::report {
namespace {

using statistics::Status;

constexpr int kHours = 10 * 24;  // of a side
constexpr double kHour = 3600, kSide = kHours * kHour;

// What mail is like on one side.
struct Mail {
  double an_hour = 5;
  double rejected = 0.06;
  double elapsed = 2;  // seconds, mean: lognormal
};

// Two periods, and how much their hours differ.
struct Model {
  Mail a, b;
  double wave = 0;   // an hour's share of rejected mail may be so much above or below, as a part of it
  double drift = 0;  // and its times
};

constexpr double kLogSpread = 0.9;

// What the month really held.
struct Truth {
  std::vector<ClusterCounts> rejected[2];  // by hour
};

Truth make_month(const Model& model, std::uint64_t seed, Comparison& comparison) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<> evenly(-1, 1);
  const auto chance = [&](double p) { return (evenly(random) + 1) / 2 < p; };
  std::lognormal_distribution<> times(-kLogSpread * kLogSpread / 2, kLogSpread);
  Truth truth;
  for (int side = 0; side < 2; ++side) {
    const Mail& mail = side == 0 ? model.a : model.b;
    for (int hour = 0; hour < kHours; ++hour) {
      const double share = mail.rejected * (1 + model.wave * evenly(random));
      const double elapsed = mail.elapsed * (1 + model.drift * evenly(random));
      ClusterCounts rejected;
      for (int mails = std::poisson_distribution<>(mail.an_hour)(random); mails > 0; --mails) {
        Message message;
        message.time = side * kSide + hour * kHour + kHour * (evenly(random) + 1) / 2;
        message.host = "mail";
        message.status = chance(share) ? Status::reject : Status::pass;
        message.elapsed = elapsed * times(random);
        message.recipients = 1;
        comparison.message(message);
        rejected.mails += 1;
        rejected.hits += message.status == Status::reject ? 1 : 0;
      }
      truth.rejected[side].push_back(rejected);
    }
  }
  comparison.set_log(0.0, 2 * kSide);
  return truth;
}

ComparedFigure figure(const Comparison& comparison, const std::string& key) {
  for (ComparedFigure& one : comparison.figures()) {
    if (one.key == key && one.milter.empty()) return one;
  }
  throw std::runtime_error("no figure " + key);
}

ClusterCounts sum(const std::vector<ClusterCounts>& clusters) {
  ClusterCounts all;
  for (const ClusterCounts& one : clusters) {
    all.hits += one.hits;
    all.mails += one.mails;
  }
  return all;
}

// Newcombe's of the two Wilson intervals, as if each mail were independent.
double exact_width(const Truth& truth) {
  Bounds bounds[2];
  double shares[2];
  for (int side = 0; side < 2; ++side) {
    const ClusterCounts all = sum(truth.rejected[side]);
    bounds[side] = wilson({all.hits, all.mails});
    shares[side] = all.hits / all.mails;
  }
  return difference(shares[1], bounds[1], shares[0], bounds[0]).width();
}

TEST_CASE("the difference of two periods' shares is covered, where mails are independent", "[months]") {
  Model model;
  model.b.rejected = 0.09;
  Coverage rejected;
  bool are_exact = true;
  for (int month = 0; month < kMonths; ++month) {
    Comparison comparison({0.0, kSide, "", {}, ""}, {kSide, 2 * kSide, "", {}, ""});
    const Truth truth = make_month(model, static_cast<std::uint64_t>(month) + 1, comparison);
    const ComparedFigure found = figure(comparison, "rejected");
    const ClusterCounts a = sum(truth.rejected[0]), b = sum(truth.rejected[1]);
    are_exact = are_exact && found.of_a == a.mails && found.of_b == b.mails && found.a == a.hits / a.mails &&
                found.b == b.hits / b.mails;
    rejected.add(found.bounds, model.b.rejected - model.a.rejected, exact_width(truth));
  }
  CHECK(are_exact);
  rejected.require();
}

TEST_CASE("the difference of two periods' shares is covered, where spam comes in waves", "[months]") {
  Model model;
  model.a = {12, 0.1, 2};
  model.b = {12, 0.12, 2};
  model.wave = 0.9;
  Coverage rejected;
  for (int month = 0; month < kMonths; ++month) {
    Comparison comparison({0.0, kSide, "", {}, ""}, {kSide, 2 * kSide, "", {}, ""});
    const Truth truth = make_month(model, static_cast<std::uint64_t>(month) + 1, comparison);
    // By hour, as spam is alike within it.
    const Bounds resampled = bootstrap_difference(truth.rejected[1], truth.rejected[0], 200,
                                                  static_cast<std::uint64_t>(month) + 1);
    rejected.add(figure(comparison, "rejected").bounds, model.b.rejected - model.a.rejected,
                 resampled.width());
  }
  rejected.require();
}

TEST_CASE("the differences of two periods' mean times and of their mails an hour are covered", "[months]") {
  Model model;
  model.b.elapsed = 2.3;
  model.b.an_hour = 6;
  model.drift = 0.5;
  Coverage elapsed, mails;
  // By the true distributions, as if they were known: of a mail's time given its hour, and of the hours.
  const auto variance_of_mean = [&](const Mail& mail) {
    const double of_hours = model.drift * model.drift / 3;
    const double of_mail = (std::exp(kLogSpread * kLogSpread) - 1) * (1 + of_hours);
    const double in_hour = mail.elapsed * mail.elapsed * of_mail;
    // Mails of one hour share its level: their number in an hour is a Poisson one.
    const double shared = mail.elapsed * mail.elapsed * of_hours * (1 + mail.an_hour);
    return (in_hour + shared) / (mail.an_hour * kHours);
  };
  const double mean_width =
      2 * kNormalQuantile * std::sqrt(variance_of_mean(model.a) + variance_of_mean(model.b));
  const double rate_width = 2 * kNormalQuantile * std::sqrt((model.a.an_hour + model.b.an_hour) / kHours);
  bool are_exact = true;
  for (int month = 0; month < kMonths; ++month) {
    Comparison comparison({0.0, kSide, "", {}, ""}, {kSide, 2 * kSide, "", {}, ""});
    const Truth truth = make_month(model, static_cast<std::uint64_t>(month) + 1, comparison);
    const ComparedFigure time = figure(comparison, "message_time");
    const ComparedFigure rate = figure(comparison, "messages");
    elapsed.add(time.bounds, model.b.elapsed - model.a.elapsed, mean_width);
    mails.add(rate.bounds, model.b.an_hour - model.a.an_hour, rate_width);
    are_exact = are_exact && rate.of_a == kHours && rate.of_b == kHours &&
                rate.a * kHours == Approx(sum(truth.rejected[0]).mails) &&
                rate.b * kHours == Approx(sum(truth.rejected[1]).mails);
  }
  CHECK(are_exact);
  elapsed.require();
  mails.require();
}

}  // namespace
}  // namespace milter_manager::report
