// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractListModel>
#include <vector>

#include "gui/model/contents.h"

namespace milter_manager::gui {

// The list on the left: the manager in the first row, then the milters. A milter keeps its row's persistent index while the list is
// renewed, so that what is selected stays so.
class Milters : public QAbstractListModel {
  Q_OBJECT
 public:
  enum Role : int {
    NameRole = Qt::UserRole,  // QString; "" for the manager
    StateRole,                // int, of MilterState
    RejectShareRole,          // double 0…1, or no value
    SparklineRole,            // QList<double>; NaN: a gap
    EvaluatedRole,            // bool
    LastErrorRole,            // QString
  };

  using QAbstractListModel::QAbstractListModel;

  int rowCount(const QModelIndex& parent = {}) const override;
  // Display: the name, "All milters" for the manager. Tool tip and AccessibleText: a sentence with state, share and evaluation.
  QVariant data(const QModelIndex& index, int role) const override;
  QHash<int, QByteArray> roleNames() const override;

  // Names only, before their numbers are known. Numbers of milters that stay are kept.
  void set_contents(const Contents& contents);
  void set_overview(const Overview& overview);
  // The row of a milter ("": the manager). -1: it is not in the list.
  int row_of(const std::string& milter) const;
  std::string milter(int row) const;

  static QString text_of(MilterState state);

 private:
  void renew(std::vector<MilterOverview> rows);
  QString sentence(const MilterOverview& row) const;

  std::vector<MilterOverview> rows_ = std::vector<MilterOverview>(1);
};

}  // namespace milter_manager::gui
