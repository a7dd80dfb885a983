// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/model/comparison.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "milter-report/model/clustered.h"
#include "milter-report/model/student.h"

namespace milter_manager::report {
namespace {

using statistics::Cause;
using statistics::Status;
using Kind = ComparedFigure::Kind;

constexpr std::int64_t kHour = 3600;
constexpr std::uint32_t kNoMilter = 0;  // milters count from 1

// Figures of mails, then those of a milter, then those of connections.
enum Figure : std::uint16_t {
  messages,
  rejected,
  deferred,
  discarded,
  quarantined,
  aborted,
  recipients_refused,
  message_size,
  message_time,
  milter_asked,
  milter_stopped,
  milter_rejected,
  milter_deferred,
  milter_discarded,
  milter_quarantined,
  milter_failed,
  milter_wait,
  connections,
  connections_rejected,
  connections_deferred,
  connections_discarded,
  connections_aborted,
  connection_time,
};
struct FigureRow {
  const char* key;
  Kind kind;
};
constexpr FigureRow kFigures[] = {{"messages", Kind::rate},
                                  {"rejected", Kind::share},
                                  {"deferred", Kind::share},
                                  {"discarded", Kind::share},
                                  {"quarantined", Kind::share},
                                  {"aborted", Kind::share},
                                  {"recipients_refused", Kind::share},
                                  {"message_size", Kind::mean},
                                  {"message_time", Kind::mean},
                                  {"asked", Kind::share},
                                  {"stopped_by_condition", Kind::share},
                                  {"rejected", Kind::share},
                                  {"deferred", Kind::share},
                                  {"discarded", Kind::share},
                                  {"quarantined", Kind::share},
                                  {"failed", Kind::share},
                                  {"wait", Kind::mean},
                                  {"connections", Kind::rate},
                                  {"connections_rejected", Kind::share},
                                  {"connections_deferred", Kind::share},
                                  {"connections_discarded", Kind::share},
                                  {"connections_aborted", Kind::share},
                                  {"connection_time", Kind::mean}};

struct StatusFigure {
  Status status;
  Figure of_messages, of_milters;
};
constexpr StatusFigure kStatusFigures[] = {{Status::reject, rejected, milter_rejected},
                                           {Status::temporary_failure, deferred, milter_deferred},
                                           {Status::discard, discarded, milter_discarded},
                                           {Status::quarantine, quarantined, milter_quarantined}};

// Heartbeats come each minute: a log that ends so shortly before a period's end has all of it.
constexpr double kTolerance = 300;

// Where a side's hours begin, in seconds behind the whole hours of UTC: midnight is at 30 minutes past in some zones.
double phase_of(const Side& side) {
  return side.since ? *side.since - std::floor(*side.since / kHour) * kHour : 0;
}

std::int64_t hour_of(const Side& side, double time) {
  return static_cast<std::int64_t>(std::floor((time - phase_of(side)) / kHour));
}

void widen(double time, std::optional<double>& first, std::optional<double>& last) {
  if (!first || time < *first) first = time;
  if (!last || time > *last) last = time;
}

struct Estimate {
  double value = 0;
  double variance = 0;
  double degrees = 0;
};

void set_by_welch(const Estimate& a, const Estimate& b, ComparedFigure& figure) {
  figure.a = a.value;
  figure.b = b.value;
  figure.change = b.value - a.value;
  figure.known = a.degrees >= 1 && b.degrees >= 1;
  if (!figure.known) return;
  const double variance = a.variance + b.variance;
  const double degrees =
      variance > 0
          ? variance * variance / (a.variance * a.variance / a.degrees + b.variance * b.variance / b.degrees)
          : a.degrees + b.degrees;
  const double half = student_quantile(degrees) * std::sqrt(variance);
  figure.bounds = {figure.change - half, figure.change + half};
}

Estimate rate_of(const std::vector<double>& counts, double mean) {
  Estimate rate;
  rate.value = mean;
  const auto n = static_cast<double>(counts.size());
  rate.degrees = n - 1;
  if (counts.size() < 2) return rate;
  for (const double count : counts)
    rate.variance += (count - rate.value) * (count - rate.value) / (n - 1) / n;
  return rate;
}

}  // namespace

Comparison::Comparison(Side a, Side b) {
  sides_[0].side = std::move(a);
  sides_[1].side = std::move(b);
}

bool Comparison::is_of(const Side& side, double time, std::string_view host) const {
  return (!side.since || time >= *side.since) && (!side.until || time < *side.until) &&
         (side.host.empty() || side.host == host);
}

bool Comparison::is_in_group(const Side& side, const Message& message) const {
  if (!side.group) return true;
  return std::any_of(message.children.begin(), message.children.end(), [&](const ChildVerdict& child) {
    return child.name == side.milter && child.group == *side.group && child.cause != Cause::condition;
  });
}

void Comparison::add(Counts& counts, std::uint16_t figure, std::uint32_t milter, double time, double hits,
                     double of) {
  Hours& hours = counts.figures[{figure, milter}];
  const std::int64_t hour = hour_of(counts.side, time);
  if (hours.size() >= kMaximumHours && hours.count(hour) == 0) return;
  Sum& sum = hours[hour];
  sum.hits += hits;
  sum.of += of;
}

void Comparison::see(Counts& counts, double time) { widen(time, counts.first, counts.last); }

void Comparison::set_log(std::optional<double> first, std::optional<double> last) {
  if (first) widen(*first, log_first_, log_last_);
  if (last) widen(*last, log_first_, log_last_);
}

std::optional<double> Comparison::begins_late() const {
  const auto is_late = [&](const Counts& counts) {
    return counts.side.since && log_first_ && *counts.side.since < *log_first_ - kTolerance;
  };
  return std::any_of(std::begin(sides_), std::end(sides_), is_late) ? log_first_ : std::nullopt;
}

std::optional<double> Comparison::ends_early() const {
  const auto is_early = [&](const Counts& counts) {
    return counts.side.until && log_last_ && *counts.side.until > *log_last_ + kTolerance;
  };
  return std::any_of(std::begin(sides_), std::end(sides_), is_early) ? log_last_ : std::nullopt;
}

void Comparison::message(const Message& message) {
  widen(message.time, log_first_, log_last_);
  for (Counts& counts : sides_) {
    if (!is_of(counts.side, message.time, message.host) || !is_in_group(counts.side, message)) continue;
    count(counts, message);
  }
}

void Comparison::count(Counts& counts, const Message& message) {
  ++counts.messages;
  see(counts, message.time);
  const auto share = [&](Figure figure, std::uint32_t milter, bool hit) {
    add(counts, figure, milter, message.time, hit ? 1 : 0, 1);
  };
  add(counts, messages, kNoMilter, message.time, 1, 1);
  for (const StatusFigure& figure : kStatusFigures)
    share(figure.of_messages, kNoMilter, message.status == figure.status);
  share(aborted, kNoMilter, message.status == Status::abort);
  if (message.recipients > 0) {
    add(counts, recipients_refused, kNoMilter, message.time, static_cast<double>(message.refused),
        static_cast<double>(message.recipients));
  }
  add(counts, message_size, kNoMilter, message.time, static_cast<double>(message.bytes), 1);
  add(counts, message_time, kNoMilter, message.time, message.elapsed, 1);
  for (const ChildVerdict& child : message.children) {
    const std::uint32_t milter = milters_.number(child.name) + 1;
    const bool stopped = child.cause == Cause::condition;
    const bool asked = !stopped && !(child.state == statistics::State::start && child.status == Status::pass);
    share(milter_asked, milter, asked);
    share(milter_stopped, milter, stopped);
    if (!asked) continue;
    for (const StatusFigure& figure : kStatusFigures)
      share(figure.of_milters, milter, child.status == figure.status);
    share(milter_failed, milter, child.cause == Cause::fallback);
    add(counts, milter_wait, milter, message.time, child.waited, 1);
  }
}

void Comparison::event(const maillog::Record& record) {
  widen(record.time, log_first_, log_last_);
  const auto* const end = std::get_if<statistics::SessionEnd>(&record.event);
  if (end == nullptr) return;
  for (Counts& counts : sides_) {
    if (counts.side.group || !is_of(counts.side, record.time, record.host)) continue;
    ++counts.connections;
    see(counts, record.time);
    const auto share = [&](Figure figure, Status status) {
      add(counts, figure, kNoMilter, record.time, end->status == status ? 1 : 0, 1);
    };
    add(counts, connections, kNoMilter, record.time, 1, 1);
    share(connections_rejected, Status::reject);
    share(connections_deferred, Status::temporary_failure);
    share(connections_discarded, Status::discard);
    share(connections_aborted, Status::abort);
    add(counts, connection_time, kNoMilter, record.time, end->elapsed, 1);
  }
}

// Hours without mails count, those that the log does not hold, or not whole, do not.
Comparison::Hourly Comparison::hourly(const Counts& counts, const Hours& hours) const {
  Hourly hourly;
  if (!counts.first || !log_first_) return hourly;
  const Side& side = counts.side;
  const double first =
      side.since ? std::max(*side.since, *log_first_ - kTolerance) : *counts.first - kTolerance;
  const double last = side.until ? std::min(*side.until, *log_last_ + kTolerance) : *counts.last + kTolerance;
  const double phase = phase_of(side);
  const auto begin = static_cast<std::int64_t>(std::ceil((first - phase) / kHour));
  const auto end = static_cast<std::int64_t>(std::floor((last - phase) / kHour));
  double all = 0, inside = 0;
  for (const auto& [hour, sum] : hours) {
    all += sum.hits;
    if (hour < begin || hour >= end) continue;
    inside += sum.hits;
    hourly.counts.push_back(sum.hits);
  }
  const auto length = static_cast<std::size_t>(std::clamp<std::int64_t>(end - begin, 0, kMaximumHours));
  hourly.counts.resize(length);
  if (length > 0) {
    hourly.mean = inside / static_cast<double>(length);
  } else if (last > first) {
    hourly.mean = all * kHour / (last - first);
  }
  return hourly;
}

ComparedFigure Comparison::compare(const FigureKey& key) const {
  ComparedFigure figure;
  figure.key = kFigures[key.figure].key;
  figure.kind = kFigures[key.figure].kind;
  if (key.milter != kNoMilter) figure.milter = milters_.name(key.milter - 1);
  static const Hours kNone;
  std::vector<ClusterCounts> clusters[2];
  Estimate estimates[2];
  double of[2] = {0, 0};
  for (int i = 0; i < 2; ++i) {
    const auto found = sides_[i].figures.find(key);
    const Hours& hours = found != sides_[i].figures.end() ? found->second : kNone;
    if (figure.kind == Kind::rate) {
      const Hourly found_hours = hourly(sides_[i], hours);
      estimates[i] = rate_of(found_hours.counts, found_hours.mean);
      of[i] = static_cast<double>(found_hours.counts.size());
      continue;
    }
    for (const auto& [hour, sum] : hours) clusters[i].push_back({sum.hits, sum.of});
    double hits = 0;
    for (const ClusterCounts& cluster : clusters[i]) {
      hits += cluster.hits;
      of[i] += cluster.mails;
    }
    const auto count = static_cast<double>(clusters[i].size());
    estimates[i].value = of[i] > 0 ? hits / of[i] : 0;
    estimates[i].degrees = count - 1;
    if (count < 2 || of[i] <= 0) continue;
    for (const ClusterCounts& cluster : clusters[i]) {
      const double residual = cluster.hits - estimates[i].value * cluster.mails;
      estimates[i].variance += count / (count - 1) * residual * residual / (of[i] * of[i]);
    }
  }
  set_by_welch(estimates[0], estimates[1], figure);
  figure.of_a = of[0];
  figure.of_b = of[1];
  if (figure.kind == Kind::share && figure.known) {
    figure.bounds =
        difference(figure.b, clustered(clusters[1]).bounds(), figure.a, clustered(clusters[0]).bounds());
  }
  return figure;
}

std::vector<ComparedFigure> Comparison::figures() const {
  std::set<std::pair<std::uint32_t, std::uint16_t>> keys;  // by milter first
  for (const Counts& counts : sides_) {
    for (const auto& [key, hours] : counts.figures) {
      const bool of_connections = key.figure >= connections;
      if (of_connections != is_of_messages()) keys.emplace(key.milter, key.figure);
    }
  }
  std::vector<ComparedFigure> all;
  for (const auto& [milter, key] : keys) {
    ComparedFigure figure = compare({key, milter});
    // A milter that is always asked is no news.
    const bool always = figure.key == "asked" && figure.a == 1 && figure.b == 1;
    if ((figure.a != 0 || figure.b != 0) && !always) all.push_back(std::move(figure));
  }
  return all;
}

}  // namespace milter_manager::report
