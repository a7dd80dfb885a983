// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "gui/model/greylist_delays.h"
#include "gui/pages/tuning_page.h"

class QComboBox;
class QPushButton;
class QSlider;

namespace milter_manager::gui {

class MarkedPlot;

// Which delay greylisting needs: when senders come back, and for each delay who would be caught and how long the others
// would wait, with a slider on the delay.
class GreylistPage : public TuningPage {
  Q_OBJECT

 public:
  explicit GreylistPage(QWidget* parent = nullptr);

  void set_scheme(Scheme scheme) override;
  const GreylistDelays& delays() const { return delays_; }

 protected:
  void ask(Source& source, const Period& period) override;
  void clear() override;

 private:
  void take(Result<GreylistMaterial> answer);
  void draw();
  void tell_choice();
  double chosen_delay() const;  // seconds

  GreylistDelays delays_;
  QFuture<Result<GreylistMaterial>> question_;
  QComboBox* milter_;
  QComboBox* autowhite_;
  MarkedPlot* retries_;
  MarkedPlot* effect_;
  QSlider* slider_;
  QPushButton* recommended_;
};

}  // namespace milter_manager::gui
