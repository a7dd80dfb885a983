// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/chart/curves.h"

#include <QPainter>
#include <QPolygonF>
#include <algorithm>

namespace milter_manager::gui {
namespace {

constexpr double kSecond = 1000;  // milliseconds

using Piece = std::vector<Point>;

QPolygonF polygon(const Mapping& mapping, const Piece& piece, bool is_on_right) {
  QPolygonF line;
  line.reserve(static_cast<qsizetype>(piece.size()));
  for (const Point& point : piece) {
    line.append({mapping.x(point.time), mapping.y(point.value, is_on_right)});
  }
  return line;
}

// Qt's time for a line, or an area, grows with the square of its corners: pieces of so many are drawn one by one.
constexpr qsizetype kCorners = 48;

template <class Draw>
void draw_in_parts(const QPolygonF& line, Draw draw) {
  for (qsizetype begin = 0; begin + 1 < line.size(); begin += kCorners) {
    draw(QPolygonF(line.mid(begin, kCorners + 1)));
  }
}

void draw_lines(QPainter& painter, const Mapping& mapping, const Pieces& pieces, bool is_on_right,
                const QPen& pen) {
  for (const Piece& piece : pieces) {
    if (piece.empty()) continue;
    const QPolygonF line = polygon(mapping, piece, is_on_right);
    if (line.size() > 1) {
      // Where there is a corner every few dots, a wider line shows no more, and takes ten times as long.
      QPen fine(pen);
      if (static_cast<double>(line.size()) > mapping.plot.width() / 4) fine.setWidth(0);
      painter.setPen(fine);
      painter.setBrush(Qt::NoBrush);
      draw_in_parts(line, [&](const QPolygonF& part) { painter.drawPolyline(part); });
      continue;
    }
    painter.setPen(Qt::NoPen);
    painter.setBrush(pen.color());
    painter.drawEllipse(line.front(), pen.widthF() * 1.5, pen.widthF() * 1.5);
  }
}

// Down to the axis: what stands below is drawn over it. Not smoothed: parts that touch would let the ground through.
void draw_area(QPainter& painter, const Mapping& mapping, const ChartSeries& series, const QColor& colour) {
  painter.setPen(QPen(colour, 0));
  painter.setBrush(colour);
  const double bottom = mapping.plot.bottom();
  for (const Piece& piece : series.line) {
    const QPolygonF edge = polygon(mapping, piece, series.is_on_right);
    draw_in_parts(edge, [&](QPolygonF part) {
      part << QPointF(part.back().x(), bottom) << QPointF(part.front().x(), bottom);
      painter.drawPolygon(part);
    });
    // A row alone has no width: a column of one dot shows it.
    if (edge.size() == 1) painter.drawLine(edge.front(), QPointF(edge.front().x(), bottom));
  }
}

}  // namespace

void draw_unknown(QPainter& painter, const Mapping& mapping, const std::vector<ChartSeries>& series,
                  const ChartPalette& palette) {
  const auto shade = [&](double from, double to) {
    const double left = std::max(mapping.x(from), mapping.plot.left());
    const double right = std::min(mapping.x(to), mapping.plot.right());
    if (right > left) {
      painter.fillRect(QRectF(left, mapping.plot.top(), right - left, mapping.plot.height()),
                       palette.unknown);
    }
  };
  double known_until = mapping.from;
  if (!series.empty()) {
    for (const Piece& piece : series.front().line) {
      if (piece.empty()) continue;
      shade(known_until, piece.front().time);
      known_until = piece.back().time;
    }
  }
  shade(known_until, mapping.to);
}

void draw_series(QPainter& painter, const Mapping& mapping, const std::vector<ChartSeries>& series,
                 const ChartPalette& palette) {
  painter.save();
  // Without the axis itself: of an area that is 0 nothing is to be seen.
  painter.setClipRect(mapping.plot.adjusted(0, -1, 0, -1));
  painter.setRenderHint(QPainter::Antialiasing, false);
  for (auto one = series.rbegin(); one != series.rend(); ++one) {
    if (one->is_shown && one->is_area) draw_area(painter, mapping, *one, palette.of(one->colour));
  }
  painter.setClipRect(mapping.plot.adjusted(-1, -1, 1, 1));
  painter.setRenderHint(QPainter::Antialiasing);
  for (const ChartSeries& one : series) {
    if (!one.is_shown) continue;
    const QColor colour = palette.of(one.colour);
    if (!one.is_area) {
      QPen pen(colour, 1.4 * palette.pen);
      pen.setJoinStyle(Qt::BevelJoin);
      if (one.is_dashed) pen.setDashPattern({6, 2});
      draw_lines(painter, mapping, one.line, one.is_on_right, pen);
    }
    // Over areas the earlier period is in the ink's colour: its own would be lost in them.
    QPen pen(one.is_area ? palette.ink : colour, 1.2 * palette.pen);
    pen.setDashPattern({3, 3});
    draw_lines(painter, mapping, one.earlier, one.is_on_right, pen);
  }
  painter.restore();
}

}  // namespace milter_manager::gui
