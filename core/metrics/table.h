// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace milter_manager::metrics {

// Every metric that the manager has, once: what is counted and served, share/doc/metrics.md and the Grafana dashboard are all made
// from this table, and a test holds them together.
//
// Names follow Prometheus: base units (seconds, bytes), "_total" for what only grows.

enum class Kind : std::uint8_t { counter, gauge, histogram };

// In the order of the table.
enum class Id : std::uint8_t {
  sessions_total,
  sessions,
  session_seconds,
  clients_gone_total,
  max_connections,
  accepting,
  messages_total,
  message_seconds,
  message_bytes_total,
  recipients_total,
  quarantined_total,
  milter_verdicts_total,
  milter_recipients_total,
  milter_wait_seconds,
  milter_connections_total,
  milter_connections,
  milter_busy,
  milter_up,
  milter_errors_total,
  milter_timeouts_total,
  milter_reply_deadline_hits_total,
  milter_probes_total,
  milter_breaker_open,
  milter_breaker_trips_total,
  milter_starts_total,
  condition_queue,
  body_memory_bytes,
  send_queue_bytes,
  log_lines_total,
  log_lines_dropped_total,
  log_queue_bytes,
  accept_errors_total,
  workers,
  worker_restarts_total,
  reloads_total,
  start_time_seconds,
  build_info,
};
inline constexpr std::size_t kNumberOfMetrics = 37;
inline constexpr std::size_t kMostLabels = 5;

struct Label {
  std::string_view name;
  std::string_view values;  // what it may be, in words
};

struct Metric {
  Id id;
  std::string_view name;  // without kPrefix
  Kind kind;
  std::string_view group;  // a headline of the manual, a row of the dashboard
  std::string_view title;  // of its panel
  std::string_view help;   // one plain line: the exposition format escapes nothing here
  std::vector<Label> labels;
  std::string_view unit;  // Grafana's: "short", "s", "bytes", "dateTimeAsIso"
  // Which labels tell the lines of its panel apart; the others are added up.
  std::vector<std::string_view> panel_labels;
};

inline constexpr std::string_view kPrefix = "milter_manager_";

const std::vector<Metric>& table();
const Metric& metric(Id id);
// nullptr if there is none of that name (without kPrefix).
const Metric* find_metric(std::string_view name);
std::string full_name(const Metric& metric);
// "counter", "gauge", "histogram".
std::string_view word(Kind kind);

}  // namespace milter_manager::metrics
