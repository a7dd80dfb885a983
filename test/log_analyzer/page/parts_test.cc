// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "milter-manager-log-analyzer/page/chart_json.h"
#include "milter-manager-log-analyzer/page/embedded.h"
#include "milter-manager-log-analyzer/page/hosts.h"
#include "milter-manager-log-analyzer/page/time_table.h"

namespace milter_manager::log_analyzer {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::sys_seconds;

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
const sys_seconds kStart{std::chrono::seconds(1789300800)};  // 2026-09-13 12:00

Exhibit graph(Measure measure, std::vector<double> values) {
  Exhibit exhibit;
  exhibit.start = kStart;
  exhibit.row = minutes(30);
  Series series;
  series.label = "</script><!-- & \xff";
  series.measure = measure;
  series.highest = 1;
  series.values = std::move(values);
  exhibit.series.push_back(series);
  return exhibit;
}

std::vector<std::string> table(const Exhibit& exhibit) {
  Stretches stretches;
  std::vector<std::string> cells;
  for (const Stretch& stretch : stretches.of(ranges()[0], exhibit))
    cells.push_back(stretch.label + " " + in_stretch(exhibit, exhibit.series[0], stretch));
  return cells;
}

}  // namespace

TEST_CASE("a table sums up the rows that begin in an hour, a day, a month") {
  using Cells = std::vector<std::string>;
  CHECK(table(graph(Measure::events, {1, 2, 3, kUnknown, kUnknown})) ==
        Cells{"2026-09-13 12:00 90", "2026-09-13 13:00 90", "2026-09-13 14:00 –"});
  CHECK(table(graph(Measure::at_once, {1, 2, 3})) == Cells{"2026-09-13 12:00 2.0", "2026-09-13 13:00 3.0"});
  CHECK(table(graph(Measure::level, {1, 2})) == Cells{"2026-09-13 12:00 1.5"});
}

TEST_CASE("the row in which an archive begins counts for the part that is known, as in the totals") {
  using Cells = std::vector<std::string>;
  Exhibit events = graph(Measure::events, {kUnknown, 2, 3, 4});
  events.series[0].begin = kStart + minutes(50);
  CHECK(table(events) == Cells{"2026-09-13 12:00 20", "2026-09-13 13:00 210"});
  // And so does the one in which the log has ended.
  events.until = kStart + minutes(95);
  CHECK(table(events) == Cells{"2026-09-13 12:00 20", "2026-09-13 13:00 110"});
  CHECK(nlohmann::json::parse(chart_json(events, languages()[0]))["until"] ==
        (kStart + minutes(95)).time_since_epoch().count());
  CHECK(nlohmann::json::parse(chart_json(events, languages()[0]))["series"][0]["begin"] ==
        1789300800 + 50 * 60);
  Exhibit level = graph(Measure::level, {4, 1});
  level.series[0].begin = kStart + minutes(20);
  CHECK(table(level) == Cells{"2026-09-13 12:00 1.8"});
}

TEST_CASE("a chart's numbers are JSON that can stand in HTML") {
  const std::string text =
      chart_json(graph(Measure::events, {kUnknown, kUnknown, 0.123456, kUnknown, 0, 1e9}), languages()[0]);
  for (const char* mark : {"<", ">", "&"}) CHECK(text.find(mark) == std::string::npos);
  const auto json = nlohmann::json::parse(text);
  CHECK(json["start"] == 1789300800);
  CHECK(json["row"] == 1800);
  CHECK(json["series"][0]["label"] == "</script><!-- & \xef\xbf\xbd");
  CHECK(json["series"][0]["unknown"] == 2);
  CHECK(json["series"][0]["values"].dump() == "[0.1235,null,0,1000000000.0]");
  CHECK(for_script(R"({"a":"]]></style>"})").find_first_of("<>&") == std::string::npos);
}

TEST_CASE("the style and the script end no element early") {
  for (const std::string_view part : {kPageStyle, kPageScript}) {
    CHECK(part.find("</") == part.npos);
    CHECK(part.find("<!--") == part.npos);
  }
}

TEST_CASE("the summary has the colours of the graphs") {
  for (const SeriesStyle& series : graph_definitions()[0].series) {
    const std::pair<std::string_view, std::string> names[] = {
        {"pass", "accepted"},     {"reject", "rejected"},        {"temporary_failure", "deferred"},
        {"discard", "discarded"}, {"quarantine", "quarantined"}, {"abort", "aborted"}};
    for (const auto& [source, name] : names) {
      if (series.source != source) continue;
      for (const std::uint32_t colour : {series.colour.light, series.colour.dark}) {
        const std::string line = fmt::format("--{}: #{:06x};", name, colour);
        INFO(line);
        CHECK(kPageStyle.find(line) != kPageStyle.npos);
      }
    }
  }
}

TEST_CASE("hosts with a milter manager come first, and there is an end to them") {
  maillog::ReadState state;
  for (int i = 0; i < 150; ++i) state.hosts.push_back({fmt::format("host{:03}", i), {{}, 1789300800.5 + i}});
  state.hosts.push_back({"a\x01<b>", {{}, std::nullopt}});
  state.hosts.push_back({"zoo", {{}, 1e300}});
  state.processes.push_back({"zoo", 7, true, 0, 0, 0});
  const LogHosts hosts = hosts_of(state);
  CHECK(hosts.shown.size() == LogHosts::kMaximum);
  CHECK(hosts.more == 52);
  CHECK(hosts.shown[0].name == "zoo");
  CHECK(hosts.shown[0].has_manager);
  CHECK_FALSE(hosts.shown[0].newest);
  CHECK(hosts.shown[1].name == "a%01<b>");
  CHECK(hosts.newest == kStart + std::chrono::seconds(149));
}

TEST_CASE("the page's file in the first language is index.html") {
  CHECK(page_name("en", "en") == "index.html");
  CHECK(page_name("ja", "en") == "index.ja.html");
  CHECK(page_name("en", "ja") == "index.en.html");
}

}  // namespace milter_manager::log_analyzer
