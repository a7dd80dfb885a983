// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStyledItemDelegate>

#include "gui/chart/palette.h"

namespace milter_manager::gui {

// Paints a row of the list of milters: state, name, share of rejects, a line of what it did, and "evaluation" where it is on
// trial. What colours say, words or shapes say too.
class MilterDelegate : public QStyledItemDelegate {
 public:
  using QStyledItemDelegate::QStyledItemDelegate;

  void set_scheme(Scheme scheme) { scheme_ = scheme; }
  void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
  QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;

 private:
  Scheme scheme_ = Scheme::light;
};

}  // namespace milter_manager::gui
