// SPDX-License-Identifier: GPL-3.0-or-later
#include <QDate>
#include <QDateTime>
#include <QTemporaryDir>
#include <catch2/catch.hpp>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/maillog/installed_rules.h"
#include "gui/source/log_rows.h"
#include "gui/source/log_source.h"
#include "gui/source/row_store.h"
#include "milter-report/model/summary.h"
#include "test/gui/model/folder.h"
#include "test/gui/model/waiting.h"
#include "test/milter_report/advice/site.h"

namespace milter_manager::gui {
namespace {

const QString kFixtures = QStringLiteral(PROJECT_ROOT "/test/fixtures/maillog/");
constexpr auto kMonday = static_cast<std::int64_t>(report::kMonday);

Place logs(const QStringList& paths) { return {Place::Kind::logs, paths, {}, {}}; }

// Events in all: rows are a minute's.
double total(const ChartData& chart, std::string_view key) {
  double sum = 0;
  for (const Line& line : chart.lines) {
    if (line.key != key) continue;
    for (const double value : line.values) sum += std::isnan(value) ? 0 : value;
  }
  return sum * static_cast<double>(chart.step.count()) / 60;
}

nlohmann::json truth(const QString& name) {
  QFile file(kFixtures + name);
  REQUIRE(file.open(QIODevice::ReadOnly));
  return nlohmann::json::parse(file.readAll().toStdString())["totals"];
}

}  // namespace

TEST_CASE("a log's charts count what is in it, at any zoom") {
  const QString log = GENERATE("sample.iso.log.gz", "sample.bsd.log.gz", "sample.rfc5424.log.gz");
  const nlohmann::json totals = truth("sample.truth.json");
  LogSource source(logs({kFixtures + log}));
  const auto contents = wait_for(source.contents());
  REQUIRE(contents);
  CHECK(contents->milters ==
        std::vector<std::string>{"clamav-milter", "milter-greylist", "opendkim", "spamass-milter"});
  REQUIRE(contents->first);
  const Period period{*contents->first, *contents->newest};
  const std::uint32_t columns = GENERATE(3U, 200U, 2000U);
  const auto chart = wait_for(source.charts({ChartKind::report, "", "", period, columns, false}));
  REQUIRE(chart);
  CHECK(chart->rows() <= 2 * columns + 1);
  for (const char* key : {"spam", "virus", "dkim_pass", "spf_pass"}) {
    std::string name = std::string("manager.report.") + key;
    std::replace(name.begin(), name.end(), '_', '-');
    CAPTURE(key, columns);
    // The last row of few may reach beyond what the log tells of: it is a mean of what is known.
    CHECK(total(*chart, key) == Approx(totals[name].get<double>()).epsilon(columns == 3 ? 0.5 : 0.02));
  }
}

TEST_CASE("a line of 2099 does not move the end of what is looked at into 2099") {
  const QTemporaryDir folder;
  constexpr std::int64_t kNow = 1'789'000'000;
  // A session of a moment.
  const auto line = [](std::int64_t time, int number) {
    const QByteArray begin =
        QDateTime::fromSecsSinceEpoch(time, Qt::UTC).toString("yyyy-MM-ddTHH:mm:ss+00:00").toUtf8() +
        " mx milter-manager[1]: [statistics] [session]";
    const QByteArray end = "(" + QByteArray::number(number) + ")\n";
    return begin + "[start]" + end + begin + "[end][end-of-message][reject][0.1]" + end;
  };
  const QString path = folder.filePath("mail.log");
  const auto newest = [&](const QByteArray& text) {
    write_bytes(path, text);
    LogSource source(logs({path}), [] { return static_cast<double>(kNow); });
    const auto contents = wait_for(source.contents());
    REQUIRE(contents);
    REQUIRE(contents->newest);
    return contents->newest->time_since_epoch().count();
  };
  constexpr std::int64_t kFuture = kNow + 73 * 365 * kDay;
  const QByteArray present = line(kNow - 7200, 1) + line(kNow - 3600, 2);
  const auto minute_behind = [](std::int64_t time) -> std::int64_t { return time / 60 * 60 + 60; };
  CHECK(newest(present) == minute_behind(kNow - 3600));
  CHECK(newest(present + line(kFuture, 3)) == minute_behind(kNow - 3600));
  CHECK(newest(line(kFuture, 3) + present) == minute_behind(kNow - 3600));
  // A clock that is a little behind the log's hides nothing of it, and one that is far behind neither.
  CHECK(newest(present + line(kNow + kDay - 120, 3)) == minute_behind(kNow + kDay - 120));
  CHECK(newest(line(kFuture - 60, 1) + line(kFuture, 2)) == minute_behind(kFuture));
}

TEST_CASE("hosts of a log can be looked at alone, and add up") {
  LogSource source(logs({kFixtures + "sample.newyear-2hosts.bsd.log.gz"}));
  const auto contents = wait_for(source.contents());
  REQUIRE(contents);
  REQUIRE(contents->hosts.size() == 2);
  const Period period{*contents->first, *contents->newest};
  const auto of = [&](const std::string& host) {
    const auto chart = wait_for(source.charts({ChartKind::status, host, "", period, 10'000, false}));
    REQUIRE(chart);
    return total(*chart, "pass") + total(*chart, "reject") + total(*chart, "accept");
  };
  const double first = of(contents->hosts[0]), second = of(contents->hosts[1]);
  CHECK(first > 0);
  CHECK(second > 0);
  CHECK(of("") == Approx(first + second));
}

TEST_CASE("a log that is not there, or has no event, is told") {
  LogSource gone(logs({"/nowhere/mail.log"}));
  const auto contents = wait_for(gone.contents());
  CHECK((!contents || !contents->failures.empty()));
  const QTemporaryDir folder;
  write_bytes(folder.filePath("mail.log"),
              "Sep 14 00:00:00 mail cron[1]: nothing to see\n\xff\xfe\0\0 binary\n");
  LogSource other(logs({folder.filePath("mail.log")}));
  const auto nothing = wait_for(other.contents());
  REQUIRE(nothing);
  CHECK(nothing->milters.empty());
  REQUIRE_FALSE(nothing->failures.empty());
  CHECK(nothing->failures.back() == "There is no event of milter-manager in the log.");
  CHECK(wait_for(other.charts({ChartKind::status, "", "", {at(0), at(kDay)}, 100, false})));
}

TEST_CASE("the tuning pages' material of a log is what milter-report reads in it") {
  const QTemporaryDir folder;
  report::Site site;
  site.days = 3;
  site.enforced = 0.5;
  write_bytes(folder.filePath("mail.log"), QByteArray::fromStdString(report::log_of(site)));
  LogSource source(logs({folder.filePath("mail.log")}));
  const Period period{at(kMonday), at(kMonday + 3 * kDay)};

  const auto workers = wait_for(source.workers(period, ""));
  REQUIRE(workers);
  CHECK(workers->milter == "spamass-milter");
  CHECK(workers->milters.size() >= 2);
  REQUIRE(workers->hosts.size() == 1);
  CHECK(workers->hosts.begin()->second.work.size() > 500);
  const auto greylist = wait_for(source.greylist(period, ""));
  REQUIRE(greylist);
  CHECK(greylist->milter == "milter-greylist");
  CHECK(greylist->delays.effects.size() == report::kDelays);
  CHECK(greylist->delays.episodes > 0);
  const auto evaluation = wait_for(source.evaluation(period));
  REQUIRE(evaluation);
  REQUIRE(evaluation->trials);
  REQUIRE(evaluation->trials->trials().size() == 1);
  CHECK(evaluation->trials->trials()[0]->name == "policy");
  CHECK(evaluation->trials->trials()[0]->has_control_group());

  const auto overview = wait_for(source.overview("", period));
  REQUIRE(overview);
  for (const MilterOverview& milter : overview->milters)
    CHECK(milter.is_evaluated == (milter.name == "policy"));
  const auto none = wait_for(source.workers({at(kMonday - 2 * kDay), at(kMonday - kDay)}, ""));
  REQUIRE(none);
  CHECK(none->hosts.empty());
  CHECK_FALSE(none->cautions.empty());
}

TEST_CASE("rows of a store that grows too large get longer, and count the same") {
  RowStore store(std::chrono::seconds(60), 100);
  maillog::Row row{};
  row[0] = 6;
  for (int i = 0; i < 1000; ++i)
    store.put({"", archive::Kind::milter_status, "a", ""}, at(kNewest + 60 * i), row);
  store.mark_alive(at(kNewest), at(kNewest + 60'000), std::chrono::seconds(0));
  CHECK(store.step() >= std::chrono::seconds(600));
  const auto chart =
      store.chart({ChartKind::status, "", "a", {at(kNewest), at(kNewest + 60'000)}, 1000, false});
  CHECK(total(chart, "pass") == Approx(6000).epsilon(0.02));
}

TEST_CASE("a line from the future does not keep the rows of those behind it in memory") {
  const maillog::ReportRules rules;
  LogRows rows(rules, 1000);
  const statistics::Event event =
      statistics::SessionEnd{statistics::State::quit, statistics::Status::reject, 1, 1};
  const auto end_at = [&](std::int64_t time, std::string_view host) {
    rows.event({static_cast<double>(time), host, 1, event, {}});
  };
  std::size_t most = 0;
  end_at(4'100'000'000, "mail");  // 2099
  for (int minute = 0; minute < 5000; ++minute) {
    for (const char* host : {"mail", "mx2"}) end_at(kNewest + minute * 60, host);
    most = std::max(most, rows.open_rows());
  }
  CHECK(most <= 1000 + 10);
  const RowStore store = rows.finish();
  const auto chart =
      store.chart({ChartKind::status, "", "", {at(kNewest), at(kNewest + 300'000)}, 10'000, false});
  CHECK(total(chart, "reject") == Approx(10'000).epsilon(0.01));
}

TEST_CASE("names that are made up, however many, leave a store of a bounded size and of short rows") {
  RowStore store(std::chrono::seconds(5), 800);
  const maillog::Row row{};
  for (int i = 0; i < 20'000; ++i) {
    store.put({"", archive::Kind::milter_status, "n" + std::to_string(i), ""}, at(kNewest + i / 100), row);
    store.put({"", archive::Kind::milter_status, "a", ""}, at(kNewest + i / 100), row);
  }
  CHECK(store.contents().milters.size() <= 100);
  CHECK(store.contents().milters.front() == "a");
  CHECK(store.step() == std::chrono::seconds(5));
}

TEST_CASE("a store for fewer rows than there are series goes on") {
  RowStore store(std::chrono::seconds(5), 1);
  const maillog::Row row{};
  for (int i = 0; i < 200; ++i)
    store.put({"", archive::Kind::milter_status, i % 2 == 0 ? "a" : "b", ""}, at(kNewest + i), row);
  CHECK(store.contents().milters == std::vector<std::string>{"a"});
  CHECK(store.step() > std::chrono::seconds(5));
}

TEST_CASE("where nobody looked is a gap, and where somebody looked nothing happened") {
  RowStore store(std::chrono::seconds(60));
  maillog::Row row{};
  row[2] = 3;
  const auto minute_of = [](int n) { return at(kNewest + 60 * n); };
  store.put({"", archive::Kind::milter_status, "a", ""}, minute_of(0), row);
  store.mark_alive(minute_of(0), minute_of(3), std::chrono::seconds(0));
  store.put({"", archive::Kind::milter_status, "a", ""}, minute_of(10), row);
  store.mark_alive(minute_of(10), minute_of(11), std::chrono::seconds(0));
  const auto chart = store.chart({ChartKind::status, "", "a", {minute_of(0), minute_of(11)}, 100, false});
  const std::vector<double>& rejects = chart.lines[2].values;
  REQUIRE(rejects.size() == 11);
  CHECK(rejects[0] == 3);
  CHECK(rejects[2] == 0);
  CHECK(std::isnan(rejects[5]));
  CHECK(rejects[10] == 3);
}

}  // namespace milter_manager::gui
