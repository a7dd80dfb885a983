// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/model/mails.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <map>
#include <utility>

#include "core/maillog/log_plan.h"
#include "core/maillog/oldest_time.h"
#include "core/maillog/rotation.h"
#include "milter-report/model/assembly.h"
#include "milter-report/model/mta_join.h"

namespace milter_manager::report {
namespace {

constexpr std::size_t kMaximumHosts = 8192;

// One pass over the logs.
class Reading {
 public:
  Reading(const LogSelection& selection, std::span<MailVisitor* const> visitors)
      : selection_(selection),
        visitors_(visitors.begin(), visitors.end()),
        assembly_(selection.rules, milters_),
        join_([this](Message& message, std::vector<ChildVerdict>& children) { deliver(message, children); }) {
    for (MailVisitor* const visitor : visitors_) {
      const MailVisitor::Wants wants = visitor->wants();
      if (wants.mta || wants.lines) mta_visitors_.push_back(visitor);
      joins_ = joins_ || wants.mta;
      if (wants.others) other_visitors_.push_back(visitor);
    }
  }

  bool wants_other_lines() const { return !mta_visitors_.empty() || !other_visitors_.empty(); }

  void take(const maillog::Record& record) {
    const std::uint32_t host = number_of(record.host);
    const bool in_period = is_in_period(record.time);
    widen(record.time, report_.log_first, report_.log_last);
    if (in_period) count(host, record);
    const std::uint64_t process = std::uint64_t{host} << 32 | record.pid;
    Message* const message = assembly_.take(process, record);
    if (in_period) {
      for (MailVisitor* const visitor : visitors_) visitor->event(record);
      if (is_header(record.event) && !assembly_.hits().empty()) {
        for (MailVisitor* const visitor : visitors_) visitor->header(record, assembly_.hits());
      }
    }
    if (message == nullptr) return;
    message->host = hosts_.name(host);
    if (!joins_) {
      tell(*message);
    } else {
      join_.take(host, *message, assembly_.take_children());
    }
  }

  void take(const maillog::OtherLine& line) {
    const bool in_period = is_in_period(line.time);
    if (in_period) {
      for (MailVisitor* const visitor : other_visitors_) visitor->other_line(line);
    }
    if (mta_visitors_.empty()) return;
    const auto mta_line = parse_mta_line(line);
    if (!mta_line) return;
    if (joins_) join_.take(number_of(line.host), *mta_line);
    if (!in_period) return;
    for (MailVisitor* const visitor : mta_visitors_) visitor->mta_line(*mta_line);
  }

  ReadReport finish(const maillog::Stream& stream) {
    join_.finish();
    assembly_.finish();
    report_.counts = stream.counts();
    report_.unfinished = assembly_.unfinished();
    report_.milters.assign(milters_.all().begin(), milters_.all().end());
    for (const auto& [number, host] : by_host_) {
      report_.hosts.push_back(host);
      report_.hosts.back().name = hosts_.name(number);
    }
    std::sort(report_.hosts.begin(), report_.hosts.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    return std::move(report_);
  }

  ReadReport& report() { return report_; }

 private:
  bool is_in_period(double time) const {
    return (!selection_.since || time >= *selection_.since) &&
           (!selection_.until || time < *selection_.until);
  }
  static bool is_header(const statistics::Event& event) {
    return std::holds_alternative<statistics::MilterHeaderAdd>(event) ||
           std::holds_alternative<statistics::SessionHeaderAdd>(event);
  }
  // For each line, of few hosts. The view was just made: to read its halves one by one is faster than both at once.
  std::uint32_t number_of(const std::string_view& host) {
    const std::size_t size = host.size();
    if (recent_number_ && size == recent_host_.size() &&
        (size == 0 || std::memcmp(host.data(), recent_host_.data(), size) == 0)) {
      return *recent_number_;
    }
    recent_host_ = host;
    return recent_number_.emplace(hosts_.number(host));
  }
  static void widen(double time, std::optional<double>& first, std::optional<double>& last) {
    if (!first || time < *first) first = time;
    if (!last || time > *last) last = time;
  }

  void count(std::uint32_t host_number, const maillog::Record& record) {
    ++report_.events;
    widen(record.time, report_.first, report_.last);
    if (host_ == nullptr || host_number != host_number_) {
      host_ = &by_host_[host_number];
      host_number_ = host_number;
    }
    ++host_->events;
    const bool ends = std::holds_alternative<statistics::SessionEnd>(record.event) ||
                      std::holds_alternative<statistics::OldSessionEnd>(record.event);
    if (ends) ++report_.connections;
    if (std::holds_alternative<statistics::MilterLoad>(record.event)) ++report_.loads;
    if (!std::holds_alternative<statistics::Heartbeat>(record.event)) return;
    ++report_.heartbeats;
    host_->written += record.delivery.written;
    host_->lost += record.delivery.lost;
    host_->dropped += record.delivery.dropped;
  }

  void deliver(Message& message, std::vector<ChildVerdict>& children) {
    tell(message);
    assembly_.give_back(std::move(children));
  }

  void tell(const Message& message) {
    if (!is_in_period(message.time)) return;
    ++report_.messages;
    report_.verdicts += message.children.size();
    if (!message.queue_id.empty()) ++report_.with_queue_id;
    if (message.mta != nullptr) ++report_.joined;
    for (MailVisitor* const visitor : visitors_) visitor->message(message);
  }

  const LogSelection& selection_;
  std::vector<MailVisitor*> visitors_, mta_visitors_, other_visitors_;
  Names hosts_{kMaximumHosts};
  std::string recent_host_;
  std::optional<std::uint32_t> recent_number_;  // of recent_host_
  Names milters_{kMaximumMilters};
  bool joins_ = false;
  Assembly assembly_;
  MtaJoin join_;
  ReadReport report_;
  std::map<std::uint32_t, ReadReport::HostReport> by_host_;
  ReadReport::HostReport* host_ = nullptr;
  std::uint32_t host_number_ = 0;
};

std::vector<std::string> paths_of(const LogSelection& selection) {
  std::vector<std::string> paths = maillog::expand_patterns(selection.paths);
  if (!selection.rotated) return paths;
  std::vector<std::string> all;
  for (const std::string& path : paths) {
    all.push_back(path);
    if (path == "-") continue;
    for (std::string& older : maillog::rotated_logs(path)) all.push_back(std::move(older));
  }
  return all;
}

std::optional<double> first_time(const maillog::LogPiece& piece, double now) {
  if (!piece.file.is_regular()) return std::nullopt;
  const auto source = piece.file.begin();
  return source ? maillog::oldest_time(**source, now) : std::nullopt;
}

// The logs, oldest first.
std::vector<maillog::LogPiece*> in_order(maillog::LogPlan& plan, double now) {
  std::vector<std::pair<double, maillog::LogPiece*>> order;
  for (maillog::LogPiece& piece : plan.pieces) {
    const double time = plan.pieces.size() > 1
                            ? first_time(piece, now).value_or(-std::numeric_limits<double>::infinity())
                            : 0;
    order.emplace_back(time, &piece);
  }
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<maillog::LogPiece*> pieces;
  for (const auto& [time, piece] : order) pieces.push_back(piece);
  return pieces;
}

}  // namespace

Result<ReadReport> read_mails(const LogSelection& selection, std::span<MailVisitor* const> visitors) {
  Reading reading(selection, visitors);
  maillog::Stream::Settings settings{selection.program, selection.now};
  if (reading.wants_other_lines()) {
    settings.other = [&](const maillog::OtherLine& line) { reading.take(line); };
  }
  maillog::Stream stream(settings, [&](const maillog::Record& record) { reading.take(record); });

  maillog::LogPlan plan = maillog::plan_reading(paths_of(selection), {});
  ReadReport& report = reading.report();
  report.notes = std::move(plan.notes);
  report.failures = std::move(plan.gaps);
  std::size_t read = 0;
  for (const maillog::LogPiece* const piece : in_order(plan, selection.now)) {
    const auto source = piece->file.begin();
    if (!source) {
      report.failures.push_back(source.error().message);
      continue;
    }
    const auto progress = stream.read_on(**source, piece->file.path(), maillog::Stream::LastLine::take);
    if (progress.error) report.failures.push_back(progress.error->message);
    if (!progress.error || progress.done > 0) ++read;
  }
  if (read == 0) {
    if (report.failures.empty()) return failure("there is no log to read");
    return failure(fmt::format("{}", fmt::join(report.failures, "; ")));
  }
  return reading.finish(stream);
}

}  // namespace milter_manager::report
