// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAction>
#include <QApplication>
#include <QFileDialog>
#include <QLineEdit>
#include <QTimer>
#include <functional>
#include <stdexcept>

namespace milter_manager::gui {

// Does what a person does with the next dialogue when it is up; whoever shows it waits until then. One that stays up nonetheless is put
// away, so that a test fails and does not hang.
class Person {
 public:
  explicit Person(std::function<void(QDialog&)> act) : act_(std::move(act)) {
    QObject::connect(&timer_, &QTimer::timeout, &timer_, [this] { look(); });
    timer_.start(20);
  }
  bool has_acted() const { return looks_ > 0; }
  bool was_stuck() const { return looks_ > kPatience; }

 private:
  static constexpr int kPatience = 500;

  void look() {
    auto* dialogue = qobject_cast<QDialog*>(QApplication::activeModalWidget());
    if (!dialogue) return;
    if (looks_++ == 0) act_(*dialogue);
    if (was_stuck()) dialogue->reject();
  }

  std::function<void(QDialog&)> act_;
  QTimer timer_;
  int looks_ = 0;
};

// Writes a name into a file dialogue, and accepts it.
inline void choose_file(QDialog& dialogue, const QString& name) {
  auto* edit = dialogue.findChild<QLineEdit*>(QStringLiteral("fileNameEdit"));
  if (!edit) throw std::runtime_error("this is no file dialogue");
  edit->setText(name);
  dialogue.accept();
}

// An entry of a window's menus, by its text without "&" for the key; a text with "&" in it is looked for as it is.
inline QAction* menu_entry(const QWidget& window, const QString& text) {
  for (QAction* action : window.findChildren<QAction*>()) {
    if (action->text() == text || QString(action->text()).remove('&') == text) return action;
  }
  return nullptr;
}

}  // namespace milter_manager::gui
