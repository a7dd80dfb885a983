// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/model/csv.h"

#include <QProcess>
#include <catch2/catch.hpp>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>

#include "gui/source/archive_folder.h"
#include "test/gui/model/folder.h"

namespace milter_manager::gui {
namespace {

using Rows = std::map<std::int64_t, std::vector<std::string>>;

// What rrdtool says of the archive's averages in the period, in rows of `step` seconds, as texts of our own form: "" for a gap.
Rows xported(const std::string& file, const archive::Layout& layout, std::int64_t from, std::int64_t to,
             std::int64_t step) {
  QStringList arguments{"xport",  "--json",
                        "-s",     QString::number(from),
                        "-e",     QString::number(to),
                        "--step", QString::number(step)};
  for (std::size_t i = 0; i < layout.sources.size(); ++i) {
    arguments << QString("DEF:v%1=%2:%3:AVERAGE:step=%4")
                     .arg(i)
                     .arg(QString::fromStdString(file),
                          QString::fromStdString(std::string(layout.sources[i])))
                     .arg(step)
              << QString("XPORT:v%1:n%1").arg(i);
  }
  QProcess rrdtool;
  rrdtool.start("rrdtool", arguments);
  REQUIRE(rrdtool.waitForFinished(30'000));
  const auto json = nlohmann::json::parse(rrdtool.readAllStandardOutput().toStdString());
  const std::int64_t begin = json["meta"]["start"].get<std::int64_t>();
  const std::int64_t found_step = json["meta"]["step"].get<std::int64_t>();
  Rows rows;
  for (std::size_t row = 0; row < json["data"].size(); ++row) {
    std::vector<std::string> texts;
    for (const auto& value : json["data"][row]) texts.push_back(value.is_null() ? "" : value.dump());
    rows[begin + static_cast<std::int64_t>(row) * found_step] = std::move(texts);
  }
  return rows;
}

Rows parsed(const std::string& csv) {
  Rows rows;
  const QStringList lines = QString::fromStdString(csv).split("\r\n", Qt::SkipEmptyParts);
  for (qsizetype i = 1; i < lines.size(); ++i) {
    const QStringList fields = lines[i].split(',');
    const QDateTime time = QDateTime::fromString(fields[0], Qt::ISODate);
    REQUIRE(time.isValid());
    std::vector<std::string> texts;
    for (const QString& field : fields.mid(1)) texts.push_back(field.toStdString());
    rows[time.toSecsSinceEpoch()] = std::move(texts);
  }
  return rows;
}

}  // namespace

TEST_CASE("what is exported is what rrdtool xport says, to the digit that it prints") {
  struct Case {
    archive::Kind kind;
    ChartKind chart;
    std::int64_t seconds;
    std::uint32_t columns;
    std::int64_t step;
  };
  const Case one = GENERATE(values<Case>({
      {archive::Kind::milter_status, ChartKind::status, 6 * 3600, 1000, 60},
      {archive::Kind::milter_report, ChartKind::report, 20 * 3600, 75, 480},
      {archive::Kind::milter_load, ChartKind::load, 6 * kDay, 77, 3360},
      {archive::Kind::milter_message, ChartKind::message, 300 * kDay, 150, 86400},
  }));
  CAPTURE(one.seconds);
  const QTemporaryDir folder;
  const std::string path = folder.path().toStdString();
  // Half of the time asked for is before the archive.
  make_archive(path, one.kind, "a", kNewest - one.seconds / 2, kNewest, one.seconds > 10 * kDay ? 1800 : 60);
  const auto listed = list_archives(path);
  REQUIRE(listed);
  const Period period{at(kNewest - one.seconds), at(kNewest)};
  const auto chart =
      chart_of(*listed, {one.chart, "", "a", period, one.columns, false}, [] { return false; });
  REQUIRE(chart);
  REQUIRE(chart->step == std::chrono::seconds(one.step));
  const Rows ours = parsed(to_csv(*chart));
  const Rows theirs = xported(path + "/" + archive::file_name(one.kind, "a"), archive::layout(one.kind),
                              kNewest - one.seconds, kNewest, one.step);
  std::size_t compared = 0, gaps = 0;
  for (const auto& [time, texts] : ours) {
    // An archive's time is that of the row's last minute, ours that of its first.
    const auto found = theirs.find(time + one.step - 60);
    if (found == theirs.end()) continue;
    REQUIRE(texts.size() == found->second.size());
    for (std::size_t i = 0; i < texts.size(); ++i) {
      CAPTURE(time, i, texts[i], found->second[i]);
      REQUIRE(texts[i].empty() == found->second[i].empty());
      if (texts[i].empty()) {
        ++gaps;
      } else {
        // It prints ten digits behind the first.
        REQUIRE(std::stod(texts[i]) == Approx(std::stod(found->second[i])).epsilon(1e-9));
        ++compared;
      }
    }
  }
  CHECK(compared > 50);
  CHECK(gaps > 50);
  CHECK(ours.size() >= static_cast<std::size_t>(one.seconds / one.step));
}

TEST_CASE("an exported table is as spreadsheets read it") {
  ChartData chart;
  chart.first = at(kNewest);
  chart.step = std::chrono::seconds(60);
  chart.period = {at(kNewest + 60), at(kNewest + 180)};
  chart.lines.push_back({"reject", Measure::events, {0.5, 1.0 / 3, 1e6, 7}});
  chart.lines.push_back(
      {"=cmd|' /C calc'!A0", Measure::events, {1, std::numeric_limits<double>::quiet_NaN(), 0, 7}});
  chart.lines.push_back({"a,\"b\"", Measure::events, {1, 2, 3, 4}});
  CHECK(to_csv(chart) ==
        "time,reject,'=cmd|' /C calc'!A0,\"a,\"\"b\"\"\"\r\n"
        "2026-09-14T00:01:00Z,0.3333333333333333,,2\r\n"
        "2026-09-14T00:02:00Z,1000000,0,3\r\n");
}

}  // namespace milter_manager::gui
