// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTimer>
#include <chrono>
#include <functional>
#include <memory>

#include "gui/source/readings.h"
#include "gui/source/source.h"

namespace milter_manager::gui {

// Log files, read with the first question and kept as rows (row_store.h). The tuning pages' questions read them again, for their period: they ask
// for single mails. What has been appended since is read when a question comes later. A cancelled question's reading goes
// on to its end, for those that follow.
class LogSource final : public Source {
  Q_OBJECT
 public:
  // What a log tells of a later time than this behind the present is no row of today's.
  static constexpr std::chrono::hours kFuture{24};
  // The present, in Unix seconds; called on any thread.
  using Clock = std::function<double()>;

  explicit LogSource(Place place, Clock clock = {}, QObject* parent = nullptr);

  bool is_live() const override { return false; }
  QFuture<Result<Contents>> contents() override;
  QFuture<Result<Overview>> overview(const std::string& host, const Period& period) override;
  QFuture<Result<ChartData>> charts(const ChartQuery& query) override;
  QFuture<Result<WorkersMaterial>> workers(const Period& period, const std::string& milter) override;
  QFuture<Result<GreylistMaterial>> greylist(const Period& period, const std::string& milter) override;
  QFuture<Result<EvaluationMaterial>> evaluation(const Period& period) override;

 private:
  struct Logs;
  void tell();

  std::shared_ptr<Logs> logs_;
  Readings readings_;
  QTimer timer_;
  bool told_ = false;
};

}  // namespace milter_manager::gui
