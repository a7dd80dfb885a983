// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractTableModel>
#include <optional>
#include <string>
#include <vector>

#include "gui/model/tuning.h"

namespace milter_manager::gui {

// Milters that are tried: what enforcement would have done, and what a control group, for which they are enforced, shows.
class Evaluations : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum Column : int {
    Milter,
    Judged,          // messages on trial
    Refused,         // of these: enforcement would have rejected, deferred, discarded or quarantined
    RefusedShare,    //
    Lost,            // rejected, discarded or quarantined
    CaughtToo,       // refused, and by another milter as well
    Unsupported,     // lost, and nothing but this milter speaks against it
    ControlJudged,   // the control group's
    ControlRefused,  //
    Conclusion,      // a sentence
    Columns,
  };
  // The part of mails that may be lost although nothing but this milter speaks against them.
  static constexpr double kLimit = 0.001;

  using QAbstractTableModel::QAbstractTableModel;

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  // EditRole: the number, or text; display: as text. No value where the source can't know it.
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

  void set_material(EvaluationMaterial material);
  // Null where archives were the source.
  const report::Trial* trial(int row) const;
  // Lines of milter-manager.conf that enforce the milter of a row.
  QString configuration(int row) const;

 private:
  struct Row {
    std::string milter;
    const report::Trial* trial = nullptr;  // the material's
    std::optional<report::ArchiveCounts> counts;
  };
  static QVariant sentence(const report::TrialConclusion& conclusion);

  EvaluationMaterial material_;
  std::vector<Row> rows_;
};

}  // namespace milter_manager::gui
