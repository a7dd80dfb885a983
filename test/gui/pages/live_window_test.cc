// SPDX-License-Identifier: GPL-3.0-or-later
#include <QLocalServer>
#include <QLocalSocket>
#include <QTcpServer>
#include <QTcpSocket>
#include <QToolButton>
#include <catch2/catch.hpp>

#include "core/control/message.h"
#include "gui/pages/range_bar.h"
#include "test/gui/pages/window_fixture.h"

namespace milter_manager::gui {
namespace {

const std::string kStatus =
    R"({"version": "3.0.0", "started_at": 1000, "sessions": {"open": 4, "finished": 10, "by_status": {"reject": 6}},
 "messages": {"accept": 3}, "milters": [
  {"name": "policy", "state": "reachable", "evaluation_mode": false, "connections": 5, "busy": 2, "sessions": {"pass": 10}, "verdicts": {"reject": 2}, "evaluated": {}, "errors": 1, "timeouts": 0, "last_error": null},
  {"name": "virus", "state": "unreachable", "evaluation_mode": true, "evaluated": {"reject": 7}, "last_error": "Connection refused"}]})";

const QByteArray kMetrics =
    "HTTP/1.1 200 OK\r\n\r\n"
    "milter_manager_sessions_total{stage=\"quit\",status=\"reject\"} 5\n"
    "milter_manager_sessions 4\n"
    "milter_manager_start_time_seconds 1000\n"
    "milter_manager_milter_up{milter=\"policy\"} 1\n"
    "milter_manager_milter_up{milter=\"virus\"} 0\n";

// Answers every question with the same bytes.
template <class Server>
void answer_with(Server& server, const QByteArray& bytes) {
  QObject::connect(&server, &Server::newConnection, &server, [&server, bytes] {
    auto* const client = server.nextPendingConnection();
    QObject::connect(client, &QIODevice::readyRead, client, [client, bytes] {
      client->readAll();
      client->write(bytes);
      client->disconnect(SIGNAL(readyRead()));
      if (auto* socket = qobject_cast<QTcpSocket*>(client)) socket->disconnectFromHost();
    });
  });
}

void choose_manager(WindowFixture& fixture, const QString& address) {
  fixture.choose("Open running manager …", [&](QDialog& dialogue) {
    dialogue.findChild<QLineEdit*>()->setText(address);
    dialogue.accept();
  });
}

QToolButton* now_button(const QWidget& bar) {
  for (QToolButton* button : bar.findChildren<QToolButton*>()) {
    if (button->text() == "&Now") return button;
  }
  throw std::runtime_error("there is no such button");
}

TEST_CASE(
    "a running manager is chosen in the dialogue, shown and followed; when it goes away the window says so") {
  const QTemporaryDir folder;
  QLocalServer controller;
  QTcpServer metrics;
  const bool is_controller = GENERATE(true, false);
  QString address;
  if (is_controller) {
    REQUIRE(controller.listen(folder.filePath("controller")));
    answer_with(controller, QByteArray::fromStdString(
                                control::encode(control::Reply{control::ReplyKind::status, kStatus})));
    address = "unix:" + folder.filePath("controller");
  } else {
    REQUIRE(metrics.listen(QHostAddress::LocalHost));
    answer_with(metrics, kMetrics);
    address = QString("http://127.0.0.1:%1/metrics").arg(metrics.serverPort());
  }
  WindowFixture fixture;
  choose_manager(fixture, address);
  CAPTURE(is_controller);
  const auto milters = [&] { return rows_of_list(fixture.window, "Milters"); };
  REQUIRE(QTest::qWaitFor([&] { return milters().size() == 3; }, kWindowPatience));
  CHECK(milters().contains("policy"));
  CHECK(milters().contains("virus"));
  CHECK(fixture.window.range().is_following());
  CHECK(now_button(fixture.window)->isChecked());
  CHECK(messages_of(fixture.window).find(address.toStdString()) == std::string::npos);
  REQUIRE(fixture.wait_for_chart());

  controller.close();
  metrics.close();
  menu_entry(fixture.window, "Read anew")->trigger();
  CHECK(QTest::qWaitFor(
      [&] {
        return messages_of(fixture.window).find(is_controller ? "controller: " : "127.0.0.1") !=
               std::string::npos;
      },
      kWindowPatience));
  CHECK(fixture.window.isVisible());
}

TEST_CASE("a range that follows now moves with it until somebody moves it") {
  TimeRange range;
  constexpr double kNow = 1'777'000'000;
  range.set_limits(kNow - 30 * 86400.0, kNow);
  range.set(kNow - 2 * 86400.0, kNow - 86400.0);
  QWidget parent;
  const RangeBar bar(range, &parent);
  QToolButton* const button = now_button(bar);
  range.advance(kNow + 10);
  CHECK(range.to() == kNow - 86400.0);

  button->click();
  CHECK(range.is_following());
  CHECK(range.to() == kNow + 10);
  CHECK(range.length() == 86400);
  range.advance(kNow + 70);
  CHECK(range.to() == kNow + 70);
  CHECK(range.from() == kNow + 70 - 86400);
  CHECK(bar.chosen() == "day");

  range.pan(-3600);
  CHECK_FALSE(button->isChecked());
  range.advance(kNow + 130);
  CHECK(range.to() == kNow + 70 - 3600);
  button->click();
  CHECK(range.to() == kNow + 130);
  button->click();
  range.advance(kNow + 190);
  CHECK(range.to() == kNow + 130);
}

}  // namespace
}  // namespace milter_manager::gui
