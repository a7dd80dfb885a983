// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/model/spamd_children.h"

#include <QLocale>
#include <QTimeZone>
#include <algorithm>
#include <cmath>

#include "gui/model/shown.h"

namespace milter_manager::gui {
namespace {

QDate day_of(double time) {
  return QDateTime::fromSecsSinceEpoch(static_cast<qint64>(std::floor(time)), Qt::UTC).date();
}

std::vector<QDate> days_of(const std::vector<report::Work>& work) {
  std::vector<QDate> days;
  for (const report::Work& piece : work) {
    const QDate day = day_of(piece.begin);
    if (days.empty() || days.back() != day) days.push_back(day);
  }
  return days;
}

double begin_of(QDate day) { return static_cast<double>(day.startOfDay(Qt::UTC).toSecsSinceEpoch()); }

// The load of a day alone: what is of no single mail is left out.
report::HostLoad load_of(const report::HostLoad& load, QDate day) {
  report::HostLoad part;
  part.work = report::work_between(load.work, begin_of(day), begin_of(day.addDays(1)));
  part.work_source = load.work_source;
  return part;
}

// Rows up to where nothing waits any more, and a few beyond.
std::uint32_t rows_for(const report::HostLoad& load, std::optional<std::uint32_t> now) {
  constexpr std::uint32_t kBeyond = 4;
  constexpr std::uint32_t kFewest = 8;
  std::uint32_t most = report::concurrency(load.work, 0, 0).maximum;
  if (load.work.empty()) {
    for (const report::BusyHour& hour : report::busiest_hours(load.load_hours))
      most = std::max(most, hour.hardly_any_wait);
  }
  return std::clamp(std::max(most, now.value_or(0)) + kBeyond, kFewest, SpamdChildren::kMost);
}

}  // namespace

SpamdChildren::Curve SpamdChildren::compute(const WorkersMaterial& material, const std::string& host,
                                            std::optional<QDate> day) {
  Curve curve;
  const auto found = material.hosts.find(host);
  if (found == material.hosts.end()) return curve;
  const report::HostLoad& whole = found->second;
  curve.now = whole.spamd.max_children();
  curve.days = days_of(whole.work);
  report::HostLoad of_day;
  if (day) of_day = load_of(whole, *day);
  const report::HostLoad& load = day ? of_day : whole;
  curve.effects = report::worker_curve(load, rows_for(load, curve.now));
  if (load.work.empty()) {
    curve.seconds_at_once = report::seconds_at_once(load.load_hours, kMost);
  } else {
    curve.count = report::worker_count(load.work, curve.now);
    curve.seconds_at_once = report::seconds_at_once(load.work, kMost);
  }
  const std::vector<report::BusyHour> hours =
      curve.count ? curve.count->hours : report::busiest_hours(load.load_hours);
  if (!hours.empty()) curve.busiest = hours.front();
  return curve;
}

int SpamdChildren::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(curve_.effects.size());
}
int SpamdChildren::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : Columns; }

QVariant SpamdChildren::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) return {};
  if (role == Qt::TextAlignmentRole) return QVariant(Qt::AlignRight | Qt::AlignVCenter);
  if (role != Qt::DisplayRole && role != Qt::EditRole) return {};
  const bool as_text = role == Qt::DisplayRole;
  const report::WorkerEffect& effect = curve_.effects[static_cast<std::size_t>(index.row())];
  const auto seconds = [&](double value) {
    if (effect.is_estimate) return QVariant();
    return as_text ? QVariant(shown_seconds(value)) : QVariant(value);
  };
  const auto memory = static_cast<qulonglong>(report::memory_of(effect.workers, memory_));
  switch (index.column()) {
    case Children:
      return effect.workers;
    case WaitingShare:
      return as_text ? QVariant(shown_share(effect.waiting_share)) : QVariant(effect.waiting_share);
    case MeanWait:
      return seconds(effect.mean_wait);
    case LongestWait:
      return seconds(effect.longest_wait);
    case Memory:
      return as_text ? QVariant(QLocale().formattedDataSize(static_cast<qint64>(memory))) : QVariant(memory);
    default:
      return {};
  }
}

QVariant SpamdChildren::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || role != Qt::DisplayRole) return {};
  switch (section) {
    case Children:
      return tr("Children");
    case WaitingShare:
      return tr("Mails that wait");
    case MeanWait:
      return tr("Mean wait");
    case LongestWait:
      return tr("Longest wait");
    case Memory:
      return tr("Memory");
    default:
      return {};
  }
}

void SpamdChildren::set_curve(Curve curve) {
  beginResetModel();
  curve_ = std::move(curve);
  endResetModel();
}

void SpamdChildren::set_memory_of_child(std::uint64_t bytes) {
  memory_ = bytes;
  if (rowCount() > 0) emit dataChanged(index(0, Memory), index(rowCount() - 1, Memory));
}

const report::WorkerEffect* SpamdChildren::effect(std::uint32_t children) const {
  return children >= 1 && children <= curve_.effects.size() ? &curve_.effects[children - 1] : nullptr;
}

std::optional<std::uint32_t> SpamdChildren::recommended() const {
  if (curve_.count) return curve_.count->few_wait;
  return curve_.busiest ? std::optional(curve_.busiest->few_wait) : std::nullopt;
}

bool SpamdChildren::is_saturated() const { return curve_.count && curve_.count->saturation.is_saturated(); }

QString SpamdChildren::configuration(std::uint32_t children) {
  return QStringLiteral("--max-children=%1").arg(children);
}

}  // namespace milter_manager::gui
