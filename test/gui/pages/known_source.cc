// SPDX-License-Identifier: GPL-3.0-or-later
#include "known_source.h"

#include <cmath>
#include <limits>

#include "milter-report/model/greylist_delays.h"

namespace milter_manager::gui {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

// The rows of a chart: `accept` is 10 everywhere, `reject` 5, and between 04:00 and 05:00 of each day nothing is known.
ChartData chart(const ChartQuery& query) {
  ChartData data;
  data.kind = query.kind;
  data.milter = query.milter;
  data.period = query.period;
  data.step = std::max(seconds(60), query.period.length() / 200);
  data.first = query.period.from;
  std::vector<std::pair<std::string, double>> lines{{"pass", 2}, {"accept", 10}, {"reject", 5}};
  if (query.kind == ChartKind::report) lines = {{"spam", 4}, {"spf_fail", 1}, {"a_new_key", 2}};
  if (query.kind == ChartKind::load) lines = {{"open", 7}, {"busy_max", 6}, {"p95", 1.5}, {"errors", 0.1}};
  if (query.kind == ChartKind::evaluation || query.kind == ChartKind::greylist) lines.clear();
  for (const auto& [key, value] : lines) {
    Line line{key, Measure::events, {}};
    if (key == "open" || key == "busy_max") line.measure = Measure::at_once;
    if (key == "p95") line.measure = Measure::seconds;
    for (sys_seconds time = data.first; time < query.period.to; time += data.step) {
      const auto of_day = time.time_since_epoch().count() % 86400;
      const bool is_known = of_day < 4 * 3600 || of_day >= 5 * 3600;
      line.values.push_back(is_known ? value : std::numeric_limits<double>::quiet_NaN());
    }
    data.lines.push_back(std::move(line));
  }
  return data;
}

}  // namespace

template <class T>
QFuture<Result<T>> KnownSource::answer(T value) {
  auto promise = std::make_shared<QPromise<Result<T>>>();
  promise->start();
  QFuture<Result<T>> future = promise->future();
  if (hangs) {
    unanswered_.push_back(promise);
    return future;
  }
  if (failure) {
    promise->addResult(tl::unexpected(Error{*failure}));
  } else {
    promise->addResult(Result<T>(std::move(value)));
  }
  promise->finish();
  return future;
}

QFuture<Result<Contents>> KnownSource::contents() {
  Contents contents;
  contents.milters = {"clamav-milter", "milter-greylist", "spamass-milter"};
  contents.first = kNewest - seconds(90 * 86400);
  contents.newest = kNewest;
  return answer(std::move(contents));
}

QFuture<Result<Overview>> KnownSource::overview(const std::string& /*host*/, const Period& period) {
  Overview overview;
  overview.period = period;
  for (const char* name : {"clamav-milter", "milter-greylist", "spamass-milter"}) {
    MilterOverview milter;
    milter.name = name;
    milter.state = MilterState::active;
    milter.reject_share = 0.25;
    milter.is_evaluated = milter.name == "clamav-milter";
    overview.milters.push_back(std::move(milter));
  }
  return answer(std::move(overview));
}

QFuture<Result<ChartData>> KnownSource::charts(const ChartQuery& query) {
  asked.push_back(query);
  return answer(chart(query));
}

// 1000 mails of 10 s, one every 5 s: two at once.
QFuture<Result<WorkersMaterial>> KnownSource::workers(const Period& period, const std::string& milter) {
  asked_milters.push_back(milter);
  WorkersMaterial material;
  material.period = period;
  material.milter = milter.empty() ? "spamass-milter" : milter;
  material.milters = {"clamav-milter", "spamass-milter"};
  report::HostLoad load;
  const auto begin = static_cast<double>(kNewest.time_since_epoch().count()) - 5000;
  for (int i = 0; i < 1000; ++i) load.work.push_back({begin + i * 5, 10});
  load.work_source = report::LoadSource::messages;
  load.first = begin;
  load.last = begin + 5010;
  material.hosts.emplace("", std::move(load));
  material.cautions = {"Only one day is in these logs."};
  if (change_workers) change_workers(material);
  return answer(std::move(material));
}

// 200 triplets that come back after 15 minutes, and 100 that never do.
QFuture<Result<GreylistMaterial>> KnownSource::greylist(const Period& period, const std::string& milter) {
  asked_milters.push_back(milter);
  GreylistMaterial material;
  material.period = period;
  material.milter = milter.empty() ? "milter-greylist" : milter;
  const auto begin = static_cast<double>(kNewest.time_since_epoch().count()) - 10 * 86400;
  for (std::uint32_t triplet = 0; triplet < 300; ++triplet) {
    const double first = begin + triplet * 60;
    material.record.networks.push_back(triplet);
    material.record.attempts.push_back({first, triplet, report::Attempt::Kind::deferred});
    if (triplet < 200)
      material.record.attempts.push_back({first + 900, triplet, report::Attempt::Kind::accepted});
  }
  material.record.first = begin;
  material.record.last = begin + 10 * 86400;
  material.delays = report::greylist_delays(material.record, 24 * 3600);
  return answer(std::move(material));
}

QFuture<Result<EvaluationMaterial>> KnownSource::evaluation(const Period& period) {
  EvaluationMaterial material;
  material.period = period;
  report::ArchiveCounts counts;
  counts.kind = archive::Kind::milter_evaluation;
  counts.milter = "clamav-milter";
  counts.counts = {{"pass", 900}, {"accept", 50}, {"reject", 40}, {"temporary_failure", 10}};
  material.counts.push_back(std::move(counts));
  return answer(std::move(material));
}

}  // namespace milter_manager::gui
