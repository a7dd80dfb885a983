// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/chart/chart.h"

#include <QAccessible>
#include <QEvent>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QPainter>
#include <QTimeZone>
#include <QTreeWidget>
#include <cmath>

#include "gui/chart/plot.h"
#include "gui/chart/ticks.h"

namespace milter_manager::gui {
namespace {

constexpr int kLegendWidth = 42;  // letters

bool looks_alike(const ChartContent& a, const ChartContent& b) {
  if (a.title != b.title || a.series.size() != b.series.size()) return false;
  for (std::size_t i = 0; i < a.series.size(); ++i) {
    const ChartSeries& one = a.series[i];
    const ChartSeries& other = b.series[i];
    if (one.name != other.name || one.colour != other.colour || one.is_shown != other.is_shown) return false;
  }
  return true;
}

}  // namespace

Chart::Chart(TimeRange& range, QWidget* parent)
    : QWidget(parent), range_(range), plot_(new Plot(range, this)), legend_(new QTreeWidget(this)) {
  auto* layout = new QHBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(0);
  layout->addWidget(plot_, 1);
  layout->addWidget(legend_);
  legend_->setColumnCount(2);
  legend_->setRootIsDecorated(false);
  legend_->setFrameShape(QFrame::NoFrame);
  legend_->setUniformRowHeights(true);
  legend_->setSelectionMode(QAbstractItemView::SingleSelection);
  legend_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  legend_->header()->setStretchLastSection(false);
  legend_->header()->setSectionsClickable(false);
  legend_->header()->setMinimumSectionSize(10);
  legend_->header()->setSectionResizeMode(0, QHeaderView::Stretch);
  legend_->header()->setSectionResizeMode(1, QHeaderView::ResizeToContents);
  legend_->setFixedWidth(fontMetrics().averageCharWidth() * kLegendWidth);
  connect(&range_, &TimeRange::pointed_changed, this, &Chart::tell_values);
  connect(legend_, &QTreeWidget::itemChanged, this, [this](QTreeWidgetItem* item, int column) {
    const int series = legend_->indexOfTopLevelItem(item);
    if (column != 0 || series < 0) return;
    const bool is_shown = item->checkState(0) == Qt::Checked;
    if (content_.series[static_cast<std::size_t>(series)].is_shown == is_shown) return;
    content_.series[static_cast<std::size_t>(series)].is_shown = is_shown;
    plot_->renew();
    emit series_toggled(series, is_shown);
  });
}

void Chart::set_content(ChartContent content) {
  const bool is_same = looks_alike(content, content_);
  content_ = std::move(content);
  plot_->set_content(&content_);
  if (is_same) {
    tell_values();
    return;
  }
  plot_->setAccessibleName(content_.title);
  legend_->setAccessibleName(tr("Series of %1").arg(content_.title));
  fill_legend();
}

void Chart::set_scheme(Scheme scheme) {
  scheme_ = scheme;
  plot_->set_scheme(scheme);
  fill_legend();
}

int Chart::columns() const { return plot_->columns(); }

QWidget* Chart::plot() const { return plot_; }

QIcon Chart::mark(const ChartSeries& series) const {
  constexpr int kSide = 14;
  QPixmap picture(QSize(kSide, kSide) * devicePixelRatioF());
  picture.setDevicePixelRatio(devicePixelRatioF());
  picture.fill(Qt::transparent);
  QPainter painter(&picture);
  const ChartPalette& palette = chart_palette(scheme_);
  const QColor colour = palette.of(series.colour);
  if (series.is_area) {
    painter.fillRect(QRectF(1, 1, kSide - 2, kSide - 2), colour);
  } else {
    QPen pen(colour, 3);
    if (series.is_dashed) pen.setDashPattern({1.4, 0.9});
    painter.setPen(pen);
    painter.drawLine(QPointF(0, kSide / 2.0), QPointF(kSide, kSide / 2.0));
  }
  return QIcon(picture);
}

void Chart::fill_legend() {
  const QSignalBlocker blocker(legend_);
  while (legend_->topLevelItemCount() > static_cast<int>(content_.series.size())) {
    delete legend_->takeTopLevelItem(legend_->topLevelItemCount() - 1);
  }
  for (std::size_t i = 0; i < content_.series.size(); ++i) {
    const ChartSeries& series = content_.series[i];
    QTreeWidgetItem* item = legend_->topLevelItem(static_cast<int>(i));
    if (!item) item = new QTreeWidgetItem(legend_);
    item->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemIsUserCheckable);
    item->setText(0, series.name);
    item->setToolTip(0, series.name);
    item->setIcon(0, mark(series));
    item->setCheckState(0, series.is_shown ? Qt::Checked : Qt::Unchecked);
    // Some styles' empty boxes can hardly be seen on dark grounds.
    QFont letters = legend_->font();
    letters.setStrikeOut(!series.is_shown);
    item->setFont(0, letters);
    item->setTextAlignment(1, Qt::AlignRight | Qt::AlignVCenter);
  }
  tell_values();
}

void Chart::tell_values() {
  const QSignalBlocker blocker(legend_);
  const double time = range_.pointed();
  const bool is_pointed = !std::isnan(time) && content_.reading && content_.message.isEmpty();
  const QLocale locale;
  QString head, spoken;
  if (is_pointed) head = moment_text(time, range_.length(), QTimeZone::systemTimeZone(), locale);
  QStringList told;
  for (int i = 0; i < legend_->topLevelItemCount(); ++i) {
    QTreeWidgetItem* item = legend_->topLevelItem(i);
    const QString value =
        is_pointed ? exact_number(content_.reading(static_cast<std::size_t>(i), time), locale) : QString();
    if (item->text(1) != value) item->setText(1, value);
    if (is_pointed && content_.series[static_cast<std::size_t>(i)].is_shown)
      told += item->text(0) + ' ' + value;
  }
  legend_->header()->setVisible(legend_->topLevelItemCount() > 0);
  legend_->headerItem()->setText(0, head);
  legend_->headerItem()->setText(1, QString());
  spoken = is_pointed ? head + QStringLiteral(": ") + told.join(QStringLiteral(", ")) : content_.message;
  if (plot_->accessibleDescription() == spoken) return;
  plot_->setAccessibleDescription(spoken);
}

void Chart::changeEvent(QEvent* event) {
  if (event->type() == QEvent::FontChange)
    legend_->setFixedWidth(fontMetrics().averageCharWidth() * kLegendWidth);
  QWidget::changeEvent(event);
}

}  // namespace milter_manager::gui
