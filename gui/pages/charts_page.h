// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFuture>
#include <QTimer>
#include <QWidget>
#include <array>
#include <chrono>

#include "gui/chart/palette.h"
#include "gui/pages/chart_content.h"
#include "gui/source/source.h"

namespace milter_manager::gui {

class Chart;
class MessageBar;
class TimeRange;

// The charts of one milter, or of all, one below the other, over one range. While people zoom and pan the numbers at hand are drawn
// at once; finer ones are asked for, and take their place when they are there.
class ChartsPage : public QWidget {
  Q_OBJECT

 public:
  explicit ChartsPage(TimeRange& range, QWidget* parent = nullptr);

  // `source` may be null; it must outlive the page, or be taken back before it goes.
  void set_source(Source* source);
  void set_subject(const std::string& host, const std::string& milter);
  // How much earlier the period is that is laid over the present one, dashed; 0: none.
  void set_comparison(std::chrono::seconds before);
  void set_peaks(bool peaks);
  void set_scheme(Scheme scheme);
  // Asks for all numbers anew.
  void renew();

  // What is seen: charts with something to show, top down; for export.
  std::vector<ChartContent> contents() const;
  std::vector<ChartData> numbers() const;

 signals:
  // The first time after set_source() that a chart shows numbers.
  void first_shown();

 private:
  struct Shown {
    Chart* chart = nullptr;
    ChartNumbers numbers;
    Toggled toggled;
    QFuture<Result<ChartData>> present, earlier;  // under way
    QString failure;
  };
  void ask();
  void ask(Shown& shown, ChartKind kind);
  void take(Shown& shown, Result<ChartData> answer, bool is_earlier);
  void draw(Shown& shown, ChartKind kind);
  void draw_all();
  void tell_failures();
  Period visible() const;

  TimeRange& range_;
  Source* source_ = nullptr;
  std::string host_, milter_;
  std::chrono::seconds before_{0};
  bool peaks_ = false;
  bool is_first_ = true;
  MessageBar* messages_;
  std::array<Shown, std::size(kChartKinds)> shown_;
  QTimer pause_;  // between two questions while the range moves
};

}  // namespace milter_manager::gui
