// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/source/live_source.h"

#include <QDateTime>
#include <algorithm>

#include "gui/source/answer.h"

namespace milter_manager::gui {
namespace {

Moment now() { return Moment(std::chrono::milliseconds(QDateTime::currentMSecsSinceEpoch())); }

}  // namespace

LiveSource::LiveSource(Place place, Ask ask, std::chrono::milliseconds interval, QObject* parent)
    : Source(std::move(place), parent),
      ask_(std::move(ask)),
      rows_(std::max(std::chrono::ceil<std::chrono::seconds>(interval), std::chrono::seconds(1))) {
  connect(&timer_, &QTimer::timeout, this, &LiveSource::poll);
  timer_.start(interval);
}

QFuture<Result<LiveSource::Told>> LiveSource::told() {
  return readings_.start<Told>([ask = ask_](const IsCancelled&) -> Result<Told> {
    auto state = ask();
    if (!state) return tl::unexpected(state.error());
    return Told{std::move(*state), now()};
  });
}

void LiveSource::poll() {
  if (is_asking_) return;
  is_asking_ = true;
  on_answer(told(), this, [this](const Result<Told>& told) {
    is_asking_ = false;
    const bool was_in_trouble = !trouble_.empty();
    take(told);
    if (told || !was_in_trouble) emit changed();
  });
}

void LiveSource::take(const Result<Told>& told) {
  if (told) {
    trouble_.clear();
    rows_.take(told->state, told->time);
  } else {
    trouble_ = told.error().message;
    rows_.lose();
  }
}

QFuture<Result<Contents>> LiveSource::contents() {
  auto promise = std::make_shared<QPromise<Result<Contents>>>();
  promise->start();
  on_answer(told(), this, [this, promise](const Result<Told>& told) {
    take(told);
    promise->addResult(told ? Result<Contents>(contents_of(told->state)) : tl::unexpected(told.error()));
    promise->finish();
  });
  return promise->future();
}

Contents LiveSource::contents_of(const ManagerState& state) const {
  Contents contents = rows_.store().contents();
  for (const auto& [name, milter] : state.milters) contents.milters.push_back(name);
  std::sort(contents.milters.begin(), contents.milters.end());
  contents.milters.erase(std::unique(contents.milters.begin(), contents.milters.end()),
                         contents.milters.end());
  contents.newest = std::chrono::floor<std::chrono::seconds>(now());
  if (!contents.first) contents.first = contents.newest;
  return contents;
}

QFuture<Result<Overview>> LiveSource::overview(const std::string& host, const Period& period) {
  Overview overview = rows_.store().overview(host, period);
  if (!trouble_.empty()) overview.failures.push_back(trouble_);
  if (const auto& last = rows_.last()) {
    for (const auto& milter : last->milters) {
      auto row = std::find_if(overview.milters.begin(), overview.milters.end(),
                              [&](const MilterOverview& one) { return one.name == milter.first; });
      if (row == overview.milters.end())
        row = overview.milters.insert(row, MilterOverview{.name = milter.first});
      row->state = milter.second.state;
      row->is_evaluated = milter.second.is_evaluated;
      row->last_error = milter.second.last_error;
    }
  }
  std::sort(overview.milters.begin(), overview.milters.end(),
            [](const MilterOverview& a, const MilterOverview& b) { return a.name < b.name; });
  return answered<Overview>(std::move(overview));
}

QFuture<Result<ChartData>> LiveSource::charts(const ChartQuery& query) {
  if (query.period.to <= query.period.from)
    return answered<ChartData>(failure("The period ends before it begins."));
  ChartData chart = rows_.store().chart(query);
  if (!trouble_.empty()) chart.failures.push_back(trouble_);
  return answered<ChartData>(std::move(chart));
}

QString LiveSource::no_single_mail() const {
  return tr("A running manager tells what it counts, and of no single mail: open its archives or log files.");
}

QFuture<Result<WorkersMaterial>> LiveSource::workers(const Period&, const std::string&) {
  return answered<WorkersMaterial>(failure(no_single_mail().toStdString()));
}
QFuture<Result<GreylistMaterial>> LiveSource::greylist(const Period&, const std::string&) {
  return answered<GreylistMaterial>(failure(no_single_mail().toStdString()));
}
QFuture<Result<EvaluationMaterial>> LiveSource::evaluation(const Period&) {
  return answered<EvaluationMaterial>(failure(no_single_mail().toStdString()));
}

}  // namespace milter_manager::gui
