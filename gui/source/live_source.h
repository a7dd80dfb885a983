// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTimer>
#include <functional>

#include "gui/source/manager_state.h"
#include "gui/source/readings.h"
#include "gui/source/source.h"
#include "gui/source/state_rows.h"

namespace milter_manager::gui {

// A running manager, asked every few seconds. It tells what it has counted; charts begin when it is asked first, and have a gap while it does
// not answer. For what was before, and for tuning, there are archives and logs.
class LiveSource final : public Source {
  Q_OBJECT
 public:
  static constexpr std::chrono::seconds kInterval{5};
  static constexpr std::chrono::seconds kPatience{4};

  // How to ask, off the GUI's thread; returns after kPatience at the latest.
  using Ask = std::function<Result<ManagerState>()>;
  LiveSource(Place place, Ask ask, std::chrono::milliseconds interval = kInterval, QObject* parent = nullptr);

  bool is_live() const override { return true; }
  QFuture<Result<Contents>> contents() override;
  QFuture<Result<Overview>> overview(const std::string& host, const Period& period) override;
  QFuture<Result<ChartData>> charts(const ChartQuery& query) override;
  QFuture<Result<WorkersMaterial>> workers(const Period& period, const std::string& milter) override;
  QFuture<Result<GreylistMaterial>> greylist(const Period& period, const std::string& milter) override;
  QFuture<Result<EvaluationMaterial>> evaluation(const Period& period) override;

 private:
  struct Told {
    ManagerState state;
    Moment time;  // of the answer, and not of when the window got round to it
  };
  QFuture<Result<Told>> told();
  void poll();
  void take(const Result<Told>& told);
  Contents contents_of(const ManagerState& state) const;
  QString no_single_mail() const;

  Ask ask_;
  Readings readings_;
  QTimer timer_;
  bool is_asking_ = false;
  StateRows rows_;
  std::string trouble_;  // "": none
};

// Ways to ask. Each waits, at most so long.
Result<ManagerState> ask_controller(const std::string& connection_spec, std::chrono::milliseconds patience);
Result<ManagerState> ask_metrics(const QString& address, std::chrono::milliseconds patience);

}  // namespace milter_manager::gui
