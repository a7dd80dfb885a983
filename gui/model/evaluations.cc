// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/model/evaluations.h"

#include <cmath>

#include "gui/model/shown.h"
#include "milter-report/model/evaluation_counts.h"

namespace milter_manager::gui {
namespace {

QVariant count(std::uint64_t value, bool as_text) {
  return as_text ? QVariant(shown_count(value)) : QVariant(static_cast<qulonglong>(value));
}
QVariant count(double value, bool as_text) {
  return count(static_cast<std::uint64_t>(std::llround(value)), as_text);
}
QVariant share(double value, bool as_text) {
  return as_text ? QVariant(shown_share(value)) : QVariant(value);
}

QVariant of_trial(const report::Trial& trial, int column, bool as_text) {
  const report::TrialCounts& counts = trial.evaluated;
  const bool has_control = trial.has_control_group();
  switch (column) {
    case Evaluations::Judged:
      return count(counts.judged(), as_text);
    case Evaluations::Refused:
      return count(counts.refused(), as_text);
    case Evaluations::RefusedShare:
      return share(trial.refused_share().value(), as_text);
    case Evaluations::Lost:
      return count(counts.lost, as_text);
    case Evaluations::CaughtToo:
      return count(counts.caught_too, as_text);
    case Evaluations::Unsupported:
      return count(counts.unsupported, as_text);
    case Evaluations::ControlJudged:
      return has_control ? count(trial.enforced.judged(), as_text) : QVariant();
    case Evaluations::ControlRefused:
      return has_control ? count(trial.enforced.refused(), as_text) : QVariant();
    default:
      return {};
  }
}

QVariant of_counts(const report::ArchiveCounts& archive, int column, bool as_text) {
  const report::EvaluationCounts counts = report::evaluation_counts(archive);
  switch (column) {
    case Evaluations::Judged:
      return count(counts.judged, as_text);
    case Evaluations::Refused:
      return count(counts.refused, as_text);
    case Evaluations::RefusedShare:
      return share(counts.refused_share(), as_text);
    case Evaluations::Lost:
      return count(counts.lost, as_text);
    default:
      return {};
  }
}

// A text as Ruby has it between double quotes. A milter's name comes from a log or a file's name.
QString ruby_text(const std::string& text) {
  QString quoted = "\"";
  for (const QChar letter : QString::fromStdString(text)) {
    const ushort code = letter.unicode();
    if (code < 0x20 || code == 0x7f) {
      quoted += QStringLiteral("\\x%1").arg(code, 2, 16, QChar('0'));
      continue;
    }
    if (letter == '"' || letter == '\\' || letter == '#') quoted += '\\';
    quoted += letter;
  }
  return quoted + '"';
}

}  // namespace

int Evaluations::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(rows_.size());
}
int Evaluations::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : Columns; }

QVariant Evaluations::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) return {};
  const Row& row = rows_[static_cast<std::size_t>(index.row())];
  const int column = index.column();
  const bool is_text = column == Milter || column == Conclusion;
  if (role == Qt::TextAlignmentRole)
    return QVariant((is_text ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
  if (role != Qt::DisplayRole && role != Qt::EditRole) return {};
  if (column == Milter) return QString::fromStdString(row.milter);
  if (column == Conclusion)
    return row.trial != nullptr ? sentence(report::conclude(*row.trial, kLimit)) : QVariant();
  const bool as_text = role == Qt::DisplayRole;
  return row.trial != nullptr ? of_trial(*row.trial, column, as_text)
                              : of_counts(*row.counts, column, as_text);
}

QVariant Evaluations::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || role != Qt::DisplayRole) return {};
  switch (section) {
    case Milter:
      return tr("Milter");
    case Judged:
      return tr("Judged");
    case Refused:
      return tr("Would refuse");
    case RefusedShare:
      return tr("Of the judged");
    case Lost:
      return tr("Would be lost");
    case CaughtToo:
      return tr("Others refused too");
    case Unsupported:
      return tr("Lost, nobody else against it");
    case ControlJudged:
      return tr("Enforced: judged");
    case ControlRefused:
      return tr("Enforced: refused");
    case Conclusion:
      return tr("Conclusion");
    default:
      return {};
  }
}

QVariant Evaluations::sentence(const report::TrialConclusion& conclusion) {
  using Kind = report::TrialConclusion::Kind;
  const QString limit = shown_share(conclusion.limit);
  switch (conclusion.kind) {
    case Kind::nothing_judged:
      return tr("It has judged nothing yet.");
    case Kind::may_enforce:
      return tr("It may be enforced: fewer than %1 of all mails would be lost with nothing else against "
                "them.")
          .arg(limit);
    case Kind::too_strict:
      return tr("Too strict: more than %1 of all mails would be lost with nothing else against them.")
          .arg(limit);
    case Kind::go_on:
      return conclusion.more_days ? tr("Not known yet; about %n more day(s) are likely to tell.", nullptr,
                                       static_cast<int>(std::ceil(std::fmin(*conclusion.more_days, 100'000))))
                                  : tr("Not known yet: go on.");
    case Kind::on_the_limit:
      return tr("On the limit of %1: more mails are not likely to tell.").arg(limit);
  }
  return {};
}

void Evaluations::set_material(EvaluationMaterial material) {
  beginResetModel();
  rows_.clear();
  material_ = std::move(material);
  if (material_.trials) {
    for (const report::Trial* trial : material_.trials->trials()) rows_.push_back({trial->name, trial, {}});
  }
  for (const report::ArchiveCounts& counts : material_.counts)
    rows_.push_back({counts.milter, nullptr, counts});
  endResetModel();
}

const report::Trial* Evaluations::trial(int row) const {
  const auto place = static_cast<std::size_t>(row);
  return row >= 0 && place < rows_.size() ? rows_[place].trial : nullptr;
}

QString Evaluations::configuration(int row) const {
  const auto place = static_cast<std::size_t>(row);
  if (row < 0 || place >= rows_.size()) return {};
  return QStringLiteral("define_milter(%1) do |milter|\n  milter.evaluation_mode = false\nend\n")
      .arg(ruby_text(rows_[place].milter));
}

}  // namespace milter_manager::gui
