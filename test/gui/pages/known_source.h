// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPromise>
#include <functional>
#include <optional>

#include "gui/source/source.h"

namespace milter_manager::gui {

// A source whose answers a test knows, at once, or not at all.
class KnownSource : public Source {
 public:
  static constexpr std::chrono::sys_seconds kNewest{std::chrono::seconds(1'777'000'000)};

  explicit KnownSource(QObject* parent = nullptr)
      : Source({Place::Kind::folder, {"/known"}, {}, {}}, parent) {}

  bool is_live() const override { return false; }
  QFuture<Result<Contents>> contents() override;
  QFuture<Result<Overview>> overview(const std::string& host, const Period& period) override;
  QFuture<Result<ChartData>> charts(const ChartQuery& query) override;
  QFuture<Result<WorkersMaterial>> workers(const Period& period, const std::string& milter) override;
  QFuture<Result<GreylistMaterial>> greylist(const Period& period, const std::string& milter) override;
  QFuture<Result<EvaluationMaterial>> evaluation(const Period& period) override;

  std::optional<std::string> failure;  // answers nothing but this
  bool hangs = false;                  // never answers
  std::vector<ChartQuery> asked;
  std::vector<std::string> asked_milters;                // of workers() and greylist()
  std::function<void(WorkersMaterial&)> change_workers;  // before it is told

 private:
  template <class T>
  QFuture<Result<T>> answer(T value);
  std::vector<std::shared_ptr<void>> unanswered_;
};

}  // namespace milter_manager::gui
