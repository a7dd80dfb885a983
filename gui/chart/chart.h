// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "gui/chart/content.h"
#include "gui/chart/time_range.h"

class QTreeWidget;

namespace milter_manager::gui {

class Plot;

// A chart of what happened when, with its legend: curves over a range of time that it may share with other charts, a
// cross-hair, whose values the legend tells, and series that the legend hides and shows.
//
//   Chart chart(range);
//   chart.set_content(content);                       // points for range, decimated to chart.columns()
//   connect(&chart, &Chart::series_toggled, …);       // stacks have to be stacked anew
//
// Whoever makes the content listens to the range's changes and gives the next one; until it comes the old curves are moved.
class Chart : public QWidget {
  Q_OBJECT

 public:
  // `range` must outlive it.
  explicit Chart(TimeRange& range, QWidget* parent = nullptr);

  void set_content(ChartContent content);
  const ChartContent& content() const { return content_; }
  void set_scheme(Scheme scheme);
  // How many columns of dots curves have: more points than two a column are of no use.
  int columns() const;
  QWidget* plot() const;

 signals:
  void series_toggled(int series, bool is_shown);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void fill_legend();
  void tell_values();
  QIcon mark(const ChartSeries& series) const;

  TimeRange& range_;
  ChartContent content_;
  Scheme scheme_ = Scheme::light;
  Plot* plot_;
  QTreeWidget* legend_;
};

}  // namespace milter_manager::gui
