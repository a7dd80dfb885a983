// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>
#include <QListView>
#include <QSettings>
#include <QSignalSpy>
#include <QStatusBar>
#include <QTemporaryDir>
#include <QTest>
#include <catch2/catch.hpp>
#include <stdexcept>

#include "gui/pages/main_window.h"
#include "test/gui/pages/person.h"

namespace milter_manager::gui {

inline constexpr int kWindowPatience = 20'000;  // milliseconds

// The rows of one of a window's lists, by the list's name for screen readers.
inline QListView* list_of(const QWidget& window, const QString& name) {
  for (QListView* list : window.findChildren<QListView*>()) {
    if (list->accessibleName() == name) return list;
  }
  throw std::runtime_error("there is no such list");
}

inline QStringList rows_of_list(const QWidget& window, const QString& name) {
  QStringList texts;
  const QAbstractItemModel* model = list_of(window, name)->model();
  for (int row = 0; row < model->rowCount(); ++row) texts += model->index(row, 0).data().toString();
  return texts;
}

// What the bars at the top of the pages say.
inline std::string messages_of(const QWidget& window) {
  QStringList texts;
  for (const QFrame* frame : window.findChildren<QFrame*>()) texts += frame->accessibleName();
  return texts.join('\n').toStdString();
}

// A window with settings of its own.
struct WindowFixture {
  explicit WindowFixture(const Options& options = {})
      : settings(home.filePath("settings.ini"), QSettings::IniFormat),
        window(settings, options),
        first(&window, &MainWindow::first_chart_shown) {
    window.show();
  }
  // Chooses the entry, and does that with the dialogue that comes.
  void choose(const QString& entry, std::function<void(QDialog&)> act) {
    QAction* const action = menu_entry(window, entry);
    REQUIRE(action != nullptr);
    const Person person(std::move(act));
    action->trigger();
    REQUIRE(person.has_acted());
    REQUIRE_FALSE(person.was_stuck());
  }
  bool wait_for_chart() {
    return QTest::qWaitFor([this] { return !first.isEmpty(); }, kWindowPatience);
  }
  QTemporaryDir home;
  QSettings settings;
  MainWindow window;
  QSignalSpy first;
};

}  // namespace milter_manager::gui
