// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractTableModel>
#include <QDate>
#include <cstdint>
#include <optional>
#include <vector>

#include "gui/model/tuning.h"
#include "milter-report/model/worker_count.h"
#include "milter-report/model/worker_curve.h"

namespace milter_manager::gui {

// How many children spamd needs: a row for each number of them, what it would do and what it takes. The slider is on a row.
class SpamdChildren : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum Column : int { Children, WaitingShare, MeanWait, LongestWait, Memory, Columns };

  static constexpr std::uint32_t kMost = 256;  // rows at most
  static constexpr std::uint64_t kUsualMemory = std::uint64_t{80}
                                                << 20;  // bytes of a child, where nobody says

  using QAbstractTableModel::QAbstractTableModel;

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  // EditRole: the number (share 0…1, seconds, bytes); display: as text. No value where it is not known.
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

  // Computes the curve: some tens of milliseconds for a busy day. To do so elsewhere call compute() there.
  struct Curve {
    std::vector<report::WorkerEffect> effects;  // for 1, 2 … children
    std::vector<double> seconds_at_once;        // [k]: how long k mails were worked on at once
    std::optional<report::BusyHour> busiest;    // hour
    std::optional<report::WorkerCount> count;   // where there is single work
    std::vector<QDate> days;                    // of the work, UTC: one can be chosen for replay
    std::optional<std::uint32_t> now;           // --max-children in force, as spamd's own lines tell
  };
  // `host`: one of the material's. `day`: only its work; none: all.
  static Curve compute(const WorkersMaterial& material, const std::string& host, std::optional<QDate> day);
  void set_curve(Curve curve);
  void set_memory_of_child(std::uint64_t bytes);
  std::uint64_t memory_of_child() const { return memory_; }

  const Curve& curve() const { return curve_; }
  const report::WorkerEffect* effect(std::uint32_t children) const;  // null: no such row
  // The children were too few already: waits hold the time spent queueing, and no replay tells how long the work itself takes. The rows
  // are too high then; more children for some days would tell.
  bool is_saturated() const;
  // With which fewer than 1 % of mails wait. None where it can't be known: no work, or a saturated server.
  std::optional<std::uint32_t> recommended() const;
  // "--max-children=8", as /etc/default/spamd has it.
  static QString configuration(std::uint32_t children);

 private:
  Curve curve_;
  std::uint64_t memory_ = kUsualMemory;
};

}  // namespace milter_manager::gui
