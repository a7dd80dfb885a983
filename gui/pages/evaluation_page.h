// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "gui/model/evaluations.h"
#include "gui/pages/tuning_page.h"

class QTableView;

namespace milter_manager::gui {

// Milters on trial: what enforcing them would have done, against a control group where there is one.
class EvaluationPage : public TuningPage {
  Q_OBJECT

 public:
  explicit EvaluationPage(QWidget* parent = nullptr);
  ~EvaluationPage() override;

  void set_scheme(Scheme scheme) override;
  const Evaluations& evaluations() const { return evaluations_; }

 protected:
  void ask(Source& source, const Period& period) override;
  void clear() override;

 private:
  void take(Result<EvaluationMaterial> answer);
  void tell_choice();

  Evaluations evaluations_;
  QFuture<Result<EvaluationMaterial>> question_;
  QTableView* table_;
};

}  // namespace milter_manager::gui
