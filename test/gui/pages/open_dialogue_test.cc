// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/pages/open_dialogue.h"

#include <QDialogButtonBox>
#include <QDir>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <catch2/catch.hpp>

#include "test/gui/model/folder.h"
#include "test/gui/pages/window_fixture.h"

namespace milter_manager::gui {
namespace {

QTemporaryDir& archives() {
  static QTemporaryDir folder;
  static const bool is_made = [] {
    make_archive(folder.path().toStdString(), archive::Kind::milter_status, "a", kNewest - 7200, kNewest);
    return true;
  }();
  REQUIRE(is_made);
  return folder;
}

Place folder_of(const QString& path) { return {Place::Kind::folder, {path}, {}, {}}; }

QPushButton* open_button(const QDialog& dialogue) {
  return dialogue.findChild<QDialogButtonBox*>()->button(QDialogButtonBox::Open);
}

// What the dialogue has in a line of its own below the fields.
QString complaint(const QDialog& dialogue) { return dialogue.findChildren<QLabel*>().back()->text(); }

// The lines that somebody may write in, top down.
QList<QLineEdit*> lines(const QDialog& dialogue) { return dialogue.findChildren<QLineEdit*>(); }

TEST_CASE("a folder that is chosen in the dialogue is opened") {
  WindowFixture fixture;
  fixture.choose("Open folder …", [](QDialog& dialogue) { choose_file(dialogue, archives().path()); });
  REQUIRE(fixture.window.source() != nullptr);
  CHECK(fixture.window.source()->place() == folder_of(archives().path()));
  REQUIRE(fixture.wait_for_chart());
  CHECK(QTest::qWaitFor([&] { return rows_of_list(fixture.window, "Milters").contains("a"); },
                        kWindowPatience));
}

TEST_CASE("who cancels keeps what is open") {
  WindowFixture fixture;
  fixture.window.open(folder_of(archives().path()));
  const Source* const before = fixture.window.source();
  const char* const entry =
      GENERATE("Open folder …", "Open host (ssh) …", "Open log files …", "Open running manager …");
  fixture.choose(entry, [](QDialog& dialogue) { dialogue.reject(); });
  CHECK(fixture.window.source() == before);
}

TEST_CASE("several log files that are chosen in the dialogue are opened together") {
  const QTemporaryDir folder;
  for (const char* name : {"one.log", "two.log"}) write_bytes(folder.filePath(name), "\n");
  WindowFixture fixture;
  fixture.choose("Open log files …", [&](QDialog& dialogue) {
    qobject_cast<QFileDialog*>(&dialogue)->setDirectory(folder.path());
    choose_file(dialogue, R"("one.log" "two.log")");
  });
  REQUIRE(fixture.window.source() != nullptr);
  CHECK(fixture.window.source()->place() ==
        Place{Place::Kind::logs, {folder.filePath("one.log"), folder.filePath("two.log")}, {}, {}});
  CHECK(QTest::qWaitFor(
      [&] { return messages_of(fixture.window).find("no event of milter-manager") != std::string::npos; },
      kWindowPatience));
}

TEST_CASE("a host and a folder on it are asked for, and what is wrong with them is said at once") {
  std::optional<Place> place;
  const Person person([](QDialog& dialogue) {
    CHECK_FALSE(open_button(dialogue)->isEnabled());
    CHECK(complaint(dialogue).isEmpty());
    lines(dialogue)[0]->setText("-oProxyCommand=touch");
    CHECK_FALSE(open_button(dialogue)->isEnabled());
    CHECK_FALSE(complaint(dialogue).isEmpty());
    lines(dialogue)[0]->setText(" admin@mail.example.com ");
    CHECK(open_button(dialogue)->isEnabled());
    CHECK(complaint(dialogue).isEmpty());
    lines(dialogue)[1]->setText("srv/archives");
    open_button(dialogue)->click();
  });
  place = ask_for_host(nullptr);
  REQUIRE(person.has_acted());
  REQUIRE_FALSE(person.was_stuck());
  REQUIRE(place);
  CHECK(place->kind == Place::Kind::ssh);
  CHECK(place->host == "admin@mail.example.com");
  CHECK(place->paths == QStringList{"/srv/archives"});
}

TEST_CASE("a manager's address is a socket or a metrics address") {
  const auto [written, kind] = GENERATE(table<const char*, Place::Kind>({
      {"unix:/run/milter-manager/controller.sock", Place::Kind::controller},
      {"inet:10025@localhost", Place::Kind::controller},
      {"http://127.0.0.1:9100/metrics", Place::Kind::metrics},
  }));
  const Person person([text = QString(written)](QDialog& dialogue) {
    lines(dialogue)[0]->setText(text);
    open_button(dialogue)->click();
  });
  const auto place = ask_for_manager(nullptr);
  CAPTURE(written);
  REQUIRE_FALSE(person.was_stuck());
  REQUIRE(place);
  CHECK(place->kind == kind);
}

TEST_CASE(
    "what was opened before is in the menu, the newest first, and can be opened from there or forgotten") {
  const QTemporaryDir folder;
  const QString odd = folder.filePath("R&D");
  QDir().mkdir(odd);
  make_archive(odd.toStdString(), archive::Kind::milter_status, "b", kNewest - 7200, kNewest);
  WindowFixture fixture;
  const auto recent = [](const MainWindow& window) {
    QAction* const entry = menu_entry(window, "Open recent");
    REQUIRE(entry != nullptr);
    return entry->menu();
  };
  CHECK_FALSE(recent(fixture.window)->isEnabled());
  fixture.window.open(folder_of(archives().path()));
  fixture.window.open(folder_of(odd));
  const auto is_right = [&](const MainWindow& window) {
    const QList<QAction*> entries = recent(window)->actions();
    REQUIRE(entries.size() == 4);
    CHECK(entries[0]->text().contains("R&&D"));
    CHECK(entries[2]->isSeparator());
    return recent(window)->isEnabled();
  };
  CHECK(is_right(fixture.window));
  // In the next window too.
  const MainWindow next(fixture.settings);
  CHECK(is_right(next));

  recent(fixture.window)->actions()[1]->trigger();
  CHECK(fixture.window.source()->place() == folder_of(archives().path()));
  CHECK(recent(fixture.window)->actions()[1]->text().contains("R&&D"));
  menu_entry(fixture.window, "Forget these")->trigger();
  CHECK(recent(fixture.window)->actions().isEmpty());
  CHECK_FALSE(recent(fixture.window)->isEnabled());
  CHECK(fixture.window.source() != nullptr);
}

}  // namespace
}  // namespace milter_manager::gui
