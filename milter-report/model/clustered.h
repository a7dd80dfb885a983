// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "milter-report/model/bounds.h"
#include "milter-report/model/proportion.h"

namespace milter_manager::report {

// A proportion over mails that come in clusters: those of one sender's domain are more alike than those of two, so a
// thousand mails of ten domains tell less than a thousand of as many domains.
//
// With m(g) mails and x(g) hits in cluster g of G, n = Σ m, p = Σ x / n:
//
//   v      = G / (G−1) · Σ (x(g) − p m(g))² / n²      the variance of p, whatever is alike within a cluster
//   design = v / (p (1−p) / n)                        how many times that of n independent mails
//   ρ      = (design − 1) / (Σ m² / n − 1)            the correlation within clusters, 0 to 1
//   df     = (Σ w)² / Σ w² − 1, w = m (1 + ρ (m − 1))   clusters that count (Satterthwaite)
//   trials = n / max(design, 1) · (z / t(df))²        as many independent mails would tell as much
struct Clustered {
  double hits = 0;
  double mails = 0;
  std::uint64_t clusters = 0;
  double design = 1;  // at least 1; 1 where there is one cluster, or where all mails are alike
  double trials = 0;  // at most `mails`
  double value() const { return mails > 0 ? hits / mails : 0; }
  // Wilson's, of `trials`.
  Bounds bounds() const { return wilson({value() * trials, trials}); }
};

// Counts of one cluster. With clusters of one mail each the result is the plain proportion, but for (z / t)².
struct ClusterCounts {
  double hits = 0;
  double mails = 0;
};
Clustered clustered(const std::vector<ClusterCounts>& clusters);

// The same difference by resampling: 95 % of the differences of the groups' proportions when as many clusters of
// each group as there are are drawn anew, with replacement, from its own. `seed` decides all draws.
// Cost: `resamples` times the clusters.
Bounds bootstrap_difference(const std::vector<ClusterCounts>& a, const std::vector<ClusterCounts>& b,
                            std::uint32_t resamples, std::uint64_t seed);

}  // namespace milter_manager::report
