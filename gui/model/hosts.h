// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractListModel>
#include <string>
#include <vector>

namespace milter_manager::gui {

// The hosts of a source: "All hosts" in the first row, then each.
class Hosts : public QAbstractListModel {
  Q_OBJECT
 public:
  using QAbstractListModel::QAbstractListModel;

  int rowCount(const QModelIndex& parent = {}) const override;
  // UserRole: its name, "" for all.
  QVariant data(const QModelIndex& index, int role) const override;

  void set_hosts(const std::vector<std::string>& hosts);
  // "" for the first row, and where there is no such row.
  std::string host(int row) const;
  // The row of a host ("": all). -1: it is not in the list.
  int row_of(const std::string& host) const;

 private:
  std::vector<std::string> hosts_;
};

}  // namespace milter_manager::gui
