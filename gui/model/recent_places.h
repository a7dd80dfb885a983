// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractListModel>
#include <QList>
#include <memory>

#include "gui/model/place.h"

class QSettings;

namespace milter_manager::gui {

// What was opened before, the newest first, kept in settings. The display role is title_of(), the tool tip text_of().
class RecentPlaces : public QAbstractListModel {
  Q_OBJECT
 public:
  static constexpr int kMost = 12;

  // `settings` must outlive it. What can't be read in them is left out.
  explicit RecentPlaces(QSettings& settings, QObject* parent = nullptr);

  int rowCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;

  const Place& place(int row) const { return places_[row]; }
  // Puts it in front.
  void add(const Place& place);
  void clear();

 private:
  void store();

  QSettings& settings_;
  QList<Place> places_;
};

}  // namespace milter_manager::gui
