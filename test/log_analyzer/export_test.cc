// SPDX-License-Identifier: GPL-3.0-or-later
// What Prometheus gets, as its own promtool reads it.
#include <fmt/format.h>
#include <sys/wait.h>

#include <catch2/catch.hpp>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "milter-manager-log-analyzer/metric_table.h"
#include "milter-manager-log-analyzer/openmetrics.h"
#include "milter-manager-log-analyzer/textfile.h"
#include "test/log_analyzer/program.h"

namespace milter_manager::log_analyzer {
namespace {

namespace fs = std::filesystem;

const std::string kOptions = " --output-directory out --no-graphs --now 2026-09-15T02:00:00Z ";

// Runs promtool with these shell words.
Finished promtool(const ScratchDirectory& directory, const std::string& arguments) {
  const int status = std::system(
      fmt::format("cd '{}' && '{}' {} >output 2>errors", directory.path(), PROMTOOL, arguments).c_str());
  REQUIRE(WIFEXITED(status));
  return {WEXITSTATUS(status), read_file(directory / "output"), read_file(directory / "errors")};
}

void check_textfile(const ScratchDirectory& directory, const std::string& file) {
  const auto checked = promtool(directory, "check metrics <" + file);
  CHECK(checked.status == 0);
  CHECK(checked.output == "");
  CHECK(checked.errors == "");
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

// Series, in promtool's spelling → seconds → value.
using Samples = std::map<std::string, std::map<std::int64_t, double>>;

// What a Prometheus server has after these files were read in.
Samples backfilled(const ScratchDirectory& directory, const std::vector<std::string>& files) {
  for (const std::string& file : files) {
    const auto made = promtool(directory, "tsdb create-blocks-from openmetrics " + file + " tsdb");
    INFO(made.errors);
    REQUIRE(made.status == 0);
  }
  fs::create_directories(directory / "tsdb/wal");  // dump wants one
  const auto dumped = promtool(directory, "tsdb dump tsdb");
  INFO(dumped.errors);
  REQUIRE(dumped.status == 0);
  Samples samples;
  for (const std::string& line : lines_of(dumped.output)) {
    const std::size_t end = line.rfind('}');
    REQUIRE(end != std::string::npos);
    double value = 0;
    std::int64_t milliseconds = 0;
    const char* const last = line.data() + line.size();
    const auto first = std::from_chars(line.data() + end + 2, last, value);
    REQUIRE(std::from_chars(first.ptr + 1, last, milliseconds).ptr == last);
    samples[line.substr(0, end + 1)][milliseconds / 1000] = value;
  }
  return samples;
}

std::string series_named(const std::string& metric, const std::map<std::string, std::string>& labels) {
  std::string name = fmt::format("{{__name__=\"milter_manager_log_{}\"", metric);
  for (const auto& [label, value] : labels) name += fmt::format(", {}=\"{}\"", label, value);
  return name + "}";
}

// "milter.status.opendkim.pass", as the samples' truth has it, to a series.
std::string series_of(const std::string& name) {
  const std::size_t last = name.rfind('.');
  std::string what = name.substr(last + 1);
  const std::string milter = name.starts_with("milter.") ? name.substr(14, last - 14) : "";
  if (name == "extra.manager.quarantine-reply")
    return series_named("sessions_total", {{"status", "quarantine"}});
  if (name == "session.smtp") return series_named("connections_total", {});
  if (name == "session.child") return series_named("milter_connections_total", {});
  if (name == "session.disconnected") return series_named("disconnections_total", {});
  const std::string prefix = milter.empty() ? "" : "milter_";
  std::map<std::string, std::string> labels;
  if (!milter.empty()) labels["milter"] = milter;
  if (name.find(".status.") != std::string::npos) {
    labels["status"] = what;
    return series_named(prefix + "sessions_total", labels);
  }
  std::replace(what.begin(), what.end(), '-', '_');
  labels["key"] = what;
  return series_named(prefix + "reports_total", labels);
}

// Counts a minute, by series.
Samples truth() {
  std::ifstream file(fmt::format("{}/test/fixtures/maillog/sample.truth.json", PROJECT_ROOT));
  const auto document = nlohmann::json::parse(file);
  Samples counts;
  for (const auto& [name, minutes] : document.at("series").items()) {
    const bool is_quarantine = name == "extra.manager.quarantine-reply";
    if (name == "session.concurrent" || (name.starts_with("extra.") && !is_quarantine)) continue;
    for (const auto& [minute, count] : minutes.items()) {
      if (count.get<double>() != 0) counts[series_of(name)][std::stoll(minute)] = count.get<double>();
    }
  }
  REQUIRE(counts.size() > 40);
  return counts;
}

// What a counter's samples say of each minute. Each minute has one, from the first on, but for gaps of more than an
// hour, in which nothing happens.
std::map<std::int64_t, double> increases(const std::map<std::int64_t, double>& samples) {
  std::map<std::int64_t, double> counts;
  auto before = samples.begin();
  CHECK(before->second == 0);
  for (auto sample = std::next(before); sample != samples.end(); before = sample++) {
    CHECK(sample->second >= before->second);
    if (sample->first != before->first + 60) {
      CHECK(sample->first - before->first >= 3600);
      CHECK(sample->second == before->second);
    } else if (sample->second > before->second) {
      counts[before->first] = sample->second - before->second;
    }
  }
  return counts;
}

void check_truth(const Samples& samples) {
  const Samples expected = truth();
  for (const auto& [series, counts] : expected) {
    CAPTURE(series);
    REQUIRE(samples.count(series) == 1);
    CHECK(increases(samples.at(series)) == counts);
  }
  for (const auto& [series, values] : samples) {
    CAPTURE(series);
    const bool is_in_truth = expected.count(series) > 0;
    CHECK((is_in_truth || series.find("concurrent") != series.npos || series.find("delayed") != series.npos));
  }
}

// "name{labels}" → value, of a textfile.
std::map<std::string, std::string> totals_in(const std::string& path) {
  std::map<std::string, std::string> totals;
  for (const std::string& line : lines_of(read_file(path))) {
    if (line.starts_with("#")) continue;
    const std::size_t blank = line.rfind(' ');
    CHECK(totals.emplace(line.substr(0, blank), line.substr(blank + 1)).second);
  }
  return totals;
}

std::string first_half(const std::string& log) {
  const std::size_t middle = log.find("\n2026-09-14T12:");
  REQUIRE(middle != std::string::npos);
  return log.substr(0, middle + 1);
}

}  // namespace

TEST_CASE("a day becomes blocks for Prometheus that say what really happened") {
  const ScratchDirectory directory;
  write_file(directory / "log", sample("sample.iso.log.gz"));
  const auto run = analyze(directory, kOptions + "--openmetrics metrics.txt log");
  CHECK(run.errors == "");
  REQUIRE(run.status == 0);
  CHECK(read_file(directory / "metrics.txt").ends_with("\n# EOF\n"));
  const Samples samples = backfilled(directory, {"metrics.txt"});
  check_truth(samples);
  double most = 0;
  for (const auto& [time, value] : samples.at(series_named("concurrent_connections", {})))
    most = std::max(most, value);
  CHECK(most == 1);
  CHECK(files_in(directory.path()).count("metrics.txt.new") == 0);
}

TEST_CASE("the exports of several runs fit together, and totals never fall") {
  const ScratchDirectory directory;
  const std::string log = sample("sample.iso.log.gz");
  write_file(directory / "log", first_half(log));
  const std::string options =
      "--output-directory out --no-graphs --now 2026-09-14T12:05:00Z --textfile totals.prom log "
      "--openmetrics ";
  REQUIRE(analyze(directory, options + "1.txt").status == 0);
  const auto half = totals_in(directory / "totals.prom");
  check_textfile(directory, "totals.prom");

  // Nothing new: nothing changes.
  REQUIRE(analyze(directory, options + "2.txt").status == 0);
  CHECK(totals_in(directory / "totals.prom") == half);
  CHECK(read_file(directory / "2.txt") == "# EOF\n");

  // The totals are not the archives'.
  fs::remove(directory / "out/session.rrd");
  write_file(directory / "log", log);
  REQUIRE(analyze(directory, kOptions + "--textfile totals.prom --openmetrics 3.txt log").status == 0);
  check_textfile(directory, "totals.prom");
  const auto whole = totals_in(directory / "totals.prom");
  for (const auto& [series, value] : half) {
    CAPTURE(series);
    REQUIRE(whole.count(series) == 1);
    CHECK(std::stod(whole.at(series)) >= std::stod(value));
  }
  CHECK(whole.at("milter_manager_log_connections_total") == "250");
  CHECK(whole.at("milter_manager_log_milter_sessions_total{milter=\"milter-greylist\",status=\"stop\"}") ==
        "69");
  CHECK(whole.at("milter_manager_log_reports_total{key=\"dkim_pass\"}") == "70");
  CHECK(whole.at("milter_manager_log_sessions_total{status=\"error\"}") == "0");
  CHECK(whole.at("milter_manager_log_newest_minute_timestamp_seconds") == "1789430280");

  SECTION("a run that draws only writes the totals as they are") {
    fs::remove(directory / "totals.prom");
    REQUIRE(analyze(directory, kOptions + "--no-update-db --textfile totals.prom").status == 0);
    CHECK(totals_in(directory / "totals.prom") == whole);
  }
  SECTION("the files of the runs make one history") {
    const Samples samples = backfilled(directory, {"1.txt", "3.txt"});
    Samples expected = truth();
    for (auto& [series, counts] : expected) {
      CAPTURE(series);
      double sum = 0;
      for (const auto& [minute, count] : counts) {
        sum += count;
        CHECK(samples.at(series).at(minute + 60) == sum);
      }
    }
  }
}

TEST_CASE("all metrics pass promtool's checks") {
  maillog::ReadState state;
  maillog::SeriesTable rows;
  for (int kind = 0; kind <= static_cast<int>(maillog::Kind::milter_key); ++kind) {
    const auto which = static_cast<maillog::Kind>(kind);
    const bool is_key = which == maillog::Kind::manager_key || which == maillog::Kind::milter_key;
    const bool is_managers = which <= maillog::Kind::manager_report || which == maillog::Kind::message ||
                             which == maillog::Kind::health || which == maillog::Kind::manager_key;
    const maillog::SeriesKey key{which, is_managers ? "" : "m", is_key ? "a_key" : ""};
    maillog::Row row{};
    for (std::size_t i = 0; i < maillog::field_count(which); ++i) row[i] = 0.5 + static_cast<double>(i);
    rows[key][1789344000] = row;
  }
  const ScratchDirectory directory;
  auto spool = RowSpool::create(directory.path());
  REQUIRE(spool);
  REQUIRE(spool->add(rows));
  REQUIRE(write_openmetrics(directory / "metrics.txt", *spool, {}));
  const Samples samples = backfilled(directory, {"metrics.txt"});
  std::size_t fields = 0;
  for (const auto& [key, series] : rows) fields += maillog::field_count(key.kind);
  CHECK(samples.size() == fields);  // no field is forgotten, none is two metrics

  // As text for node_exporter it has no gauges and no stamps: here they are only taken away.
  std::string text;
  for (const std::string& line : lines_of(read_file(directory / "metrics.txt"))) {
    if (line == "# EOF") continue;
    if (line.starts_with("# ") && line.ends_with(" counter")) {
      text += line.substr(0, line.size() - 8) + "_total counter\n";
    } else if (line.starts_with("#")) {
      text += line + "\n";
    } else if (line.ends_with(" 1789344060")) {
      text += line.substr(0, line.rfind(' ')) + "\n";
    }
  }
  // The help of counters has the name without "_total" here.
  for (const MetricFamily& family : metric_families()) {
    if (family.type != MetricType::counter) continue;
    const std::string help = fmt::format("# HELP {} ", family.name);
    const std::size_t at = text.find(help);
    REQUIRE(at != std::string::npos);
    text.insert(at + help.size() - 1, "_total");
  }
  write_file(directory / "all.prom", text);
  check_textfile(directory, "all.prom");
}

TEST_CASE("no milter's name breaks an export, and no two share a series") {
  const std::vector<std::string> names = {"plain",
                                          "a\"b",
                                          "a\\b",
                                          "a\\\"b}",
                                          "x\ny",
                                          "x\\ny",
                                          "{milter=\"m\"} 7 7",
                                          "# EOF",
                                          "../x",
                                          "a:b",
                                          "100%",
                                          "100%25",
                                          "\xff",
                                          "%FF",
                                          "a\xc3",
                                          "\xc3\xa9té",
                                          "\xed\xa0\x80",
                                          "tab\there",
                                          " ",
                                          "a,b=\"c\"",
                                          std::string("n\0l", 3),
                                          "n",
                                          std::string(300, 'x'),
                                          std::string(301, 'x'),
                                          "\xe2\x80\xae",
                                          "\x7f",
                                          "\r"};
  maillog::SeriesTable rows;
  maillog::ReadState state;
  double count = 0;
  for (const std::string& name : names) {
    rows[{maillog::Kind::milter_status, name, ""}][1789344000] = {++count};
  }
  add_to(state.totals, rows);
  const ScratchDirectory directory;
  auto spool = RowSpool::create(directory.path());
  REQUIRE(spool);
  REQUIRE(spool->add(rows));
  REQUIRE(write_openmetrics(directory / "metrics.txt", *spool, {}));
  const Samples samples = backfilled(directory, {"metrics.txt"});
  CHECK(samples.size() == names.size());
  CHECK(samples.at(series_named("milter_sessions_total", {{"milter", "a\\\"b"}, {"status", "pass"}}))
            .at(1789344060) == 2);
  std::set<double> values;
  for (const auto& [series, of_series] : samples) values.insert(of_series.at(1789344060));
  CHECK(values.size() == names.size());

  REQUIRE(write_textfile(directory / "totals.prom", state));
  check_textfile(directory, "totals.prom");
  CHECK(totals_in(directory / "totals.prom").size() == names.size() * 9);
  CHECK(totals_in(directory / "totals.prom")
            .count("milter_manager_log_milter_sessions_total{milter=\"x\\ny\",status=\"pass\"}") == 1);
}

TEST_CASE("gaps cost nothing: of a long one only the ends have samples") {
  const ScratchDirectory directory;
  auto spool = RowSpool::create(directory.path());
  REQUIRE(spool);
  const maillog::SeriesKey key{maillog::Kind::session, "", ""};
  REQUIRE(spool->add({{key, {{0, {1}}, {180, {1}}}}}));
  REQUIRE(spool->add({{key, {{180 + 3660, {1}}, {500'000'040, {1}}}}}));
  REQUIRE(write_openmetrics(directory / "metrics.txt", *spool, {{key, {7}}}));
  std::string expected =
      "# HELP milter_manager_log_connections Connections from the MTA that ended.\n"
      "# TYPE milter_manager_log_connections counter\n";
  for (const auto& [value, time] : std::vector<std::pair<int, int>>{{7, 0},
                                                                    {8, 60},
                                                                    {8, 120},
                                                                    {8, 180},
                                                                    {9, 240},
                                                                    {9, 3840},
                                                                    {10, 3900},
                                                                    {10, 500'000'040},
                                                                    {11, 500'000'100}}) {
    expected += fmt::format("milter_manager_log_connections_total {} {}\n", value, time);
  }
  const std::string text = read_file(directory / "metrics.txt");
  CHECK(text.substr(0, expected.size()) == expected);
}

TEST_CASE("an export that cannot be written fails the run and loses nothing") {
  const ScratchDirectory directory;
  write_file(directory / "log", sample("sample.iso.log.gz"));
  const auto failed = analyze(directory, kOptions + "--openmetrics none/metrics.txt log");
  CHECK(failed.status == 1);
  CHECK(failed.errors ==
        "milter-manager-log-analyzer: cannot write none/metrics.txt: No such file or directory\n");
  // The archives are up to date, yet the next run has it all to export.
  REQUIRE(analyze(directory, kOptions + "--openmetrics metrics.txt --textfile totals.prom log").status == 0);
  check_truth(backfilled(directory, {"metrics.txt"}));
  CHECK(totals_in(directory / "totals.prom").at("milter_manager_log_connections_total") == "250");

  const auto device = analyze(directory, kOptions + "--textfile /dev/null log");
  CHECK(device.status == 1);
  CHECK(device.errors == "milter-manager-log-analyzer: cannot write /dev/null: it is no regular file\n");
  const auto full = analyze(directory, kOptions + "--textfile none/x.prom log");
  CHECK(full.status == 1);
}

TEST_CASE("an export goes where a link points, and never is there in part") {
  const ScratchDirectory directory;
  write_file(directory / "log", sample("sample.iso.log.gz"));
  write_file(directory / "real.prom", "old\n");
  fs::create_symlink("real.prom", directory / "totals.prom");
  // What a killed run left.
  write_file(directory / "real.prom.new", "half");
  REQUIRE(analyze(directory, kOptions + "--textfile totals.prom log").status == 0);
  CHECK(fs::is_symlink(directory / "totals.prom"));
  CHECK(totals_in(directory / "real.prom").size() > 50);
  CHECK_FALSE(fs::exists(directory / "real.prom.new"));
}

}  // namespace milter_manager::log_analyzer
