// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/pages/evaluation_page.h"

#include <QHeaderView>
#include <QTableView>
#include <QVBoxLayout>

#include "gui/source/answer.h"

namespace milter_manager::gui {
namespace {

constexpr int kColumnGap = 16;  // dots

}  // namespace

EvaluationPage::EvaluationPage(QWidget* parent) : TuningPage(parent), table_(new QTableView(this)) {
  table_->setModel(&evaluations_);
  table_->setAccessibleName(tr("Milters on trial"));
  table_->setSelectionBehavior(QAbstractItemView::SelectRows);
  table_->setSelectionMode(QAbstractItemView::SingleSelection);
  table_->setShowGrid(false);
  table_->setAlternatingRowColors(true);
  table_->setTabKeyNavigation(false);
  table_->verticalHeader()->hide();
  table_->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
  table_->horizontalHeader()->setHighlightSections(false);
  // The conclusion is told in full below.
  table_->setColumnHidden(Evaluations::Conclusion, true);
  body()->addWidget(table_, 1);
  body()->addStretch();
  connect(table_->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
          &EvaluationPage::tell_choice);
  set_answer({}, {});
}

// The model goes before the table: what is selected then is nobody's business any more.
EvaluationPage::~EvaluationPage() { table_->selectionModel()->disconnect(this); }

void EvaluationPage::set_scheme(Scheme /*scheme*/) {}

void EvaluationPage::clear() {
  question_.cancel();
  evaluations_.set_material({});
  set_configuration({});
}

void EvaluationPage::ask(Source& source, const Period& period) {
  question_.cancel();
  question_ = source.evaluation(period);
  on_answer(question_, this, [this](Result<EvaluationMaterial> answer) { take(std::move(answer)); });
}

void EvaluationPage::take(Result<EvaluationMaterial> answer) {
  if (!answer) return tell(QString::fromStdString(answer.error().message));
  tell({}, answer->cautions);
  evaluations_.set_material(std::move(*answer));
  table_->resizeColumnsToContents();
  for (int column = 0; column < evaluations_.columnCount(); ++column) {
    if (!table_->isColumnHidden(column))
      table_->setColumnWidth(column, table_->columnWidth(column) + kColumnGap);
  }
  table_->setVisible(evaluations_.rowCount() > 0);
  if (evaluations_.rowCount() == 0) {
    return set_answer(tr("No milter was on trial in this period."),
                      tr("milter.evaluation_mode = true in milter-manager.conf puts a milter on trial: it is "
                         "asked, and what "
                         "it says is counted and not done."));
  }
  table_->selectRow(0);
  tell_choice();
}

void EvaluationPage::tell_choice() {
  const int row = table_->currentIndex().row();
  if (row < 0) return;
  const auto text = [&](Evaluations::Column column) {
    const QString shown = evaluations_.data(evaluations_.index(row, column), Qt::DisplayRole).toString();
    return shown.isEmpty() ? QStringLiteral("–") : shown;
  };
  // Archives alone allow no conclusion.
  QString explanation =
      evaluations_.data(evaluations_.index(row, Evaluations::Conclusion), Qt::DisplayRole).toString();
  const bool has_control =
      evaluations_.data(evaluations_.index(row, Evaluations::ControlJudged), Qt::EditRole).toDouble() > 0;
  if (!explanation.isEmpty()) explanation += '\n';
  explanation += (has_control ? tr("Control group, for which it is enforced: %1 of %2 messages refused.")
                                    .arg(text(Evaluations::ControlRefused), text(Evaluations::ControlJudged))
                              : tr("There is no control group: milter.enforcement_share makes one."));
  set_answer(tr("%1 would have refused %2 of %3 messages")
                 .arg(text(Evaluations::Milter), text(Evaluations::Refused), text(Evaluations::Judged)),
             explanation);
  set_configuration(evaluations_.configuration(row));
}

}  // namespace milter_manager::gui
