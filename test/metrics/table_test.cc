// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/table.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <set>

#include "core/metrics/documents.h"
#include "test/fake_manager/fake_manager.h"

using namespace milter_manager;
using namespace milter_manager::metrics;

TEST_CASE("the manual of the metrics and the dashboard are what the table says") {
  check_golden(PROJECT_ROOT "/share/doc/metrics.md", manual());
  check_golden(PROJECT_ROOT "/share/grafana/milter-manager.json", dashboard());
}

TEST_CASE("every metric has its place, a name of its own, and what a page needs") {
  REQUIRE(table().size() == kNumberOfMetrics);
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < table().size(); ++i) {
    const Metric& one = table()[i];
    CAPTURE(one.name);
    CHECK(static_cast<std::size_t>(one.id) == i);
    CHECK(&metric(one.id) == &one);
    CHECK(find_metric(one.name) == &one);
    CHECK(names.insert(one.name).second);
    CHECK((one.kind == Kind::counter) ==
          (one.name.size() > 6 && one.name.substr(one.name.size() - 6) == "_total"));
    CHECK(one.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string_view::npos);
    CHECK(one.labels.size() <= kMostLabels);
    // prometheus-cpp escapes nothing in a help text.
    CHECK(one.help.find_first_of("\n\\\"") == std::string_view::npos);
    CHECK(one.help.back() == '.');
    CHECK_FALSE(one.title.empty());
    for (const auto& label : one.panel_labels) {
      CHECK(std::any_of(one.labels.begin(), one.labels.end(),
                        [&](const Label& known) { return known.name == label; }));
    }
  }
  CHECK(find_metric("no_such_thing") == nullptr);
}

TEST_CASE("the dashboard has a panel for every metric, none over another") {
  const auto json = nlohmann::json::parse(dashboard());
  std::string expressions;
  std::set<int> ids;
  std::set<std::pair<int, int>> places;
  for (const auto& panel : json["panels"]) {
    CHECK(ids.insert(panel["id"].get<int>()).second);
    CHECK(places.insert({panel["gridPos"]["x"].get<int>(), panel["gridPos"]["y"].get<int>()}).second);
    CHECK(panel["gridPos"]["x"].get<int>() + panel["gridPos"]["w"].get<int>() <= 24);
    if (panel["type"] == "row") continue;
    for (const auto& target : panel["targets"]) expressions += target["expr"].get<std::string>() + "\n";
  }
  for (const Metric& one : table()) {
    CAPTURE(one.name);
    const std::string name = full_name(one) + (one.kind == Kind::histogram ? "_bucket{" : "{");
    CHECK(expressions.find(name) != std::string::npos);
  }
}
