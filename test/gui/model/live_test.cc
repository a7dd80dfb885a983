// SPDX-License-Identifier: GPL-3.0-or-later
#include <QDateTime>
#include <QSignalSpy>
#include <QTcpServer>
#include <QTcpSocket>
#include <catch2/catch.hpp>
#include <cmath>
#include <mutex>

#include "core/control/status.h"
#include "gui/source/live_source.h"
#include "test/gui/model/folder.h"
#include "test/gui/model/waiting.h"

namespace milter_manager::gui {
namespace {

using archive::Kind;

const std::string kStatus =
    R"({"version": "3.0.0", "started_at": 1000, "sessions": {"open": 4, "finished": 10, "by_status": {"reject": 6, "temporary-failure": 4}},
 "messages": {"accept": 3}, "milters": [
  {"name": "a", "state": "reachable", "evaluation_mode": false, "connections": 5, "busy": 2, "sessions": {"pass": 10}, "verdicts": {"reject": 2}, "evaluated": {}, "errors": 1, "timeouts": 0, "last_error": null},
  {"name": "b", "state": "unreachable", "evaluation_mode": true, "evaluated": {"reject": 7}, "last_error": "Connection refused"}]})";

const std::string kMetrics = R"(# HELP milter_manager_sessions_total Connections
# TYPE milter_manager_sessions_total counter
milter_manager_sessions_total{stage="quit",status="reject"} 5
milter_manager_sessions_total{stage="abort",status="reject"} 1
milter_manager_sessions 4
milter_manager_start_time_seconds 1000
milter_manager_milter_up{milter="a"} 1
milter_manager_milter_up{milter="b \"x\"\n"} 0
milter_manager_milter_verdicts_total{milter="a",stage="body",status="reject",group="enforced",cause="answer"} 2
milter_manager_milter_verdicts_total{milter="b \"x\"\n",stage="body",status="reject",group="evaluated",cause="answer"} 7
milter_manager_milter_busy{milter="a"} 2
process_cpu_seconds_total 12
)";

double value(const std::map<ManagerState::Number, double>& numbers, Kind kind, const std::string& milter,
             std::size_t source) {
  const auto found = numbers.find({kind, milter, source});
  return found != numbers.end() ? found->second : -1;
}

constexpr std::size_t kReject = 2;  // of the archives of statuses, messages and evaluations

}  // namespace

TEST_CASE("a manager's status tells states, counts and levels") {
  const auto state = parse_status(kStatus);
  REQUIRE(state);
  CHECK(state->started_at == 1000);
  REQUIRE(state->milters.size() == 2);
  CHECK(state->milters.at("a").state == MilterState::reachable);
  CHECK(state->milters.at("b").state == MilterState::unreachable);
  CHECK(state->milters.at("b").is_evaluated);
  CHECK(state->milters.at("b").last_error == "Connection refused");
  CHECK(value(state->counters, Kind::manager_status, "", kReject) == 6);
  CHECK(value(state->counters, Kind::manager_status, "", 4) == 4);
  CHECK(value(state->counters, Kind::milter_message, "a", kReject) == 2);
  CHECK(value(state->counters, Kind::milter_evaluation, "b", kReject) == 7);
  CHECK(value(state->levels, Kind::session, "", 3) == 4);
  CHECK(value(state->levels, Kind::milter_load, "a", 1) == 2);
}

TEST_CASE("what the controller writes is understood") {
  config::Configuration configuration;
  configuration.milters.resize(2);
  configuration.milters[0].name = "clamav-milter";
  configuration.milters[1].name = "policy";
  configuration.milters[1].evaluation_mode = true;
  supervision::Snapshot snapshot;
  snapshot.started_at = 1000;
  snapshot.sessions_open = 3;
  const auto state = parse_status(control::status_json(snapshot, configuration, "3.0.0", 2000));
  REQUIRE(state);
  CHECK(state->started_at == 1000);
  CHECK(value(state->levels, Kind::session, "", 3) == 3);
  REQUIRE(state->milters.size() == 2);
  CHECK_FALSE(state->milters.at("clamav-milter").is_evaluated);
  CHECK(state->milters.at("policy").is_evaluated);
  CHECK(value(state->levels, Kind::milter_load, "policy", 1) == 0);
}

TEST_CASE("metrics tell the same") {
  const auto state = parse_metrics(kMetrics);
  REQUIRE(state);
  CHECK(state->started_at == 1000);
  REQUIRE(state->milters.size() == 2);
  CHECK(state->milters.at("a").state == MilterState::reachable);
  CHECK(state->milters.at("b \"x\"\n").state == MilterState::unreachable);
  CHECK(state->milters.at("b \"x\"\n").is_evaluated);
  CHECK(value(state->counters, Kind::manager_status, "", kReject) == 6);
  CHECK(value(state->counters, Kind::milter_message, "a", kReject) == 2);
  CHECK(value(state->counters, Kind::milter_evaluation, "b \"x\"\n", kReject) == 7);
  CHECK(value(state->levels, Kind::session, "", 3) == 4);
}

TEST_CASE("what another program answers is no status, and does no harm") {
  const char* const text = GENERATE("", "null", "[]", "{}", "hello", "{\"milters\": 7}", "\xff\xfe");
  CHECK_FALSE(parse_status(text));
  CHECK_FALSE(parse_metrics(text));
  const char* const odd = GENERATE(
      R"({"milters": [1, null, {}, {"name": 3}, {"name": "a", "sessions": [1], "verdicts": {"reject": "x", "pass": -5, "": 1e308}, "busy": "no"}]})",
      R"({"milters": [], "sessions": 5, "messages": null, "started_at": "x"})");
  CHECK(parse_status(odd));
  CHECK(parse_metrics(
      "milter_manager_sessions{\nmilter_manager_sessions{a=\"\nmilter_manager_sessions{a=\"b\"\n"
      "milter_manager_sessions nan\nmilter_manager_sessions x\nmilter_manager_milter_busy 3\n"));
}

TEST_CASE("what no events can have caused is not counted, alone or in sum") {
  const auto status = parse_status(
      R"({"milters": [{"name": "a", "errors": 1e300, "busy": 1.7e308, "verdicts": {"reject": 9e14, "temporary-failure": 9e14, "temporary_failure": 9e14}}]})");
  REQUIRE(status);
  CHECK(value(status->counters, Kind::milter_load, "a", 7) == -1);
  CHECK(value(status->levels, Kind::milter_load, "a", 1) == -1);
  CHECK(value(status->counters, Kind::milter_message, "a", kReject) == 9e14);
  CHECK(value(status->counters, Kind::milter_message, "a", 4) == 9e14);
  const auto metrics = parse_metrics(
      "milter_manager_sessions 1e300\n"
      "milter_manager_sessions_total{stage=\"quit\",status=\"reject\"} 9e14\n"
      "milter_manager_sessions_total{stage=\"abort\",status=\"reject\"} 9e14\n");
  REQUIRE(metrics);
  CHECK(value(metrics->levels, Kind::session, "", 3) == -1);
  CHECK(value(metrics->counters, Kind::manager_status, "", kReject) == 9e14);
}

TEST_CASE("rows are what was gained between two states, a minute") {
  const auto before = *parse_status(kStatus);
  auto after = before;
  after.counters[{Kind::milter_message, "a", kReject}] += 3;
  const auto rows = rows_between(before, after, 5);
  const auto found = std::find_if(rows.begin(), rows.end(), [](const StateRow& row) {
    return row.kind == Kind::milter_message && row.milter == "a";
  });
  REQUIRE(found != rows.end());
  CHECK(found->row[kReject] == Approx(36));
  CHECK(std::isnan(found->row[0]));
  SECTION("a manager that has begun anew gives none") {
    after.started_at = 2000;
    CHECK(rows_between(before, after, 5).empty());
    after.started_at = before.started_at;
    after.counters[{Kind::milter_message, "a", kReject}] = 0;
    CHECK(rows_between(before, after, 5).empty());
  }
  SECTION("no time gives none") { CHECK(rows_between(before, after, 0).empty()); }
}

TEST_CASE("a steady manager's rows are all alike, however irregularly it is asked") {
  // 10 events a second, from 3.7 s behind a step's begin.
  const auto told_at = [](std::int64_t milliseconds) {
    ManagerState state;
    state.counters[{Kind::milter_message, "a", kReject}] = static_cast<double>(milliseconds / 100);
    return state;
  };
  const Moment begin = at(kNewest) + std::chrono::milliseconds(3700);
  StateRows rows(std::chrono::seconds(5));
  std::int64_t time = 0;
  const auto wait = [&](std::int64_t milliseconds) {
    time += milliseconds;
    rows.take(told_at(time), begin + std::chrono::milliseconds(time));
  };
  wait(0);
  for (int round = 0; round < 8; ++round) {
    // F5 shortly after a poll, a slow manager, a hair's breadth on either side of a step's end.
    for (const int milliseconds : {5000, 2000, 100, 4900, 9700, 5000, 1300, 14'999, 2, 28'000, 5001})
      wait(milliseconds);
  }
  const std::int64_t asleep = time;
  wait(std::int64_t{8} * 3600 * 1000);
  const std::int64_t awake = time;
  for (const int milliseconds : {5000, 7300, 5000, 200}) wait(milliseconds);

  const bool peaks = GENERATE(false, true);
  const std::uint32_t columns = GENERATE(20'000U, 100U);
  const Moment end = begin + std::chrono::milliseconds(time);
  const auto chart = rows.store().chart({ChartKind::message,
                                         "",
                                         "a",
                                         {at(kNewest), std::chrono::ceil<std::chrono::seconds>(end)},
                                         columns,
                                         peaks});
  REQUIRE(chart.lines.size() == 11);
  int known = 0;
  for (std::size_t row = 0; row < chart.rows(); ++row) {
    const double rate = chart.lines[kReject].values[row];
    const auto from = chart.time(row), to = from + chart.step;
    const bool is_gap =
        from >= begin + std::chrono::milliseconds(asleep) && to <= begin + std::chrono::milliseconds(awake);
    CAPTURE(row, rate, columns, peaks);
    CHECK(std::isnan(rate) == is_gap);
    if (is_gap) continue;
    CHECK(rate == Approx(600).epsilon(0.1));
    ++known;
  }
  CHECK(known >= (columns > 1000 ? 100 : 4));
}

TEST_CASE("answers that come in another order count once, and a clock that is set back is a beginning") {
  const auto told = [](double rejects) {
    ManagerState state;
    state.counters[{Kind::milter_message, "a", kReject}] = rejects;
    return state;
  };
  const auto sum = [](const StateRows& rows, std::int64_t from) {
    const auto chart =
        rows.store().chart({ChartKind::message, "", "a", {at(from), at(from + 100)}, 100, false});
    double all = 0;
    for (const Line& line : chart.lines) {
      for (const double rate : line.values) all += std::isnan(rate) ? 0 : rate * 5 / 60;
    }
    return all;
  };
  StateRows rows(std::chrono::seconds(5));
  rows.take(told(10), at(kNewest));
  rows.take(told(30), at(kNewest + 10));
  rows.take(told(25), at(kNewest + 8));
  rows.take(told(40), at(kNewest + 20));
  CHECK(sum(rows, kNewest) == Approx(30));
  rows.take(told(50), at(kNewest - 3600));
  rows.take(told(57), at(kNewest - 3590));
  CHECK(sum(rows, kNewest - 3600) == Approx(7));
  CHECK(sum(rows, kNewest) == Approx(30));
}

TEST_CASE("a manager that tells other names each time has rows for some of them") {
  StateRows rows(std::chrono::seconds(5));
  for (int round = 0; round < 20; ++round) {
    ManagerState state;
    for (int i = 0; i < 1000; ++i) {
      const std::string name = "n" + std::to_string(round * 1000 + i);
      state.milters[name];
      state.counters[{Kind::milter_message, name, kReject}] = 1;
    }
    rows.take(state, at(kNewest + round * 5));
  }
  CHECK(rows.store().contents().milters.size() == StateRows::kMaximumMilters);
  CHECK(rows.store().step() == std::chrono::seconds(5));
}

TEST_CASE("a running manager is followed, and one that goes away is told") {
  std::mutex mutex;
  ManagerState told = *parse_status(kStatus);
  bool is_there = true;
  LiveSource source(
      Place{Place::Kind::controller, {}, {}, "unix:/x"},
      [&]() -> Result<ManagerState> {
        const std::lock_guard lock(mutex);
        if (!is_there) return failure("unix:/x: Connection refused");
        told.counters[{Kind::milter_message, "a", kReject}] += 5;
        return told;
      },
      std::chrono::milliseconds(300));
  QSignalSpy news(&source, &Source::changed);
  const auto contents = wait_for(source.contents());
  REQUIRE(contents);
  CHECK(contents->milters == std::vector<std::string>{"a", "b"});
  REQUIRE(QTest::qWaitFor([&] { return news.size() >= 5; }, 20'000));
  const std::int64_t now = QDateTime::currentSecsSinceEpoch();
  const ChartQuery query{ChartKind::message, "", "a", {at(now - 120), at(now + 60)}, 1000, false};
  const auto chart = wait_for(source.charts(query));
  REQUIRE(chart);
  REQUIRE(chart->lines.size() == 11);
  CHECK(std::any_of(chart->lines[kReject].values.begin(), chart->lines[kReject].values.end(),
                    [](double one) { return one > 0; }));
  const auto overview = wait_for(source.overview("", query.period));
  REQUIRE(overview);
  REQUIRE(overview->milters.size() == 2);
  CHECK(overview->milters[1].state == MilterState::unreachable);
  CHECK(overview->milters[1].is_evaluated);
  CHECK_FALSE(wait_for(source.greylist(query.period, "")));

  {
    const std::lock_guard lock(mutex);
    is_there = false;
  }
  CHECK(QTest::qWaitFor(
      [&] {
        const auto later = wait_for(source.charts(query));
        return later && later->failures == std::vector<std::string>{"unix:/x: Connection refused"};
      },
      20'000));
  CHECK_FALSE(wait_for(source.contents()));
}

TEST_CASE("a metrics address is asked over HTTP, and what goes wrong there is told") {
  struct Case {
    QByteArray answer;
    const char* trouble;  // "" for none
  };
  const Case one = GENERATE_COPY(values<Case>({
      {"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n" + QByteArray::fromStdString(kMetrics), ""},
      {"HTTP/1.1 404 Not Found\r\n\r\nno", "answers: HTTP/1.1 404 Not Found"},
      {"HTTP/1.1 200 OK\r\n\r\nhello", "no metrics of milter-manager"},
      {"220 mail.example.com ESMTP\r\n", "is no metrics address"},
      {"", "is no metrics address"},
  }));
  QTcpServer server;
  REQUIRE(server.listen(QHostAddress::LocalHost));
  QObject::connect(&server, &QTcpServer::newConnection, [&] {
    QTcpSocket* const client = server.nextPendingConnection();
    QObject::connect(client, &QTcpSocket::readyRead, client, [client, one] {
      client->write(one.answer);
      client->disconnectFromHost();
    });
  });
  const QString address = QString("127.0.0.1:%1").arg(server.serverPort());
  Readings readings;
  const auto state = wait_for(readings.start<ManagerState>(
      [address](const IsCancelled&) { return ask_metrics(address, std::chrono::seconds(20)); }));
  if (*one.trouble == '\0') {
    REQUIRE(state);
    CHECK(state->milters.size() == 2);
  } else {
    REQUIRE_FALSE(state);
    CHECK(state.error().message.find(one.trouble) != std::string::npos);
  }
}

TEST_CASE("an address that says nothing is given up, and the window lives on") {
  QTcpServer server;  // accepts by itself, and is silent
  REQUIRE(server.listen(QHostAddress::LocalHost));
  const QString address = QString("127.0.0.1:%1").arg(server.serverPort());
  Readings readings;
  const Heart heart;
  const auto state = wait_for(readings.start<ManagerState>(
      [address](const IsCancelled&) { return ask_metrics(address, std::chrono::milliseconds(300)); }));
  REQUIRE_FALSE(state);
  CHECK(state.error().message.find("does not answer") != std::string::npos);
  CHECK(heart.beats() >= 5);
  server.close();
  CHECK_FALSE(ask_metrics(address, std::chrono::seconds(5)));
  CHECK_FALSE(ask_controller("unix:/nowhere/controller.sock", std::chrono::seconds(5)));
  CHECK_FALSE(ask_controller("nonsense", std::chrono::seconds(5)));
}

}  // namespace milter_manager::gui
