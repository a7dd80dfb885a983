// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QToolBar>
#include <chrono>

class QComboBox;
class QDateTimeEdit;
class QToolButton;

namespace milter_manager::gui {

class TimeRange;

// The bar at the top: how long a range, from when to when, whether it follows now, and which earlier period lies under it.
class RangeBar : public QToolBar {
  Q_OBJECT

 public:
  RangeBar(TimeRange& range, QWidget* parent);

  // "hour", "6h", "day", …: what --range takes besides FROM/TO. 0: no such word.
  static std::chrono::seconds length_of(const QString& word);
  static QStringList words();

  // The length that is chosen, as a word; "" for a range of one's own.
  QString chosen() const;

 signals:
  // How much earlier the other period is; 0: none.
  void comparison_changed(std::chrono::seconds before);

 private:
  void choose(int row);
  void choose_comparison();
  void show_range();
  void set_range();

  TimeRange& range_;
  QComboBox* length_;
  QDateTimeEdit* from_;
  QDateTimeEdit* to_;
  QToolButton* now_;
  QComboBox* comparison_;
};

}  // namespace milter_manager::gui
