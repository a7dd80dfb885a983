// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/thresholds.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>

namespace milter_manager::report {
namespace {

using statistics::Status;

constexpr CheckedFigure kFigures[] = {
    {"messages", "messages", Unit::count, false},
    {"connections", "connections", Unit::count, false},
    {"rejected", "share of messages rejected", Unit::share, false},
    {"deferred", "share of messages deferred", Unit::share, false},
    {"discarded", "share of messages discarded", Unit::share, false},
    {"message_p95", "95th percentile of a message's time", Unit::seconds, false},
    {"lost", "share of log lines lost", Unit::share, false},
    {"age", "time since the newest event", Unit::seconds, false},
    {"failed", "share of a milter's messages for which it failed", Unit::share, true},
    {"errors", "errors of a milter", Unit::count, true},
    {"timeouts", "timeouts of a milter", Unit::count, true},
    {"wait_p95", "95th percentile of the wait for a milter", Unit::seconds, true},
    {"wait_p99", "99th percentile of the wait for a milter", Unit::seconds, true},
};

struct Scale {
  std::string_view suffix;
  Unit unit;
  double factor;
};
constexpr Scale kScales[] = {{"%", Unit::share, 0.01},   {"ms", Unit::seconds, 0.001},
                             {"s", Unit::seconds, 1},    {"min", Unit::seconds, 60},
                             {"h", Unit::seconds, 3600}, {"d", Unit::seconds, 86400}};

std::optional<double> ratio(double part, double whole) {
  return whole > 0 ? std::optional(part / whole) : std::nullopt;
}

std::optional<double> of_all(std::string_view name, const Summary& summary, const ReadReport& report,
                             double now) {
  const auto messages = static_cast<double>(summary.messages);
  const StatusCounts statuses = summary.statuses();
  const auto share = [&](Status status) { return ratio(static_cast<double>(statuses[status]), messages); };
  if (name == "messages") return messages;
  if (name == "connections") return static_cast<double>(summary.connections);
  if (name == "rejected") return share(Status::reject);
  if (name == "deferred") return share(Status::temporary_failure);
  if (name == "discarded") return share(Status::discard);
  if (name == "message_p95") return summary.message_times.quantile(0.95);
  if (name == "age")
    return report.log_last ? std::optional(std::max(now - *report.log_last, 0.0)) : std::nullopt;
  double written = 0, lost = 0;
  for (const auto& host : report.hosts) {
    written += static_cast<double>(host.written + host.dropped);
    lost += static_cast<double>(host.lost + host.dropped);
  }
  return ratio(lost, written);
}

std::optional<double> of_milter(std::string_view name, const MilterSummary& milter) {
  if (name == "failed") {
    if (milter.asked > 0)
      return ratio(static_cast<double>(milter.failures), static_cast<double>(milter.asked));
    return ratio(static_cast<double>(milter.connection_statuses[Status::error]),
                 static_cast<double>(milter.connections));
  }
  if (name == "errors" || name == "timeouts") {
    if (milter.loads == 0) return std::nullopt;
    return static_cast<double>(name == "errors" ? milter.errors : milter.timeouts);
  }
  const WaitHistogram& waits = milter.messages > 0 ? milter.waits : milter.connection_waits;
  return waits.quantile(name == "wait_p95" ? 0.95 : 0.99);
}

}  // namespace

std::span<const CheckedFigure> checked_figures() { return kFigures; }

Result<Threshold> parse_threshold(std::string_view text) {
  const std::size_t sign = text.find_last_of("<>");
  if (sign == std::string_view::npos)
    return failure(fmt::format("\"{}\" is no threshold as in failed>1%", text));
  Threshold threshold;
  threshold.below = text[sign] == '<';
  std::string_view name = text.substr(0, sign);
  if (const std::size_t colon = name.find(':'); colon != std::string_view::npos) {
    threshold.milter = name.substr(colon + 1);
    name = name.substr(0, colon);
  }
  const auto figure = std::find_if(std::begin(kFigures), std::end(kFigures),
                                   [&](const CheckedFigure& one) { return one.name == name; });
  if (figure == std::end(kFigures)) {
    std::string known;
    for (const CheckedFigure& one : kFigures)
      known += fmt::format("{}{}", known.empty() ? "" : ", ", one.name);
    return failure(fmt::format("there is no figure \"{}\"; there are: {}", name, known));
  }
  if (!threshold.milter.empty() && !figure->of_milters) {
    return failure(fmt::format("\"{}\" is no figure of a milter", name));
  }
  threshold.figure = &*figure;
  const std::string_view value = text.substr(sign + 1);
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), threshold.limit);
  const std::string_view suffix = value.substr(static_cast<std::size_t>(end - value.data()));
  if (error == std::errc() && !std::isfinite(threshold.limit))
    return failure(fmt::format("{}: \"{}\" is no number", text, value));
  if (error == std::errc() && suffix.empty()) {
    if (figure->unit == Unit::share && threshold.limit > 1) {
      return failure(
          fmt::format("{}: {} is more than all: is {}% meant?", text, threshold.limit, threshold.limit));
    }
    return threshold;
  }
  for (const Scale& scale : kScales) {
    if (error != std::errc() || suffix != scale.suffix || scale.unit != figure->unit) continue;
    threshold.limit *= scale.factor;
    if (std::isfinite(threshold.limit)) return threshold;
  }
  return failure(fmt::format("\"{}\" is no value for {}", value, name));
}

std::vector<Measured> measure(const Threshold& threshold, const Summary& summary, const ReadReport& report,
                              double now) {
  std::vector<Measured> all;
  if (!threshold.figure->of_milters) {
    if (const auto value = of_all(threshold.figure->name, summary, report, now)) all.push_back({"", *value});
    return all;
  }
  for (const MilterSummary& milter : summary.milters) {
    if (!threshold.milter.empty() && milter.name != threshold.milter) continue;
    if (const auto value = of_milter(threshold.figure->name, milter)) all.push_back({milter.name, *value});
  }
  return all;
}

}  // namespace milter_manager::report
