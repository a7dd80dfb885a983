// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/chart/frame.h"

#include <QCategoryAxis>
#include <QChart>
#include <QGraphicsLayout>
#include <QGraphicsScene>
#include <QLegend>
#include <QLineSeries>
#include <QPainter>
#include <QPen>

namespace milter_manager::gui {
namespace {

// An axis takes each label but once: "06:00" on the second day gets letters without width behind it.
void put_ticks(QCategoryAxis& axis, std::vector<Tick>& present, const std::vector<Tick>& ticks, double from,
               double to) {
  // Each label is laid out anew when it is put there: what takes longest while people zoom.
  if (!ticks.empty() && ticks == present) {
    axis.setStartValue(from);
    axis.setRange(from, to);
    return;
  }
  present = ticks;
  for (const QString& label : axis.categoriesLabels()) axis.remove(label);
  axis.setRange(from, to);
  axis.setStartValue(from);
  QString unique;
  for (const Tick& tick : ticks) {
    unique += QChar(0x200b);
    axis.append(tick.label + unique, tick.at);
  }
}

void paint_axis(QCategoryAxis& axis, const ChartPalette& palette, const QFont& font, bool has_grid) {
  axis.setLabelsPosition(QCategoryAxis::AxisLabelsPositionOnValue);
  axis.setLabelsFont(font);
  axis.setLabelsColor(palette.faint);
  axis.setTruncateLabels(false);
  axis.setLinePen(QPen(palette.axis, 1));
  axis.setGridLinePen(QPen(palette.grid, 1));
  axis.setGridLineVisible(has_grid);
}

}  // namespace

struct Frame::Parts {
  QGraphicsScene scene;
  QChart* chart = new QChart;
  // Axes have no scale without a series.
  QLineSeries* left_series = new QLineSeries;
  QLineSeries* right_series = new QLineSeries;
  QCategoryAxis* times = new QCategoryAxis;
  QCategoryAxis* values = new QCategoryAxis;
  QCategoryAxis* right_values = new QCategoryAxis;
  Axes present;  // what the axes have
};

Frame::Frame() : parts_(std::make_unique<Parts>()) {
  Parts& parts = *parts_;
  parts.scene.addItem(parts.chart);
  parts.scene.setItemIndexMethod(QGraphicsScene::NoIndex);
  parts.chart->setBackgroundVisible(false);
  parts.chart->legend()->hide();
  parts.chart->setMargins({});
  parts.chart->layout()->setContentsMargins(0, 0, 0, 0);
  parts.chart->addSeries(parts.left_series);
  parts.chart->addSeries(parts.right_series);
  parts.chart->addAxis(parts.times, Qt::AlignBottom);
  parts.chart->addAxis(parts.values, Qt::AlignLeft);
  parts.chart->addAxis(parts.right_values, Qt::AlignRight);
  parts.left_series->attachAxis(parts.times);
  parts.left_series->attachAxis(parts.values);
  parts.right_series->attachAxis(parts.times);
  parts.right_series->attachAxis(parts.right_values);
}

Frame::~Frame() = default;

void Frame::set_look(const ChartPalette& palette, const QFont& font) {
  paint_axis(*parts_->times, palette, font, true);
  paint_axis(*parts_->values, palette, font, true);
  paint_axis(*parts_->right_values, palette, font, false);
}

void Frame::set_axes(const Axes& axes) {
  Axes& present = parts_->present;
  put_ticks(*parts_->times, present.times, axes.times, axes.from, axes.to);
  if (!axes.values.empty()) put_ticks(*parts_->values, present.values, axes.values, 0, axes.values.back().at);
  parts_->right_values->setVisible(!axes.right_values.empty());
  if (!axes.right_values.empty()) {
    put_ticks(*parts_->right_values, present.right_values, axes.right_values, 0, axes.right_values.back().at);
  }
}

void Frame::draw(QPainter& painter, const QRectF& whole, const QRectF& plot) {
  QChart& chart = *parts_->chart;
  if (chart.size() != whole.size()) {
    // What is to be laid out in a new size at first forgets the plot's place.
    chart.resize(whole.size());
    chart.layout()->activate();
    chart.setPlotArea({});
  }
  chart.setPlotArea(plot.translated(-whole.topLeft()));
  chart.layout()->invalidate();
  chart.layout()->activate();
  parts_->scene.setSceneRect(QRectF(QPointF(), whole.size()));
  parts_->scene.render(&painter, whole, parts_->scene.sceneRect());
}

}  // namespace milter_manager::gui
