// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <prometheus/metric_family.h>

#include <string>
#include <string_view>
#include <vector>

#include "core/metrics/counts.h"

namespace milter_manager::metrics {

// The numbers as prometheus-cpp takes them: one family a metric that has numbers, in the table's order.
std::vector<prometheus::MetricFamily> families(const Counts& counts);

// A text as Prometheus takes it: UTF-8. What is not becomes U+FFFD.
std::string label_text(std::string_view text);

}  // namespace milter_manager::metrics
