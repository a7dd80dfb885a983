// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <functional>
#include <optional>

#include "gui/chart/content.h"
#include "gui/chart/drawing.h"

namespace milter_manager::gui {

// Curves over numbers (not time), with a mark at one of them: what a slider stands on. A click moves the mark.
class MarkedPlot : public QWidget {
 public:
  explicit MarkedPlot(QWidget* parent = nullptr);

  void set_scheme(Scheme scheme);
  // `from` to `to`: of the axis below.
  void set_content(ChartContent content, double from, double to);
  const ChartContent& content() const { return content_; }
  // A line up from that number; none: no mark.
  void set_mark(std::optional<double> at);
  // Called with the number that was clicked at.
  void on_click(std::function<void(double at)> use) { use_ = std::move(use); }

  QSize sizeHint() const override { return {480, 220}; }
  QSize minimumSizeHint() const override { return {240, 140}; }

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;

 private:
  void click(double x);
  double legend_height() const;
  Mapping mapping() const;

  // Drawing changes what it lays axes out with.
  Drawing drawing_;
  ChartContent content_;
  double from_ = 0, to_ = 1;
  std::optional<double> mark_;
  std::function<void(double)> use_;
};

}  // namespace milter_manager::gui
