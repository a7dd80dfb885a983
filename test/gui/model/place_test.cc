// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/model/place.h"

#include <QAbstractItemModelTester>
#include <QSettings>
#include <QTemporaryDir>
#include <catch2/catch.hpp>

#include "gui/model/recent_places.h"
#include "test/gui/model/folder.h"

namespace milter_manager::gui {

TEST_CASE("what a person names is opened as what it is, and is written as it can be read again") {
  struct Case {
    const char* word;
    Place::Kind kind;
    const char* host;
    const char* path;
    const char* address;
  };
  const Case one = GENERATE(values<Case>({
      {"/nowhere/archives", Place::Kind::folder, "", "/nowhere/archives", ""},
      {"/usr/share/../lib", Place::Kind::folder, "", "/usr/lib", ""},
      {"/etc/passwd", Place::Kind::logs, "", "/etc/passwd", ""},
      {"ssh://mail.example.com", Place::Kind::ssh, "mail.example.com", "", ""},
      {"ssh://admin@mail/srv/my archives", Place::Kind::ssh, "admin@mail", "/srv/my archives", ""},
      {"unix:/run/milter-manager/controller.sock", Place::Kind::controller, "", "",
       "unix:/run/milter-manager/controller.sock"},
      {"inet:10026@localhost", Place::Kind::controller, "", "", "inet:10026@localhost"},
      {"http://localhost:9764/metrics", Place::Kind::metrics, "", "", "localhost:9764"},
      {"http://[::1]:9764/", Place::Kind::metrics, "", "", "[::1]:9764"},
  }));
  CAPTURE(one.word);
  const auto place = parse_place({one.word});
  REQUIRE(place);
  CHECK(place->kind == one.kind);
  CHECK(place->host == one.host);
  CHECK(place->paths.value(0) == one.path);
  CHECK(place->address == one.address);
  CHECK(!title_of(*place).isEmpty());
  const auto again = parse_place({text_of(*place)});
  REQUIRE(again);
  CHECK(*again == *place);
}

TEST_CASE("what ssh would take for an option, or a shell for a command, is no host") {
  const char* const word =
      GENERATE("-oProxyCommand=touch /tmp/x", "-F", "", "a b", "a;b", "a$(b)", "a`b`", "@host", "user@",
               "user@-oProxyCommand=x", "a@b@c", "a\nb", "höst", "'host'", ".host");
  CAPTURE(word);
  CHECK_FALSE(is_ssh_host(word));
  CHECK_FALSE(parse_place({QString("ssh://") + word}).has_value());
}

TEST_CASE("what cannot be opened is told in a sentence") {
  const QStringList words = GENERATE(QStringList{}, QStringList{""}, QStringList{"http://localhost/metrics"},
                                     QStringList{"http://a:99999/"}, QStringList{"/etc", "/etc/passwd"});
  const auto place = parse_place(words);
  REQUIRE_FALSE(place);
  CHECK(place.error().message.size() > 10);
}

TEST_CASE("what was opened is remembered, the newest first") {
  const QTemporaryDir folder;
  QSettings settings(folder.filePath("settings.ini"), QSettings::IniFormat);
  const auto place = [](const QString& word) { return *parse_place({word}); };
  {
    RecentPlaces recent(settings);
    const QAbstractItemModelTester tester(&recent, QAbstractItemModelTester::FailureReportingMode::Fatal);
    for (int i = 0; i < 20; ++i) recent.add(place(QString("ssh://host%1").arg(i)));
    CHECK(recent.rowCount() == RecentPlaces::kMost);
    recent.add(place("ssh://host15"));
    recent.add(place("ssh://host15"));
    CHECK(recent.rowCount() == RecentPlaces::kMost);
    recent.add(Place{Place::Kind::logs, {"/var/log/mail.log", "/var/log/mail.log.1"}, {}, {}});
  }
  const RecentPlaces recent(settings);
  REQUIRE(recent.rowCount() == RecentPlaces::kMost);
  CHECK(recent.place(0).kind == Place::Kind::logs);
  CHECK(recent.place(0).paths.size() == 2);
  CHECK(recent.place(1).host == "host15");
  CHECK(recent.place(2).host == "host19");
  CHECK(recent.data(recent.index(1), Qt::ToolTipRole).toString() == "ssh://host15");
}

TEST_CASE("settings that others have changed are no trouble") {
  const QTemporaryDir folder;
  QSettings settings(folder.filePath("settings.ini"), QSettings::IniFormat);
  settings.setValue("recent_places", QStringList{"", "folder", "folder ", "folder \n", "logs \n\n",
                                                 "folder /a\n/b", "ssh ssh://-oProxyCommand=x", "ssh /etc",
                                                 "nonsense /a", "controller unix:/a", "controller unix:/a"});
  RecentPlaces recent(settings);
  REQUIRE(recent.rowCount() == 1);
  CHECK(recent.place(0).address == "unix:/a");
  recent.clear();
  CHECK(RecentPlaces(settings).rowCount() == 0);
}

}  // namespace milter_manager::gui
