// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/pages/milter_delegate.h"

#include <QApplication>
#include <QCoreApplication>
#include <QPainter>
#include <algorithm>
#include <cmath>

#include "gui/chart/ticks.h"
#include "gui/model/milters.h"

namespace milter_manager::gui {
namespace {

constexpr int kMargin = 8;  // dots
constexpr double kSparklineWidth = 64;

QString words(const char* text) { return QCoreApplication::translate("MilterDelegate", text); }

// A full dot: it works; a ring: it does nothing; a cross: something is wrong.
void draw_state(QPainter& painter, const QRectF& where, MilterState state, const ChartPalette& palette) {
  const QRectF dot = where.adjusted(1, 1, -1, -1);
  painter.setBrush(Qt::NoBrush);
  switch (state) {
    case MilterState::failing:
    case MilterState::unreachable:
      painter.setPen(QPen(palette.alarm, 2.2));
      painter.drawLine(dot.topLeft(), dot.bottomRight());
      painter.drawLine(dot.topRight(), dot.bottomLeft());
      return;
    case MilterState::active:
    case MilterState::reachable:
      painter.setPen(Qt::NoPen);
      painter.setBrush(palette.of({0x267355, 0x38c65c}));
      painter.drawEllipse(dot);
      return;
    case MilterState::unknown:
    case MilterState::silent:
    case MilterState::disabled:
    case MilterState::stopped:
      painter.setPen(QPen(palette.axis, 1.6));
      painter.drawEllipse(dot);
  }
}

void draw_sparkline(QPainter& painter, const QRectF& where, const QList<double>& values,
                    const QColor& colour) {
  double top = 0;
  for (const double value : values) top = std::isnan(value) ? top : std::max(top, value);
  if (values.size() < 2 || top <= 0) return;
  painter.setPen(QPen(colour, 1.2));
  painter.setBrush(Qt::NoBrush);
  QPolygonF line;
  for (qsizetype i = 0; i <= values.size(); ++i) {
    if (i < values.size() && !std::isnan(values[i])) {
      const double part = static_cast<double>(i) / static_cast<double>(values.size() - 1);
      line.append({where.left() + part * where.width(), where.bottom() - values[i] / top * where.height()});
      continue;
    }
    if (line.size() > 1) painter.drawPolyline(line);
    line.clear();
  }
}

}  // namespace

QSize MilterDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& /*index*/) const {
  return {option.fontMetrics.averageCharWidth() * 28, 2 * option.fontMetrics.height() + 2 * kMargin};
}

void MilterDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                           const QModelIndex& index) const {
  const bool is_selected = option.state & QStyle::State_Selected;
  const ChartPalette& palette = chart_palette(scheme_);
  const QColor ink = is_selected ? option.palette.color(QPalette::HighlightedText) : palette.ink;
  const QColor faint = is_selected ? ink : palette.faint;
  painter->save();
  painter->setRenderHint(QPainter::Antialiasing);
  if (is_selected) painter->fillRect(option.rect, option.palette.color(QPalette::Highlight));
  if (option.state & QStyle::State_HasFocus) {
    painter->setPen(QPen(is_selected ? ink : palette.accent, 1, Qt::DotLine));
    painter->drawRect(QRectF(option.rect).adjusted(1.5, 1.5, -1.5, -1.5));
  }
  const QRectF whole = QRectF(option.rect).adjusted(kMargin, kMargin, -kMargin, -kMargin);
  const double row = option.fontMetrics.height();
  const double mark = row * 0.6;

  const QRectF state(whole.left(), whole.top() + (row - mark) / 2, mark, mark);
  if (is_selected) {
    painter->setPen(Qt::NoPen);
    painter->setBrush(palette.paper);
    painter->drawEllipse(state.adjusted(-2, -2, 2, 2));
  }
  draw_state(*painter, state, static_cast<MilterState>(index.data(Milters::StateRole).toInt()), palette);

  const double left = state.right() + kMargin;
  double text_width = whole.right() - left;
  if (index.data(Milters::EvaluatedRole).toBool()) {
    const QString trial = words(QT_TRANSLATE_NOOP("MilterDelegate", "evaluation"));
    const double width = option.fontMetrics.horizontalAdvance(trial) + kMargin;
    const QRectF badge(whole.right() - width, whole.top(), width, row);
    painter->setFont(option.font);
    painter->setPen(QPen(faint, 1));
    painter->setBrush(Qt::NoBrush);
    painter->drawRoundedRect(badge, 3, 3);
    painter->drawText(badge, Qt::AlignCenter | Qt::TextSingleLine, trial);
    text_width -= width + kMargin;
  }
  QFont bold(option.font);
  bold.setBold(index.row() == 0);
  painter->setFont(bold);
  painter->setPen(ink);
  const QString name = index.data(Qt::DisplayRole).toString();
  painter->drawText(QRectF(left, whole.top(), text_width, row),
                    Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine,
                    QFontMetricsF(bold).elidedText(name, Qt::ElideMiddle, text_width));

  QStringList about;
  const QVariant share = index.data(Milters::RejectShareRole);
  if (share.isValid()) {
    //: %1 is a share of mails
    about += words(QT_TRANSLATE_NOOP("MilterDelegate", "%1 % rejected"))
                 .arg(exact_number(share.toDouble() * 100, QLocale()));
  }
  const QString error = index.data(Milters::LastErrorRole).toString();
  if (!error.isEmpty()) about += error;
  painter->setFont(option.font);
  painter->setPen(faint);
  const QRectF line(left, whole.top() + row + 2, whole.right() - left - kSparklineWidth - kMargin, row);
  painter->drawText(line, Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine,
                    option.fontMetrics.elidedText(about.join(QStringLiteral(" · ")), Qt::ElideRight,
                                                  static_cast<int>(line.width())));
  draw_sparkline(*painter, QRectF(whole.right() - kSparklineWidth, line.top() + 1, kSparklineWidth, row - 3),
                 index.data(Milters::SparklineRole).value<QList<double>>(),
                 is_selected ? ink : palette.of({0x4583ff, 0x6fa5ff}));
  painter->restore();
}

}  // namespace milter_manager::gui
