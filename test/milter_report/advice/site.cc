// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/milter_report/advice/site.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <queue>
#include <set>

namespace milter_manager::report {
namespace {

using statistics::Cause;
using statistics::Group;
using statistics::State;
using statistics::Status;

constexpr double kDelay = 600;

// A mail on its way: its first attempt or a later one.
struct Attempt {
  double time = 0;
  std::uint32_t domain = 0;
  std::uint32_t recipient = 0;
  double pause = 0;  // before this attempt; 0: the first
  bool operator>(const Attempt& other) const { return time > other.time; }
};

class Writer {
 public:
  explicit Writer(const Site& site) : site_(site), dice_(4711) {}

  std::string write() {
    const auto count = static_cast<std::size_t>(site_.days * static_cast<double>(site_.mails_a_day));
    for (std::size_t i = 0; i < count; ++i) {
      // Some domains send much, most little.
      const double place = dice_.next();
      const auto domain = static_cast<std::uint32_t>(place * place * 80);
      attempts_.push({kMonday + dice_.next() * site_.days * 86400, domain,
                      static_cast<std::uint32_t>(dice_.next() * 20), 0});
    }
    while (!attempts_.empty()) {
      const Attempt attempt = attempts_.top();
      attempts_.pop();
      if (attempt.time < kMonday + site_.days * 86400) deliver(attempt);
    }
    for (double time = kMonday; time < kMonday + site_.days * 86400; time += 3600) {
      log_.event(time, statistics::Heartbeat{3600, time, 0, 0, 12, 36, 0});
    }
    return log_.text();
  }

 private:
  void deliver(const Attempt& attempt);
  void defer(const Attempt& attempt, const std::string& client, const std::string& envelope);
  void accept(const Attempt& attempt, const std::string& client, const std::string& sender);
  statistics::MilterMessage line(std::string_view name, State state, Status status, double epoch,
                                 double waited) {
    statistics::MilterMessage message;
    message.state = state;
    message.status = status;
    message.recipients = 1;
    message.waited = message.final_waited = waited;
    message.epoch = epoch;
    message.session = session_;
    message.number = 1;
    message.child = ++child_;
    message.name = name;
    return message;
  }

  const Site& site_;
  Dice dice_;
  SiteLog log_;
  std::priority_queue<Attempt, std::vector<Attempt>, std::greater<>> attempts_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, double> first_;  // attempt of domain and recipient
  std::set<std::pair<std::uint32_t, std::uint32_t>> passed_;
  std::vector<double> free_from_;  // spamd's children
  std::uint32_t session_ = 1000, child_ = 2'000'000;
};

void Writer::deliver(const Attempt& attempt) {
  const std::string domain = fmt::format("d{}.example", attempt.domain);
  const std::string client = fmt::format("mx.{}[10.1.{}.7]", domain, attempt.domain);
  const std::string sender = "news@" + domain;
  ++session_;
  // As milter-greylist does it: the triplet has to wait, whichever mail of it comes again.
  const auto [known, is_new] = first_.try_emplace({attempt.domain, attempt.recipient}, attempt.time);
  if (!is_new && attempt.time - known->second >= kDelay) {
    accept(attempt, client, sender);
  } else {
    defer(attempt, client,
          fmt::format("from=<{}> to=<u{}@here.example> proto=ESMTP", sender, attempt.recipient));
  }
}

void Writer::defer(const Attempt& attempt, const std::string& client, const std::string& envelope) {
  const double end = attempt.time + 0.1;
  if (site_.has_mta) {
    log_.add(end, "postfix/smtpd[1001]",
             fmt::format("NOQUEUE: milter-reject: RCPT from {}: 451 4.7.1 Greylisting in action, please come "
                         "back in 00:10:00; {}",
                         client, envelope));
  }
  if (site_.has_messages) {
    auto greylist = line("milter-greylist", State::envelope_recipient, Status::temporary_failure, end, 0.002);
    greylist.deferred = 1;
    log_.event(end, greylist);
    auto spam = line("spamass-milter", State::envelope_recipient, Status::abort, end, 0);
    spam.cause = Cause::cut;
    spam.epoch.reset();
    log_.event(end, spam);
    log_.event(end, statistics::MessageEnd{State::envelope_recipient, Status::temporary_failure, 0.1, 0, 1, 1,
                                           session_, 1, ""});
  }
  log_.event(end,
             statistics::SessionEnd{State::envelope_recipient, Status::temporary_failure, 0.2, session_});
  // Every fourth domain never comes back, the others wait longer each time.
  if (attempt.domain % 4 == 3) return;
  Attempt next = attempt;
  next.pause = attempt.pause > 0 ? attempt.pause * 2 : 150 + 30 * (attempt.domain % 10);
  next.time += next.pause;
  attempts_.push(next);
}

void Writer::accept(const Attempt& attempt, const std::string& client, const std::string& sender) {
  const bool was_delayed = passed_.insert({attempt.domain, attempt.recipient}).second;
  const std::string queue_id = fmt::format("4Q{:05X}", session_);
  const bool is_spam = attempt.domain % 10 == 1 && dice_.chance(0.9);
  const bool is_refused = attempt.domain % 10 == 1 ? dice_.chance(0.7) : dice_.chance(0.0008);
  const bool is_enforced = static_cast<double>(attempt.domain * 37 % 80) < site_.enforced * 80;
  const double begin = attempt.time + 0.5;
  const double service = dice_.exponential(site_.service);
  if (free_from_.empty()) free_from_.assign(site_.children, 0);
  double& child = *std::min_element(free_from_.begin(), free_from_.end());
  const bool has_queued = child > begin;
  child = std::max(child, begin) + service;
  const double end = child;
  if (has_queued)
    log_.add(begin, "spamd[701]", "prefork: server reached --max-children setting, consider raising it");
  if (has_queued) log_.add(begin, "spamd[701]", "prefork: child states: " + std::string(site_.children, 'B'));
  if (site_.has_mta)
    log_.add(attempt.time, "postfix/smtpd[1001]", fmt::format("{}: client={}", queue_id, client));

  auto greylist = line("milter-greylist", State::end_of_message, Status::pass, begin, 0.001);
  auto spam = line("spamass-milter", State::end_of_message, Status::pass, end, end - begin);
  auto policy =
      line("policy", State::end_of_message, is_refused ? Status::reject : Status::pass, end + 0.01, 0.01);
  policy.group = is_enforced ? Group::enforced : Group::evaluated;
  if (was_delayed) {
    const auto delay = static_cast<unsigned>(attempt.time - first_[{attempt.domain, attempt.recipient}]);
    log_.event(
        end, statistics::MilterHeaderAdd{greylist.child, "X-Greylist",
                                         fmt::format("Delayed for {:02}:{:02}:{:02} by milter-greylist-4.6.4",
                                                     delay / 3600, delay / 60 % 60, delay % 60),
                                         "milter-greylist"});
  }
  if (is_spam)
    log_.event(end, statistics::MilterHeaderAdd{spam.child, "X-Spam-Flag", "YES", "spamass-milter"});
  const bool is_rejected = site_.has_policy && is_refused && is_enforced;
  const Status status = is_rejected ? Status::reject : Status::pass;
  if (site_.has_messages) {
    for (auto* message : {&greylist, &spam, &policy}) {
      if (message == &policy && !site_.has_policy) continue;
      message->queue_id = queue_id;
      log_.event(end + 0.02, *message);
    }
    log_.event(end + 0.02, statistics::MessageEnd{State::end_of_message, status, end - attempt.time, 5000, 1,
                                                  0, session_, 1, queue_id});
  }
  log_.event(end + 0.1, statistics::MilterEnd{State::end_of_message, Status::pass, end - begin, spam.child,
                                              "spamass-milter"});
  log_.event(end + 0.1, statistics::SessionEnd{State::end_of_message, status, end - attempt.time, session_});
  if (!site_.has_mta || is_rejected) return;
  log_.add(end + 0.2, "postfix/qmgr[12]",
           fmt::format("{}: from=<{}>, size=5000, nrcpt=1 (queue active)", queue_id, sender));
  log_.add(end + 0.3, "postfix/local[13]",
           fmt::format("{}: to=<u{}@here.example>, relay=local, delay=1, dsn=2.0.0, status=sent (delivered)",
                       queue_id, attempt.recipient));
  log_.add(end + 0.4, "postfix/qmgr[12]", fmt::format("{}: removed", queue_id));
}

}  // namespace

void SiteLog::add(double time, const std::string& program, const std::string& text) {
  const auto seconds = static_cast<std::time_t>(time);
  const auto fraction = static_cast<unsigned>((time - std::floor(time)) * 1e6);
  lines_.emplace_back(time, fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06}+00:00 mail {}: {}\n",
                                        fmt::gmtime(seconds), fraction, program, text));
}

void SiteLog::event(double time, const statistics::Event& event) {
  std::string text = "[statistics] ";
  statistics::format(event, text);
  add(time, "milter-manager[9612]", text);
}

std::string SiteLog::text() const {
  auto lines = lines_;
  std::stable_sort(lines.begin(), lines.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::string all;
  for (const auto& [time, line] : lines) all += line;
  return all;
}

double Dice::next() {
  // SplitMix64 (Steele, Lea and Flood, 2014).
  std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

double Dice::exponential(double mean) { return -mean * std::log1p(-next()); }

std::string log_of(const Site& site) { return Writer(site).write(); }

}  // namespace milter_manager::report
