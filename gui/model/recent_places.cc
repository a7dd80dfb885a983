// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/model/recent_places.h"

#include <QSettings>
#include <algorithm>

namespace milter_manager::gui {
namespace {

const QString kKey = QStringLiteral("recent_places");
const char* const kWords[] = {"folder", "ssh", "logs", "controller", "metrics"};

// The kind is kept with it: what was a log is one even where it is gone.
std::optional<Place> read(const QString& text) {
  const qsizetype space = text.indexOf(' ');
  for (std::size_t kind = 0; kind < std::size(kWords); ++kind) {
    if (text.left(space) != QLatin1String(kWords[kind])) continue;
    const QString rest = text.mid(space + 1);
    if (space < 0 || rest.isEmpty()) return std::nullopt;
    const auto as = static_cast<Place::Kind>(kind);
    if (as == Place::Kind::folder || as == Place::Kind::logs) {
      const QStringList paths = rest.split('\n', Qt::SkipEmptyParts);
      if (paths.isEmpty() || (as == Place::Kind::folder && paths.size() > 1)) return std::nullopt;
      return Place{.kind = as, .paths = paths, .host = {}, .address = {}};
    }
    const auto place = parse_place({rest});
    if (place && place->kind == as) return *place;
  }
  return std::nullopt;
}

QString written(const Place& place) {
  return QLatin1String(kWords[static_cast<std::size_t>(place.kind)]) + QString(' ') + text_of(place);
}

}  // namespace

RecentPlaces::RecentPlaces(QSettings& settings, QObject* parent)
    : QAbstractListModel(parent), settings_(settings) {
  for (const QString& text : settings_.value(kKey).toStringList()) {
    const auto place = read(text);
    if (place && places_.size() < kMost && !places_.contains(*place)) places_.push_back(*place);
  }
}

int RecentPlaces::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(places_.size());
}

QVariant RecentPlaces::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) return {};
  const Place& place = places_[index.row()];
  if (role == Qt::DisplayRole) return title_of(place);
  if (role == Qt::ToolTipRole) return text_of(place);
  return {};
}

void RecentPlaces::add(const Place& place) {
  const qsizetype at = places_.indexOf(place);
  if (at == 0) return;
  if (at > 0) {
    beginMoveRows({}, static_cast<int>(at), static_cast<int>(at), {}, 0);
    places_.move(at, 0);
    endMoveRows();
  } else {
    if (places_.size() == kMost) {
      beginRemoveRows({}, kMost - 1, kMost - 1);
      places_.removeLast();
      endRemoveRows();
    }
    beginInsertRows({}, 0, 0);
    places_.push_front(place);
    endInsertRows();
  }
  store();
}

void RecentPlaces::clear() {
  beginResetModel();
  places_.clear();
  endResetModel();
  store();
}

void RecentPlaces::store() {
  QStringList texts;
  for (const Place& place : places_) texts.push_back(written(place));
  settings_.setValue(kKey, texts);
}

}  // namespace milter_manager::gui
