// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDate>
#include <memory>
#include <optional>

#include "gui/model/spamd_children.h"
#include "gui/pages/tuning_page.h"
#include "gui/source/readings.h"

class QComboBox;
class QLabel;
class QPushButton;
class QSlider;
class QSpinBox;

namespace milter_manager::gui {

class MarkedPlot;

// How many children spamd needs: how many mails it had at once, and for each number of children how many mails would wait
// and how much memory that takes, with a slider on the number. A day's mails can be replayed alone.
class SpamdPage : public TuningPage {
  Q_OBJECT

 public:
  explicit SpamdPage(QWidget* parent = nullptr);

  void set_scheme(Scheme scheme) override;
  const SpamdChildren& children() const { return children_; }

 protected:
  void ask(Source& source, const Period& period) override;
  void clear() override;

 private:
  void take(Result<WorkersMaterial> answer);
  void compute();
  void show_curve(SpamdChildren::Curve curve);
  void fill_days();
  void draw();
  void tell_choice();

  SpamdChildren children_;
  std::shared_ptr<const WorkersMaterial> material_;
  QFuture<Result<WorkersMaterial>> question_;
  QFuture<Result<SpamdChildren::Curve>> curve_;  // under way
  QComboBox* milter_;
  QComboBox* host_;
  QComboBox* day_;
  MarkedPlot* at_once_;
  MarkedPlot* effect_;
  QSlider* slider_;
  QSpinBox* number_;
  QSpinBox* memory_;
  QPushButton* recommended_;
  Readings computations_;
};

}  // namespace milter_manager::gui
