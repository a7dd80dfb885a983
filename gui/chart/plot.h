// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPixmap>
#include <QWidget>
#include <functional>
#include <optional>

#include "gui/chart/content.h"
#include "gui/chart/curves.h"
#include "gui/chart/drawing.h"
#include "gui/chart/time_range.h"

namespace milter_manager::gui {

// The part of a chart that curves are on, and with which people move the range:
//
//   drag, one finger                 pan             wheel, two fingers           zoom where the pointer is
//   shift and drag                   zoom to that    wheel with shift, or across  pan
//   double click                     zoom in         double click with shift      zoom out
//   Left, Right, PageUp, PageDown    pan             Plus, Minus                  zoom
//   Home, End                        to the limits   Ctrl+Left, Ctrl+Right        move the cross-hair; Escape hides it
class Plot : public QWidget {
 public:
  Plot(TimeRange& range, QWidget* parent);

  void set_scheme(Scheme scheme);
  // Draws this from now on; the content stays the caller's.
  void set_content(const ChartContent* content);
  // How many columns of dots curves have.
  int columns() const;
  void renew();

  QSize sizeHint() const override { return {640, 180}; }
  QSize minimumSizeHint() const override { return {200, 90}; }

 protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void changeEvent(QEvent* event) override;
  bool event(QEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void mouseDoubleClickEvent(QMouseEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void leaveEvent(QEvent* event) override;

 private:
  double time_at(double x) const;
  void point_at(double x);
  void step_pointer(int columns);
  void draw_pointer(QPainter& painter);
  bool pinch(QEvent* event);

  TimeRange& range_;
  Drawing drawing_;
  const ChartContent* content_ = nullptr;
  QPixmap picture_;                      // all but the cross-hair; null: to be drawn anew
  std::optional<double> panned_from_;    // x of the last move while a button is down
  std::optional<double> selected_from_;  // x where the selection began
  double selected_to_ = 0;
};

}  // namespace milter_manager::gui
