// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>
#include <QStringList>

#include "gui/chart/palette.h"

class QLabel;

namespace milter_manager::gui {

// What went wrong, at the top of a page, until it is put away or is no more: a message never stops anybody from going on.
class MessageBar : public QFrame {
 public:
  explicit MessageBar(QWidget* parent = nullptr);

  // Shows these sentences, each once; none: hides the bar. What somebody has put away comes back only with other sentences.
  void set_messages(const QStringList& sentences);
  QString text() const;

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  QLabel* label_;
  QString put_away_;
};

}  // namespace milter_manager::gui
