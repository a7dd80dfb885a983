// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/model/milters.h"

#include <QCoreApplication>
#include <QLocale>
#include <algorithm>
#include <iterator>

namespace milter_manager::gui {

int Milters::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(rows_.size());
}

QVariant Milters::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) return {};
  const MilterOverview& row = rows_[static_cast<std::size_t>(index.row())];
  const QString name = QString::fromStdString(row.name);
  switch (role) {
    case Qt::DisplayRole:
      return index.row() == 0 ? tr("All milters") : name;
    case Qt::ToolTipRole:
    case Qt::AccessibleTextRole:
      return sentence(row);
    case NameRole:
      return name;
    case StateRole:
      return static_cast<int>(row.state);
    case RejectShareRole:
      return row.reject_share ? QVariant(*row.reject_share) : QVariant();
    case SparklineRole:
      return QVariant::fromValue(QList<double>(row.sparkline.begin(), row.sparkline.end()));
    case EvaluatedRole:
      return row.is_evaluated;
    case LastErrorRole:
      return QString::fromStdString(row.last_error);
    default:
      return {};
  }
}

QHash<int, QByteArray> Milters::roleNames() const {
  QHash<int, QByteArray> names = QAbstractListModel::roleNames();
  names.insert({{NameRole, "name"},
                {StateRole, "state"},
                {RejectShareRole, "reject_share"},
                {SparklineRole, "sparkline"},
                {EvaluatedRole, "evaluated"},
                {LastErrorRole, "last_error"}});
  return names;
}

void Milters::set_contents(const Contents& contents) {
  std::vector<MilterOverview> rows;
  rows.push_back(rows_.front());
  for (const std::string& name : contents.milters) {
    const int at = row_of(name);
    rows.push_back(at > 0 ? rows_[static_cast<std::size_t>(at)] : MilterOverview{.name = name});
  }
  renew(std::move(rows));
}

void Milters::set_overview(const Overview& overview) {
  std::vector<MilterOverview> rows{overview.manager};
  rows.front().name.clear();
  rows.insert(rows.end(), overview.milters.begin(), overview.milters.end());
  renew(std::move(rows));
}

// Rows are sorted by name, so that what goes and what comes can be told in one pass.
void Milters::renew(std::vector<MilterOverview> rows) {
  const auto by_name = [](const MilterOverview& a, const MilterOverview& b) { return a.name < b.name; };
  std::sort(rows.begin() + 1, rows.end(), by_name);
  rows.erase(std::unique(rows.begin() + 1, rows.end(),
                         [](const auto& a, const auto& b) { return a.name == b.name; }),
             rows.end());
  for (std::size_t at = rows_.size(); at-- > 1;) {
    if (std::binary_search(rows.begin() + 1, rows.end(), rows_[at], by_name)) continue;
    beginRemoveRows({}, static_cast<int>(at), static_cast<int>(at));
    rows_.erase(rows_.begin() + static_cast<std::ptrdiff_t>(at));
    endRemoveRows();
  }
  for (std::size_t at = 1; at < rows.size(); ++at) {
    if (at < rows_.size() && rows_[at].name == rows[at].name) continue;
    beginInsertRows({}, static_cast<int>(at), static_cast<int>(at));
    rows_.insert(rows_.begin() + static_cast<std::ptrdiff_t>(at), rows[at]);
    endInsertRows();
  }
  rows_ = std::move(rows);
  emit dataChanged(index(0), index(static_cast<int>(rows_.size()) - 1));
}

int Milters::row_of(const std::string& milter) const {
  if (milter.empty()) return 0;
  const auto found =
      std::find_if(rows_.begin() + 1, rows_.end(), [&](const auto& row) { return row.name == milter; });
  return found == rows_.end() ? -1 : static_cast<int>(found - rows_.begin());
}

std::string Milters::milter(int row) const {
  const auto place = static_cast<std::size_t>(row);
  return row < 0 || place >= rows_.size() ? std::string() : rows_[place].name;
}

QString Milters::text_of(MilterState state) {
  switch (state) {
    case MilterState::unknown:
      return tr("not known");
    case MilterState::active:
      return tr("active");
    case MilterState::silent:
      return tr("without mail");
    case MilterState::failing:
      return tr("failing");
    case MilterState::reachable:
      return tr("reachable");
    case MilterState::unreachable:
      return tr("unreachable");
    case MilterState::disabled:
      return tr("disabled");
    case MilterState::stopped:
      return tr("stopped");
  }
  return {};
}

QString Milters::sentence(const MilterOverview& row) const {
  QString text = row.name.empty() ? tr("All milters") : QString::fromStdString(row.name);
  text += ": " + text_of(row.state);
  if (row.reject_share)
    text += ", " + tr("rejects %1 %").arg(QLocale().toString(*row.reject_share * 100, 'f', 1));
  if (row.is_evaluated) text += ", " + tr("in evaluation");
  if (!row.last_error.empty()) text += ". " + QString::fromStdString(row.last_error);
  return text;
}

}  // namespace milter_manager::gui
