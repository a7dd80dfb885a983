// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>
#include <random>
#include <vector>

#include "milter-report/model/quantile.h"
#include "milter-report/model/student.h"
#include "test/milter_report/months/coverage.h"

namespace milter_manager::report {
namespace {

// Service times that are far from exponential: lognormal, as scan times are.
constexpr double kLogMean = 0.6, kLogSpread = 0.7;
constexpr std::size_t kMails = 1500;

double normal_density(double z) { return std::exp(-z * z / 2) / std::sqrt(2 * M_PI); }

TEST_CASE("the mean, the median and the 95th percentile of service times are covered", "[months]") {
  std::lognormal_distribution<> service(kLogMean, kLogSpread);
  const double true_mean = std::exp(kLogMean + kLogSpread * kLogSpread / 2);
  const double deviation = true_mean * std::sqrt(std::exp(kLogSpread * kLogSpread) - 1);
  const double median = std::exp(kLogMean);
  const double p95 = std::exp(kLogMean + kLogSpread * 1.6448536);
  const double root = std::sqrt(static_cast<double>(kMails));
  // Widths by the true distribution, as if it were known.
  const auto quantile_width = [&](double q, double z, double value) {
    const double density = normal_density(z) / (value * kLogSpread);
    return 2 * kNormalQuantile * std::sqrt(q * (1 - q)) / (root * density);
  };
  Coverage of_mean, of_median, of_p95;
  for (int month = 0; month < kMonths; ++month) {
    std::mt19937_64 random(static_cast<std::uint64_t>(month) + 1);
    std::vector<double> seconds(kMails);
    for (double& value : seconds) value = service(random);
    of_mean.add(mean(seconds)->bounds, true_mean, 2 * kNormalQuantile * deviation / root);
    of_median.add(*quantile_bounds(seconds, 0.5), median, quantile_width(0.5, 0, median));
    of_p95.add(*quantile_bounds(seconds, 0.95), p95, quantile_width(0.95, 1.6448536, p95));
  }
  of_mean.require();
  of_median.require();
  of_p95.require();
}

}  // namespace
}  // namespace milter_manager::report
