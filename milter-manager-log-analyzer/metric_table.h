// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/maillog/minutes.h"

namespace milter_manager::log_analyzer {

// What is exported to Prometheus, as a table: which field of which series is which metric.

enum class MetricType : std::uint8_t { counter, gauge };

// A field and the label that tells it from the others of its family; no label where it is the only one.
struct MetricField {
  maillog::Kind kind;
  std::size_t field;
  std::string_view label;
  std::string_view value;
};

struct MetricFamily {
  std::string_view name;  // of a counter without "_total"
  MetricType type;
  std::string_view help;
  std::vector<MetricField> fields;
};

// In the order of the exports. All names begin with "milter_manager_log_".
const std::vector<MetricFamily>& metric_families();

// "{milter=\"clamav-milter\",status=\"pass\"}", or "" where there are no labels. Whatever bytes a milter's name has, the
// result is valid, and two names never have the same: names that are no UTF-8, hold control characters or "%", or are
// very long are written as in the archives' file names.
std::string labels_of(const MetricField& field, const maillog::SeriesKey& series);

// "# HELP …" and "# TYPE …"; `name` as the samples' format wants it there.
std::string head_of(const MetricFamily& family, std::string_view name);

}  // namespace milter_manager::log_analyzer
