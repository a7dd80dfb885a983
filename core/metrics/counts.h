// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/metrics/histogram.h"
#include "core/metrics/table.h"

namespace milter_manager::metrics {

// Numbers of the table at one moment, of one process or of several together. A plain value.
class Counts {
 public:
  using Labels = std::vector<std::string>;  // values, in the order of Metric::labels
  struct Series {
    Id id;
    Labels labels;
    friend auto operator<=>(const Series&, const Series&) = default;
  };
  // More than this is not added: what comes from another process has a limit.
  static constexpr std::size_t kMostSeries = 50'000;

  // `id` is a counter or a gauge.
  void add(Id id, Labels labels, double number);
  void set(Id id, Labels labels, double number);
  // `id` is a histogram.
  void add(Id id, Labels labels, const Histogram& histogram);
  // Gauges are added like all else: sessions of two processes are sessions.
  void add(const Counts& others);
  // Without gauges: what stays true when its process is gone.
  void forget_gauges();

  const std::map<Series, double>& numbers() const { return numbers_; }
  const std::map<Series, Histogram>& histograms() const { return histograms_; }
  // 0 and an empty one where there is none.
  double number(Id id, const Labels& labels) const;
  Histogram histogram(Id id, const Labels& labels) const;

 private:
  bool has_room() const { return numbers_.size() + histograms_.size() < kMostSeries; }

  std::map<Series, double> numbers_;
  std::map<Series, Histogram> histograms_;
};

// As one text. Decoding trusts nothing: what is no series of the table is left out.
//
//   [["sessions", [], 3], ["milter_wait_seconds", ["milter-greylist"], {"sum": 0.25, "buckets": [[48, 3]]}]]
std::string encode(const Counts& counts);
Counts decode(std::string_view bytes);

}  // namespace milter_manager::metrics
