// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/counts.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

namespace milter_manager::metrics {
namespace {

using Json = nlohmann::json;

// No count gets there, and every one below is exact.
constexpr double kMost = 9e15;
constexpr std::size_t kLongestLabel = 1024;

std::optional<Counts::Labels> labels_of(const Json& json, const Metric& metric) {
  if (!json.is_array() || json.size() != metric.labels.size()) return std::nullopt;
  Counts::Labels labels;
  for (const Json& label : json) {
    if (!label.is_string()) return std::nullopt;
    const auto& text = label.get_ref<const std::string&>();
    if (text.size() > kLongestLabel) return std::nullopt;
    labels.push_back(text);
  }
  return labels;
}

std::optional<double> number_of(const Json& json) {
  if (!json.is_number()) return std::nullopt;
  const double number = json.get<double>();
  if (!(number >= 0 && number <= kMost)) return std::nullopt;
  return number;
}

std::optional<Histogram> histogram_of(const Json& json) {
  if (!json.is_object() || !json.contains("sum") || !json.contains("buckets")) return std::nullopt;
  const auto sum = number_of(json["sum"]);
  const Json& buckets = json["buckets"];
  if (!sum || !buckets.is_array()) return std::nullopt;
  Histogram histogram;
  histogram.add_sum(*sum);
  for (const Json& bucket : buckets) {
    if (!bucket.is_array() || bucket.size() != 2) return std::nullopt;
    const auto at = number_of(bucket[0]);
    const auto count = number_of(bucket[1]);
    if (!at || !count || *at > static_cast<double>(Histogram::kBounds)) return std::nullopt;
    histogram.add_bucket(static_cast<std::size_t>(*at), static_cast<std::uint64_t>(*count));
  }
  return histogram;
}

Json json_of(const Histogram& histogram) {
  Json buckets = Json::array();
  for (std::size_t i = 0; i <= Histogram::kBounds; ++i) {
    if (histogram.in_bucket(i) > 0) buckets.push_back(Json::array({i, histogram.in_bucket(i)}));
  }
  return {{"sum", histogram.sum()}, {"buckets", std::move(buckets)}};
}

}  // namespace

void Counts::add(Id id, Labels labels, double number) {
  const Series series{id, std::move(labels)};
  if (const auto found = numbers_.find(series); found != numbers_.end()) {
    found->second += number;
  } else if (has_room()) {
    numbers_.emplace(series, number);
  }
}

void Counts::set(Id id, Labels labels, double number) {
  numbers_.insert_or_assign(Series{id, std::move(labels)}, number);
}

void Counts::add(Id id, Labels labels, const Histogram& histogram) {
  const Series series{id, std::move(labels)};
  if (const auto found = histograms_.find(series); found != histograms_.end()) {
    found->second.add(histogram);
  } else if (has_room()) {
    histograms_.emplace(series, histogram);
  }
}

void Counts::add(const Counts& others) {
  for (const auto& [series, number] : others.numbers_) add(series.id, series.labels, number);
  for (const auto& [series, histogram] : others.histograms_) add(series.id, series.labels, histogram);
}

void Counts::forget_gauges() {
  for (auto at = numbers_.begin(); at != numbers_.end();) {
    at = metric(at->first.id).kind == Kind::gauge ? numbers_.erase(at) : std::next(at);
  }
}

double Counts::number(Id id, const Labels& labels) const {
  const auto found = numbers_.find(Series{id, labels});
  return found == numbers_.end() ? 0 : found->second;
}

Histogram Counts::histogram(Id id, const Labels& labels) const {
  const auto found = histograms_.find(Series{id, labels});
  return found == histograms_.end() ? Histogram() : found->second;
}

std::string encode(const Counts& counts) {
  Json all = Json::array();
  for (const auto& [series, number] : counts.numbers()) {
    all.push_back(Json::array({metric(series.id).name, series.labels, number}));
  }
  for (const auto& [series, histogram] : counts.histograms()) {
    all.push_back(Json::array({metric(series.id).name, series.labels, json_of(histogram)}));
  }
  // Names in configurations need not be UTF-8.
  return all.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Counts decode(std::string_view bytes) {
  Counts counts;
  const Json all = Json::parse(bytes, nullptr, false);
  if (!all.is_array()) return counts;
  for (const Json& one : all) {
    if (!one.is_array() || one.size() != 3 || !one[0].is_string()) continue;
    const Metric* const metric = find_metric(one[0].get_ref<const std::string&>());
    if (metric == nullptr) continue;
    auto labels = labels_of(one[1], *metric);
    if (!labels) continue;
    if (metric->kind == Kind::histogram) {
      if (const auto histogram = histogram_of(one[2])) counts.add(metric->id, std::move(*labels), *histogram);
    } else if (const auto number = number_of(one[2])) {
      counts.add(metric->id, std::move(*labels), *number);
    }
  }
  return counts;
}

}  // namespace milter_manager::metrics
