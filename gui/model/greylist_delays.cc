// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/model/greylist_delays.h"

#include <cmath>

#include "gui/model/shown.h"
#include "milter-report/model/setting_text.h"

namespace milter_manager::gui {

int GreylistDelays::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(delays_.effects.size());
}
int GreylistDelays::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : Columns; }

QVariant GreylistDelays::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) return {};
  if (role == Qt::TextAlignmentRole) return QVariant(Qt::AlignRight | Qt::AlignVCenter);
  if (role != Qt::DisplayRole && role != Qt::EditRole) return {};
  const bool as_text = role == Qt::DisplayRole;
  const report::DelayEffect& effect = delays_.effects[static_cast<std::size_t>(index.row())];
  const auto count = [&](std::uint64_t value) {
    return as_text ? QVariant(shown_count(value)) : QVariant(static_cast<qulonglong>(value));
  };
  // Who did not pass has not waited either.
  const auto wait = [&](double value) {
    if (effect.passed == 0) return QVariant();
    return as_text ? QVariant(shown_seconds(value)) : QVariant(value);
  };
  switch (index.column()) {
    case Delay:
      return as_text ? QVariant(QString::fromStdString(report::greylist_time(effect.delay)))
                     : QVariant(effect.delay);
    case Caught:
      return count(effect.caught);
    case CaughtShare: {
      const report::Proportion share{static_cast<double>(effect.caught),
                                     static_cast<double>(delays_.episodes)};
      return as_text ? QVariant(shown_share(share.value())) : QVariant(share.value());
    }
    case Passed:
      return count(effect.passed);
    case MedianWait:
      return wait(effect.median_wait);
    case P95Wait:
      return wait(effect.p95_wait);
    case MeanWait:
      return wait(effect.mean_wait);
    case Known:
      return as_text ? QVariant(effect.is_estimate ? tr("estimate") : tr("replayed"))
                     : QVariant(!effect.is_estimate);
    default:
      return {};
  }
}

QVariant GreylistDelays::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || role != Qt::DisplayRole) return {};
  switch (section) {
    case Delay:
      return tr("Delay");
    case Caught:
      return tr("Never pass");
    case CaughtShare:
      return tr("Of the deferred");
    case Passed:
      return tr("Pass");
    case MedianWait:
      return tr("Median wait");
    case P95Wait:
      return tr("95 of 100 wait less than");
    case MeanWait:
      return tr("Mean wait");
    case Known:
      return tr("Known by");
    default:
      return {};
  }
}

void GreylistDelays::set_delays(report::GreylistDelays delays) {
  beginResetModel();
  delays_ = std::move(delays);
  endResetModel();
}

int GreylistDelays::row_of(double seconds) const {
  const double row = std::round(seconds / 60) - 1;
  return row >= 0 && row < static_cast<double>(delays_.effects.size()) ? static_cast<int>(row) : -1;
}

QString GreylistDelays::configuration(double delay, double autowhite) {
  return QStringLiteral("subnetmatch /24\ngreylist %1\nautowhite %2\n")
      .arg(QString::fromStdString(report::greylist_time(delay)),
           QString::fromStdString(report::greylist_time(autowhite)));
}

}  // namespace milter_manager::gui
