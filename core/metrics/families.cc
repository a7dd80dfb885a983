// SPDX-License-Identifier: GPL-3.0-or-later
#ifdef MILTER_MANAGER_HAVE_PROMETHEUS

#include "core/metrics/families.h"

#include <prometheus/client_metric.h>
#include <prometheus/metric_type.h>

#include <limits>
#include <nlohmann/json.hpp>

namespace milter_manager::metrics {
namespace {

prometheus::ClientMetric labelled(const Counts::Series& series) {
  prometheus::ClientMetric client;
  const auto& labels = metric(series.id).labels;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    client.label.push_back({std::string(labels[i].name), label_text(series.labels[i])});
  }
  return client;
}

prometheus::ClientMetric::Histogram served(const Histogram& histogram) {
  prometheus::ClientMetric::Histogram served;
  served.sample_count = histogram.count();
  served.sample_sum = histogram.sum();
  for (const std::size_t bound : Histogram::served_bounds()) {
    served.bucket.push_back({histogram.up_to(bound), Histogram::bucket_bounds()[bound]});
  }
  served.bucket.push_back({histogram.count(), std::numeric_limits<double>::infinity()});
  return served;
}

prometheus::MetricType type_of(Kind kind) {
  switch (kind) {
    case Kind::counter:
      return prometheus::MetricType::Counter;
    case Kind::gauge:
      return prometheus::MetricType::Gauge;
    case Kind::histogram:
      return prometheus::MetricType::Histogram;
  }
  return prometheus::MetricType::Untyped;
}

}  // namespace

std::vector<prometheus::MetricFamily> families(const Counts& counts) {
  std::vector<prometheus::MetricFamily> all;
  for (const Metric& described : table()) {
    all.push_back({full_name(described), std::string(described.help), type_of(described.kind), {}});
  }
  for (const auto& [series, number] : counts.numbers()) {
    auto client = labelled(series);
    if (metric(series.id).kind == Kind::counter) {
      client.counter.value = number;
    } else {
      client.gauge.value = number;
    }
    all[static_cast<std::size_t>(series.id)].metric.push_back(std::move(client));
  }
  for (const auto& [series, histogram] : counts.histograms()) {
    auto client = labelled(series);
    client.histogram = served(histogram);
    all[static_cast<std::size_t>(series.id)].metric.push_back(std::move(client));
  }
  std::erase_if(all, [](const auto& family) { return family.metric.empty(); });
  return all;
}

std::string label_text(std::string_view text) {
  using Json = nlohmann::json;
  const auto quoted = Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
  return Json::parse(quoted).get<std::string>();
}

}  // namespace milter_manager::metrics

#endif
