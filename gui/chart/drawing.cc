// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/chart/drawing.h"

#include <QFontMetricsF>
#include <QPainter>
#include <QTimeZone>
#include <algorithm>

namespace milter_manager::gui {
namespace {

// Widest of what short_number() writes.
constexpr const char* kWidestNumber = "888.8 k";
constexpr double kGap = 6;  // dots between text and line

}  // namespace

void Drawing::set_look(Scheme scheme, const QFont& font) {
  palette_ = &chart_palette(scheme);
  font_ = font;
  frame_.set_look(*palette_, font_);
}

QRectF Drawing::plot_in(const QRectF& whole, bool has_words_below) const {
  const QFontMetricsF metrics(font_);
  const double side = metrics.horizontalAdvance(QLatin1String(kWidestNumber)) + 2 * kGap;
  const double above = metrics.height() + 2 * kGap;
  const double below = (has_words_below ? 2 : 1) * metrics.height() + 2 * kGap;
  return whole.adjusted(side, above, -side, -below);
}

Mapping Drawing::draw(QPainter& painter, const QRectF& whole, const ChartContent& content, double from,
                      double to) {
  const QLocale locale;
  const QFontMetricsF metrics(font_);
  Mapping mapping{plot_in(whole, !content.across_unit.isEmpty()), from, to, 1, 1};
  painter.fillRect(whole, palette_->paper);
  if (mapping.plot.width() < 10 || mapping.plot.height() < 10) return mapping;

  Frame::Axes axes{from, to, {}, {}, {}};
  const double label = metrics.horizontalAdvance(QStringLiteral("88 MMMM"));
  const int most_times = std::clamp(static_cast<int>(mapping.plot.width() / (label + 4 * kGap)), 2, 20);
  axes.times = content.across_unit.isEmpty()
                   ? time_ticks(from, to, most_times, QTimeZone::systemTimeZone(), locale)
                   : number_ticks(from, to, most_times, locale);
  const int most_values =
      std::clamp(static_cast<int>(mapping.plot.height() / (2.2 * metrics.height())), 1, 8);
  axes.values = value_ticks(content.highest, most_values, locale);
  mapping.top = axes.values.back().at;
  if (!content.right_unit.isEmpty()) {
    axes.right_values = value_ticks(content.right_highest, most_values, locale);
    mapping.right_top = axes.right_values.back().at;
  }
  if (content.message.isEmpty() && content.across_unit.isEmpty())
    draw_unknown(painter, mapping, content.series, *palette_);
  frame_.set_axes(axes);
  frame_.draw(painter, whole, mapping.plot);
  if (content.message.isEmpty()) draw_series(painter, mapping, content.series, *palette_);
  draw_texts(painter, whole, mapping.plot, content);
  return mapping;
}

void Drawing::draw_texts(QPainter& painter, const QRectF& whole, const QRectF& plot,
                         const ChartContent& content) const {
  const QFontMetricsF metrics(font_);
  QFont bold(font_);
  bold.setBold(true);
  const QRectF line(whole.left() + kGap, whole.top() + kGap, whole.width() - 2 * kGap, metrics.height());
  painter.setFont(bold);
  painter.setPen(palette_->ink);
  const double title_width = QFontMetricsF(bold).horizontalAdvance(content.title) + 2 * kGap;
  painter.drawText(line, Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine, content.title);
  painter.setFont(font_);
  painter.setPen(palette_->faint);
  painter.drawText(line.adjusted(title_width, 0, 0, 0), Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine,
                   content.unit);
  if (!content.right_unit.isEmpty()) {
    painter.drawText(line, Qt::AlignRight | Qt::AlignVCenter | Qt::TextSingleLine, content.right_unit);
  }
  if (!content.across_unit.isEmpty()) {
    painter.drawText(
        QRectF(plot.left(), whole.bottom() - metrics.height() - 1, plot.width(), metrics.height()),
        Qt::AlignHCenter | Qt::AlignVCenter | Qt::TextSingleLine, content.across_unit);
  }
  if (!content.message.isEmpty()) {
    const QRectF inner = plot.adjusted(kGap, kGap, -kGap, -kGap);
    constexpr int kHow = Qt::AlignCenter | Qt::TextWordWrap;
    // The grid does not go through the letters.
    painter.fillRect(painter.boundingRect(inner, kHow, content.message).adjusted(-kGap, -kGap, kGap, kGap),
                     palette_->paper);
    painter.setPen(palette_->ink);
    painter.drawText(inner, kHow, content.message);
  }
}

double Drawing::draw_legend(QPainter* painter, const QRectF& where, const ChartContent& content) const {
  const QFontMetricsF metrics(font_);
  const double row = metrics.height() + kGap / 2;
  const double mark = metrics.height() * 0.7;
  double x = where.left(), y = where.top();
  for (const ChartSeries& series : content.series) {
    if (!series.is_shown || series.is_zero) continue;
    const double width = mark + kGap + metrics.horizontalAdvance(series.name);
    if (x > where.left() && x + width > where.right()) {
      x = where.left();
      y += row;
    }
    if (painter) {
      const QColor colour = palette_->of(series.colour);
      const QRectF box(x, y + (row - mark) / 2, mark, mark);
      if (series.is_area) {
        painter->fillRect(box, colour);
      } else {
        QPen pen(colour, 2.5);
        if (series.is_dashed) pen.setDashPattern({1.5, 1});
        painter->setPen(pen);
        painter->drawLine(QPointF(box.left(), box.center().y()), QPointF(box.right(), box.center().y()));
      }
      painter->setFont(font_);
      painter->setPen(palette_->ink);
      painter->drawText(QRectF(box.right() + kGap, y, width, row), Qt::AlignLeft | Qt::AlignVCenter,
                        series.name);
    }
    x += width + 3 * kGap;
  }
  return y + row - where.top();
}

}  // namespace milter_manager::gui
