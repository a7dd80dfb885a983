// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/model/hosts.h"

#include <QCoreApplication>
#include <algorithm>

namespace milter_manager::gui {

int Hosts::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(hosts_.size()) + 1;
}

QVariant Hosts::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) return {};
  const QString name = QString::fromStdString(host(index.row()));
  if (role == Qt::UserRole) return name;
  if (role == Qt::DisplayRole) return index.row() == 0 ? tr("All hosts") : name;
  return {};
}

void Hosts::set_hosts(const std::vector<std::string>& hosts) {
  if (hosts == hosts_) return;
  beginResetModel();
  hosts_ = hosts;
  endResetModel();
}

int Hosts::row_of(const std::string& host) const {
  if (host.empty()) return 0;
  const auto found = std::find(hosts_.begin(), hosts_.end(), host);
  return found == hosts_.end() ? -1 : static_cast<int>(found - hosts_.begin()) + 1;
}

std::string Hosts::host(int row) const {
  const auto place = static_cast<std::size_t>(row);
  return row < 1 || place > hosts_.size() ? std::string() : hosts_[place - 1];
}

}  // namespace milter_manager::gui
