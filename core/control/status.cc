// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/control/status.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "core/metrics/counts.h"

namespace milter_manager::control {
namespace {

using Json = nlohmann::ordered_json;
using metrics::Counts;
using metrics::Id;
using State = supervision::MilterStatus::State;

std::uint64_t whole(double number) { return static_cast<std::uint64_t>(number); }

// How all processes together see one milter: what is bad for mail in one of them is shown.
struct Seen {
  State state = State::unknown;
  std::uint64_t open = 0;
  std::string last_error;
  double last_error_at = 0;
};

int weight(State state) {
  switch (state) {
    case State::unknown:
      return 0;
    case State::reachable:
      return 1;
    case State::unreachable:
      return 2;
    case State::stopped:
      return 3;
    case State::disabled:
      return 4;
  }
  return 0;
}

std::map<std::string, Seen> seen_by(const std::vector<supervision::ProcessStatus>& processes) {
  std::map<std::string, Seen> all;
  for (const auto& process : processes) {
    for (const auto& milter : process.milters) {
      Seen& seen = all[milter.name];
      if (weight(milter.state) > weight(seen.state)) seen.state = milter.state;
      seen.open += milter.open;
      if (milter.last_error_at >= seen.last_error_at && !milter.last_error.empty()) {
        seen.last_error = milter.last_error;
        seen.last_error_at = milter.last_error_at;
      }
    }
  }
  return all;
}

// Sums of a metric by the label at `by`; of one milter (its first label) where `milter` is given, and of one group.
Json sums(const Counts& counts, Id id, std::size_t by, const std::string* milter = nullptr,
          std::string_view group = {}) {
  std::map<std::string, double> found;
  constexpr std::size_t kGroup = 3;
  for (const auto& [series, number] : counts.numbers()) {
    if (series.id != id || (milter != nullptr && series.labels[0] != *milter)) continue;
    if (!group.empty() && series.labels[kGroup] != group) continue;
    found[series.labels[by]] += number;
  }
  Json json = Json::object();
  for (const auto& [label, number] : found) json[label] = whole(number);
  return json;
}

Json quantiles(const metrics::Histogram& histogram) {
  Json json = Json::object();
  json["count"] = histogram.count();
  for (const auto& [name, share] : {std::pair{"p50", 0.5}, {"p95", 0.95}, {"p99", 0.99}}) {
    const auto quantile = histogram.quantile(share);
    json[name] = quantile ? Json(*quantile) : Json(nullptr);
  }
  return json;
}

// null: it has none.
Json breaker_json(const config::Milter& milter, const std::vector<supervision::BreakerStatus>& breakers) {
  for (const auto& breaker : breakers) {
    if (breaker.milter == milter.name) return breaker.open ? "open" : "closed";
  }
  return nullptr;
}

Json milter_json(const config::Milter& milter, const Seen& seen, const Counts& counts,
                 const std::vector<supervision::BreakerStatus>& breakers) {
  const auto number = [&](Id id) { return whole(counts.number(id, {milter.name})); };
  Json json;
  json["name"] = milter.name;
  json["connection_spec"] = milter.connection_spec ? Json(*milter.connection_spec) : Json(nullptr);
  json["state"] = supervision::name_of(milter.enabled ? seen.state : State::disabled);
  json["evaluation_mode"] = milter.evaluation_mode;
  json["breaker"] = breaker_json(milter, breakers);
  json["fallback_status"] = config::fallback_status_name(milter.fallback_status);
  json["connections"] = seen.open;
  json["busy"] = number(Id::milter_busy);
  json["sessions"] = sums(counts, Id::milter_connections_total, 2, &milter.name);
  json["verdicts"] = sums(counts, Id::milter_verdicts_total, 2, &milter.name, "enforced");
  json["evaluated"] = sums(counts, Id::milter_verdicts_total, 2, &milter.name, "evaluated");
  json["wait"] = quantiles(counts.histogram(Id::milter_wait_seconds, {milter.name}));
  json["errors"] = number(Id::milter_errors_total);
  json["timeouts"] = number(Id::milter_timeouts_total);
  json["reply_deadline_hits"] = number(Id::milter_reply_deadline_hits_total);
  json["last_error"] = seen.last_error.empty() ? Json(nullptr) : Json(seen.last_error);
  json["last_error_at"] = seen.last_error.empty() ? Json(nullptr) : Json(seen.last_error_at);
  return json;
}

Json process_json(const supervision::ProcessStatus& process) {
  return {{"worker", process.worker},
          {"pid", process.pid},
          {"started_at", process.started_at},
          {"accepting", process.accepting},
          {"max_connections", process.max_connections},
          {"sessions_open", process.sessions_open},
          {"sessions_finished", process.sessions_finished},
          {"milter_connections", process.children_open}};
}

}  // namespace

std::string status_json(const supervision::Snapshot& snapshot, const config::Configuration& configuration,
                        const std::string& version, double now) {
  const Counts counts = metrics::decode(snapshot.measurements);
  Json json;
  json["version"] = version;
  json["pid"] = snapshot.pid;
  json["started_at"] = snapshot.started_at;
  json["uptime"] = std::max(0.0, std::floor(now - snapshot.started_at));
  json["configured_at"] = snapshot.configured_at;
  json["connection_spec"] = snapshot.connection_spec;
  json["reloads"] = {{"done", snapshot.reloads}, {"refused", snapshot.failed_reloads}};
  json["n_workers"] = snapshot.n_workers;
  json["worker_restarts"] = snapshot.worker_restarts;
  json["log"] = {
      {"lines", snapshot.log_lines}, {"dropped", snapshot.log_dropped}, {"waiting", snapshot.log_waiting}};
  json["sessions"] = {{"open", snapshot.sessions_open},
                      {"finished", snapshot.sessions_finished},
                      {"by_status", sums(counts, Id::sessions_total, 1)}};
  json["messages"] = sums(counts, Id::messages_total, 1);
  json["message_seconds"] = quantiles(counts.histogram(Id::message_seconds, {}));
  json["processes"] = Json::array();
  for (const auto& process : snapshot.processes) json["processes"].push_back(process_json(process));
  json["milters"] = Json::array();
  const auto seen = seen_by(snapshot.processes);
  for (const auto& milter : configuration.milters) {
    const auto found = seen.find(milter.name);
    json["milters"].push_back(
        milter_json(milter, found == seen.end() ? Seen{} : found->second, counts, snapshot.breakers));
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace milter_manager::control
