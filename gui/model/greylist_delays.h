// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractTableModel>
#include <optional>

#include "gui/model/tuning.h"

namespace milter_manager::gui {

// What other greylisting delays would have done: a row a minute. The slider is on a row.
class GreylistDelays : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum Column : int { Delay, Caught, CaughtShare, Passed, MedianWait, P95Wait, MeanWait, Known, Columns };

  using QAbstractTableModel::QAbstractTableModel;

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  // EditRole: the number (seconds, mails, share 0…1; Known: bool, whether it was replayed); display: as text.
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

  void set_delays(report::GreylistDelays delays);
  const report::GreylistDelays& delays() const { return delays_; }
  // The row of a delay, to the nearest minute. -1: there is none.
  int row_of(double seconds) const;
  // "subnetmatch /24", "greylist 10m", "autowhite 7d": lines of greylist.conf. `autowhite`: seconds.
  static QString configuration(double delay, double autowhite);

 private:
  report::GreylistDelays delays_;
};

}  // namespace milter_manager::gui
