// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/model/clustered.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "milter-report/model/quantile.h"
#include "milter-report/model/student.h"

namespace milter_manager::report {

Clustered clustered(const std::vector<ClusterCounts>& clusters) {
  Clustered all;
  double squares = 0;
  for (const ClusterCounts& cluster : clusters) {
    if (cluster.mails <= 0) continue;
    all.hits += cluster.hits;
    all.mails += cluster.mails;
    squares += cluster.mails * cluster.mails;
    ++all.clusters;
  }
  all.trials = all.mails;
  if (all.clusters < 2) return all;
  const double p = all.value();
  const double n = all.mails;
  double correlation = 0;
  if (p > 0 && p < 1) {
    double residuals = 0;
    for (const ClusterCounts& cluster : clusters) {
      const double residual = cluster.hits - p * cluster.mails;
      residuals += residual * residual;
    }
    const auto count = static_cast<double>(all.clusters);
    const double variance = count / (count - 1) * residuals / (n * n);
    all.design = std::max(variance / (p * (1 - p) / n), 1.0);
    const double mean_size = squares / n;
    if (mean_size > 1) correlation = std::clamp((all.design - 1) / (mean_size - 1), 0.0, 1.0);
  }
  double weights = 0, weight_squares = 0;
  for (const ClusterCounts& cluster : clusters) {
    const double weight = cluster.mails * (1 + correlation * (cluster.mails - 1));
    weights += weight;
    weight_squares += weight * weight;
  }
  const double t = student_quantile(weights * weights / weight_squares - 1);
  all.trials = n / all.design * (kNormalQuantile / t) * (kNormalQuantile / t);
  return all;
}

Bounds bootstrap_difference(const std::vector<ClusterCounts>& a, const std::vector<ClusterCounts>& b,
                            std::uint32_t resamples, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  // Not std::uniform_int_distribution, whose draws differ between libraries.
  const auto draw = [&](const std::vector<ClusterCounts>& clusters) {
    Proportion sum;
    for (std::size_t count = 0; count < clusters.size(); ++count) {
      const double place = static_cast<double>(random() >> 11) * 0x1p-53;
      const ClusterCounts& cluster =
          clusters[static_cast<std::size_t>(place * static_cast<double>(clusters.size()))];
      sum.hits += cluster.hits;
      sum.trials += cluster.mails;
    }
    return sum.value();
  };
  std::vector<double> differences;
  differences.reserve(resamples);
  for (std::uint32_t sample = 0; sample < resamples; ++sample) {
    const double first = draw(a);
    differences.push_back(first - draw(b));
  }
  if (differences.empty()) return {-1, 1};
  return {quantile(differences, 0.025), quantile(differences, 0.975)};
}

}  // namespace milter_manager::report
