// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>

#include "core/metrics/documents.h"
#include "core/metrics/table.h"

namespace milter_manager::metrics {
namespace {

// In the order in which they are written, so that a change of the table changes few lines.
using Json = nlohmann::ordered_json;

constexpr int kWidth = 8;  // of Grafana's 24 columns
constexpr int kHeight = 8;
constexpr std::string_view kSelector = "{instance=~\"$instance\"}";

Json source() { return {{"type", "prometheus"}, {"uid", "${datasource}"}}; }

std::string joined(const std::vector<std::string_view>& labels, std::string_view before,
                   std::string_view between, std::string_view after) {
  std::string text;
  for (const std::string_view label : labels) {
    if (!text.empty()) text += between;
    text.append(before).append(label).append(after);
  }
  return text;
}

Json panel(const Metric& metric, int id, int x, int y) {
  Json targets = Json::array();
  for (const Query& query : queries(metric)) {
    targets.push_back({{"datasource", source()},
                       {"expr", query.expression},
                       {"legendFormat", query.legend},
                       {"refId", std::string(1, static_cast<char>('A' + targets.size()))}});
  }
  const std::string_view unit = metric.kind == Kind::counter && metric.unit == "bytes" ? "Bps" : metric.unit;
  const bool is_moment = metric.unit == "dateTimeAsIso" || metric.id == Id::build_info;
  Json result = {{"id", id},
                 {"type", is_moment ? "stat" : "timeseries"},
                 {"title", metric.title},
                 {"description", metric.help},
                 {"datasource", source()},
                 {"gridPos", {{"h", kHeight}, {"w", kWidth}, {"x", x}, {"y", y}}},
                 {"fieldConfig", {{"defaults", {{"unit", unit}, {"min", 0}}}, {"overrides", Json::array()}}},
                 {"targets", std::move(targets)}};
  // Unix time in seconds; Grafana wants milliseconds.
  if (metric.unit == "dateTimeAsIso")
    result["targets"][0]["expr"] = queries(metric).front().expression + " * 1000";
  if (metric.id == Id::build_info) result["options"] = {{"textMode", "name"}};
  return result;
}

Json row(std::string_view title, int id, int y) {
  return {{"id", id},
          {"type", "row"},
          {"title", title},
          {"collapsed", false},
          {"gridPos", {{"h", 1}, {"w", 24}, {"x", 0}, {"y", y}}},
          {"panels", Json::array()}};
}

Json panels() {
  Json all = Json::array();
  int x = 0, y = 0, id = 0;
  std::string_view group;
  for (const Metric& metric : table()) {
    if (metric.group != group) {
      group = metric.group;
      if (x > 0) y += kHeight;
      all.push_back(row(group, ++id, y));
      x = 0;
      ++y;
    }
    all.push_back(panel(metric, ++id, x, y));
    x += kWidth;
    if (x == 24) {
      x = 0;
      y += kHeight;
    }
  }
  return all;
}

Json variables() {
  const std::string of_instances =
      fmt::format("label_values({}, instance)", full_name(metric(Id::build_info)));
  return Json::array(
      {{{"name", "datasource"}, {"label", "Prometheus"}, {"type", "datasource"}, {"query", "prometheus"}},
       {{"name", "instance"},
        {"label", "Manager"},
        {"type", "query"},
        {"datasource", source()},
        {"query", of_instances},
        {"refresh", 2},
        {"includeAll", true},
        {"multi", true},
        {"allValue", ".*"},
        {"current", {{"text", "All"}, {"value", "$__all"}}}}});
}

}  // namespace

std::vector<Query> queries(const Metric& metric) {
  const std::string name = full_name(metric);
  const std::string by = joined(metric.panel_labels, "", ", ", "");
  const std::string legend = joined(metric.panel_labels, "{{", " ", "}}");
  const std::string sum = by.empty() ? "sum" : fmt::format("sum by ({})", by);
  const auto or_title = [&](const std::string& text) {
    return text.empty() ? std::string(metric.title) : text;
  };
  switch (metric.kind) {
    case Kind::counter:
      return {{fmt::format("{}(rate({}{}[$__rate_interval]))", sum, name, kSelector), or_title(legend)}};
    case Kind::gauge:
      if (metric.id == Id::milter_up || metric.id == Id::start_time_seconds) {
        const std::string least = by.empty() ? "min" : fmt::format("min by ({})", by);
        return {{fmt::format("{}({}{})", least, name, kSelector), or_title(legend)}};
      }
      return {{fmt::format("{}({}{})", sum, name, kSelector), or_title(legend)}};
    case Kind::histogram:
      break;
  }
  std::vector<Query> all;
  const std::string le = by.empty() ? "le" : "le, " + by;
  for (const auto& [share, text] : {std::pair{"0.5", "half"}, {"0.95", "95 %"}, {"0.99", "99 %"}}) {
    all.push_back({fmt::format("histogram_quantile({}, sum by ({}) (rate({}_bucket{}[$__rate_interval])))",
                               share, le, name, kSelector),
                   legend.empty() ? text : fmt::format("{} {}", legend, text)});
  }
  return all;
}

std::string dashboard() {
  const Json json = {{"title", "milter manager"},
                     {"uid", "milter-manager"},
                     {"tags", {"mail", "milter"}},
                     {"schemaVersion", 37},
                     {"version", 1},
                     {"editable", true},
                     {"refresh", "30s"},
                     {"time", {{"from", "now-6h"}, {"to", "now"}}},
                     {"templating", {{"list", variables()}}},
                     {"panels", panels()}};
  return json.dump(2) + "\n";
}

}  // namespace milter_manager::metrics
