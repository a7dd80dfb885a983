// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/pages/main_window.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>
#include <QThread>
#include <catch2/catch.hpp>

#include "test/gui/model/folder.h"
#include "test/gui/pages/window_fixture.h"

namespace milter_manager::gui {
namespace {

Place folder_of(const QTemporaryDir& folder) { return {Place::Kind::folder, {folder.path()}, {}, {}}; }

struct Fixture : WindowFixture {
  using WindowFixture::WindowFixture;
  QStringList rows(const char* name) { return rows_of_list(window, name); }
  std::string chosen(const char* name) {
    return list_of(window, name)->currentIndex().data(Qt::UserRole).toString().toStdString();
  }
  bool wait_for_rows(const char* name, int count) {
    return QTest::qWaitFor([&] { return rows(name).size() == count; }, kWindowPatience);
  }
  std::string messages() { return messages_of(window); }
};

// Archives of two hosts.
struct TwoHosts {
  TwoHosts() {
    for (const char* host : {"mx1", "mx2"}) {
      QDir(folder.path()).mkdir(host);
      make_archive(folder.filePath(host).toStdString(), archive::Kind::milter_status, "a", kNewest - 7200,
                   kNewest);
    }
  }
  QTemporaryDir folder;
};

TEST_CASE("the host that the command line names is chosen in the window") {
  const TwoHosts hosts;
  Options options;
  options.host = "mx2";
  options.milter = GENERATE("", "a");
  Fixture fixture(options);
  fixture.window.open(folder_of(hosts.folder));
  REQUIRE(fixture.wait_for_rows("Hosts", 3));
  CHECK(fixture.chosen("Hosts") == "mx2");
  CHECK(fixture.chosen("Milters") == options.milter);
  CHECK(fixture.messages().find("There is no") == std::string::npos);
}

TEST_CASE("a host that is not there is told, and all are shown") {
  const TwoHosts hosts;
  Options options;
  options.host = "mx3";
  options.milter = "nobody";
  Fixture fixture(options);
  fixture.window.open(folder_of(hosts.folder));
  REQUIRE(fixture.wait_for_rows("Hosts", 3));
  CHECK(fixture.chosen("Hosts").empty());
  CHECK(fixture.messages().find("There is no host \"mx3\" here.") != std::string::npos);
  CHECK(fixture.messages().find("There is no milter \"nobody\" here.") != std::string::npos);
}

TEST_CASE("an answer of what was open before never reaches what is opened next") {
  const QTemporaryDir first, second;
  make_archive(first.path().toStdString(), archive::Kind::milter_status, "a", kNewest - 7200, kNewest);
  constexpr std::int64_t kOlder = kNewest - 100 * kDay;
  make_archive(second.path().toStdString(), archive::Kind::milter_status, "b", kOlder - 7200, kOlder);
  Fixture fixture;
  fixture.window.open(folder_of(first));
  // So long that its answers are there, and nobody has looked at them.
  QThread::msleep(1000);
  fixture.window.open(folder_of(second));
  REQUIRE(QTest::qWaitFor([&] { return fixture.rows("Milters").contains("b"); }, 20'000));
  CHECK(fixture.window.range().latest() <= static_cast<double>(kOlder + 3600));
  // Nor where the first one is shown already.
  fixture.window.open(folder_of(first));
  REQUIRE(QTest::qWaitFor([&] { return fixture.rows("Milters").contains("a"); }, 20'000));
  fixture.window.open(folder_of(second));
  CHECK_FALSE(fixture.rows("Milters").contains("a"));
  REQUIRE(QTest::qWaitFor([&] { return fixture.rows("Milters").contains("b"); }, 20'000));
  CHECK_FALSE(fixture.rows("Milters").contains("a"));
}

}  // namespace
}  // namespace milter_manager::gui
