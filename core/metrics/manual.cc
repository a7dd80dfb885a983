// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include "core/metrics/documents.h"
#include "core/metrics/table.h"

namespace milter_manager::metrics {
namespace {

constexpr std::string_view kBeginning = R"(<!-- SPDX-License-Identifier: GPL-3.0-or-later -->
<!-- Made from core/metrics/table.cc: change it there. -->
# Metrics

With `metrics.connection_spec = "inet:9100"` milter manager serves numbers for [Prometheus](https://prometheus.io/) at
`http://127.0.0.1:9100/metrics`. Without a host that is this host only; `inet:9100@[192.0.2.1]` serves one address, `inet:9100@[0.0.0.0]` all of them.
Whoever can reach the port can read the numbers: there is no password. IPv4 only.

```yaml
scrape_configs:
- job_name: milter-manager
  static_configs: [{targets: ['127.0.0.1:9100']}]
```

`share/grafana/milter-manager.json` is a dashboard for Grafana with all of it (Dashboards, New, Import).

With `manager.n_workers` the numbers are those of all processes together. What a worker that died had counted stays counted, but for its last second.
Counters count from the manager's start. Names and answers are those of the [statistics lines](statistics.md).
)";

constexpr std::string_view kEnd = R"(
## Questions

| question | expression |
|---|---|
| messages a second | `sum(rate(milter_manager_messages_total[5m]))` |
| share of the mail that a milter rejects | `sum(rate(milter_manager_milter_verdicts_total{milter="NAME",status="reject",group="enforced",cause="answer"}[1h])) / sum(rate(milter_manager_milter_verdicts_total{milter="NAME",cause="answer"}[1h]))` |
| what a milter in evaluation would reject | `sum by (milter) (increase(milter_manager_milter_verdicts_total{group="evaluated",status="reject"}[1d]))` |
| how long the slowest 5 % wait for a milter | `histogram_quantile(0.95, sum by (le, milter) (rate(milter_manager_milter_wait_seconds_bucket[5m])))` |
| mail passes a milter unasked | `milter_manager_milter_up == 0` |
| statistics are lost | `increase(milter_manager_log_lines_dropped_total[10m]) > 0` |
| a worker keeps dying | `increase(milter_manager_worker_restarts_total[10m]) > 1` |
)";

}  // namespace

std::string manual() {
  std::string text(kBeginning);
  std::string_view group;
  for (const Metric& metric : table()) {
    if (metric.group != group) {
      group = metric.group;
      text += fmt::format("\n## {}\n\n| metric | kind | what it says | labels |\n|---|---|---|---|\n", group);
    }
    std::string labels;
    for (const Label& label : metric.labels) {
      if (!labels.empty()) labels += "<br>";
      labels += fmt::format("`{}`: {}", label.name, label.values);
    }
    text +=
        fmt::format("| `{}` | {} | {} | {} |\n", full_name(metric), word(metric.kind), metric.help, labels);
  }
  return text.append(kEnd);
}

}  // namespace milter_manager::metrics
