// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/chart/marked_plot.h"

#include <QMouseEvent>
#include <QPainter>
#include <algorithm>

namespace milter_manager::gui {

MarkedPlot::MarkedPlot(QWidget* parent) : QWidget(parent) {
  setAttribute(Qt::WA_OpaquePaintEvent);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
  drawing_.set_look(Scheme::light, font());
}

void MarkedPlot::set_scheme(Scheme scheme) {
  drawing_.set_look(scheme, font());
  update();
}

void MarkedPlot::set_content(ChartContent content, double from, double to) {
  content_ = std::move(content);
  from_ = from;
  to_ = std::max(to, from + 1);
  setAccessibleName(content_.title);
  setAccessibleDescription(content_.message);
  update();
}

void MarkedPlot::set_mark(std::optional<double> at) {
  mark_ = at;
  update();
}

double MarkedPlot::legend_height() const {
  const bool is_needed = content_.series.size() > 1 && content_.message.isEmpty();
  return is_needed ? drawing_.draw_legend(nullptr, QRectF(rect()).adjusted(12, 0, -12, 0), content_) + 6 : 0;
}

Mapping MarkedPlot::mapping() const {
  const QRectF whole = QRectF(rect()).adjusted(0, 0, 0, -legend_height());
  return {drawing_.plot_in(whole, !content_.across_unit.isEmpty()), from_, to_, 1, 1};
}

void MarkedPlot::paintEvent(QPaintEvent* /*event*/) {
  QPainter painter(this);
  painter.fillRect(rect(), drawing_.palette().paper);
  const double below = legend_height();
  const QRectF whole = QRectF(rect()).adjusted(0, 0, 0, -below);
  const Mapping mapping = drawing_.draw(painter, whole, content_, from_, to_);
  if (below > 0) drawing_.draw_legend(&painter, QRectF(12, whole.bottom(), width() - 24, below), content_);
  if (!mark_ || *mark_ < from_ || *mark_ > to_ || !content_.message.isEmpty()) return;
  const double x = mapping.x(*mark_);
  painter.setPen(QPen(drawing_.palette().accent, 2));
  painter.drawLine(QPointF(x, mapping.plot.top()), QPointF(x, mapping.plot.bottom()));
  painter.setBrush(drawing_.palette().accent);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(Qt::NoPen);
  const QPointF tip(x, mapping.plot.top());
  painter.drawPolygon(QPolygonF({tip + QPointF(-6, -8), tip + QPointF(6, -8), tip}));
}

void MarkedPlot::click(double x) {
  if (use_ && content_.message.isEmpty()) use_(mapping().time(x));
}

void MarkedPlot::mousePressEvent(QMouseEvent* event) {
  if (event->button() == Qt::LeftButton) click(event->position().x());
}

void MarkedPlot::mouseMoveEvent(QMouseEvent* event) {
  if (event->buttons() & Qt::LeftButton) click(event->position().x());
}

}  // namespace milter_manager::gui
