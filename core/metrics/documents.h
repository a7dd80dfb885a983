// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

namespace milter_manager::metrics {

// What is made from the table: share/doc/metrics.md and share/grafana/milter-manager.json, byte for byte. A test compares;
// MILTER_MANAGER_ACCEPT_GOLDEN=1 in its environment writes them anew.
std::string manual();
std::string dashboard();

// What a panel asks Prometheus for, and how its lines are called ("{{milter}} {{status}}").
struct Query {
  std::string expression;
  std::string legend;
};
struct Metric;
std::vector<Query> queries(const Metric& metric);

}  // namespace milter_manager::metrics
