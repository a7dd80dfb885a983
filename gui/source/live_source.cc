// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/source/live_source.h"

#include <QDateTime>
#include <algorithm>
#include <cmath>

#include "gui/source/answer.h"

namespace milter_manager::gui {
namespace {

double now() { return static_cast<double>(QDateTime::currentMSecsSinceEpoch()) / 1000; }

std::chrono::sys_seconds moment(double time) {
  return std::chrono::sys_seconds(std::chrono::seconds(static_cast<std::int64_t>(std::floor(time))));
}

}  // namespace

LiveSource::LiveSource(Place place, Ask ask, std::chrono::milliseconds interval, QObject* parent)
    : Source(std::move(place), parent),
      ask_(std::move(ask)),
      store_(std::max(std::chrono::ceil<std::chrono::seconds>(interval), std::chrono::seconds(1))) {
  connect(&timer_, &QTimer::timeout, this, &LiveSource::poll);
  timer_.start(interval);
}

void LiveSource::poll() {
  if (is_asking_) return;
  is_asking_ = true;
  on_answer(readings_.start<ManagerState>([ask = ask_](const IsCancelled&) { return ask(); }), this,
            [this](const Result<ManagerState>& state) {
              is_asking_ = false;
              const bool was_in_trouble = !trouble_.empty();
              take(state);
              if (state || !was_in_trouble) emit changed();
            });
}

void LiveSource::take(const Result<ManagerState>& state) {
  if (!state) {
    trouble_ = state.error().message;
    last_.reset();  // what it counts while nobody asks is of no known time
    return;
  }
  trouble_.clear();
  const double time = now();
  if (last_) {
    const auto rows = rows_between(*last_, *state, time - asked_at_);
    for (const StateRow& row : rows) store_.put({"", row.kind, row.milter, ""}, moment(asked_at_), row.row);
    if (!rows.empty()) store_.mark_alive(moment(asked_at_), moment(time), store_.step() * 2);
  }
  last_ = *state;
  asked_at_ = time;
}

QFuture<Result<Contents>> LiveSource::contents() {
  auto promise = std::make_shared<QPromise<Result<Contents>>>();
  promise->start();
  on_answer(
      readings_.start<ManagerState>([ask = ask_](const IsCancelled&) { return ask(); }), this,
      [this, promise](const Result<ManagerState>& state) {
        // Two questions shortly after each other are one: what comes between would have no length.
        if (!state || !last_ || now() - asked_at_ >= 1) take(state);
        promise->addResult(state ? Result<Contents>(contents_of(*state)) : tl::unexpected(state.error()));
        promise->finish();
      });
  return promise->future();
}

Contents LiveSource::contents_of(const ManagerState& state) const {
  Contents contents = store_.contents();
  for (const auto& [name, milter] : state.milters) contents.milters.push_back(name);
  std::sort(contents.milters.begin(), contents.milters.end());
  contents.milters.erase(std::unique(contents.milters.begin(), contents.milters.end()),
                         contents.milters.end());
  if (!contents.first) contents.first = moment(now());
  contents.newest = moment(now());
  return contents;
}

QFuture<Result<Overview>> LiveSource::overview(const std::string& host, const Period& period) {
  Overview overview = store_.overview(host, period);
  if (!trouble_.empty()) overview.failures.push_back(trouble_);
  if (last_) {
    for (const auto& milter : last_->milters) {
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
  ChartData chart = store_.chart(query);
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
