// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "milter-report/model/greylist_delays.h"
#include "milter-report/model/proportion.h"
#include "milter-report/model/quantile.h"
#include "test/milter_report/months/coverage.h"

namespace milter_manager::report {
namespace {

constexpr double kBegin = 1'790'000'000, kDay = 86400, kDelay = 600, kWindow = 4 * 3600;
constexpr double kNeverBack = 0.3;   // of the deferred
constexpr double kFirstRetry = 240;  // seconds, at least; as much again by chance, evenly
constexpr std::size_t kTriplets = 600;

// Whoever comes back does so after a pause that doubles each time.
std::vector<double> retries_of(std::mt19937_64& random) {
  double pause = kFirstRetry * (1 + std::uniform_real_distribution<>()(random));
  std::vector<double> times;
  for (double time = pause; time <= 2 * 3600; time += pause) {
    times.push_back(time);
    pause *= 2;
  }
  return times;
}

struct MonthTruth {
  std::uint64_t never_back = 0, deferred = 0;
  // For each delay of 1, 2 … minutes: how many would have passed, and after how long in sum.
  std::vector<std::uint64_t> passed = std::vector<std::uint64_t>(kDelays);
  std::vector<double> waited = std::vector<double>(kDelays);
};

MtaLine line_of(MtaLine::Kind kind, double time, std::string_view client, std::string_view sender) {
  MtaLine line;
  line.kind = kind;
  line.time = time;
  line.host = "mail";
  line.client_address = client;
  line.sender = sender;
  return line;
}

// A month of a site that greylists for ten minutes, as its MTA tells of it.
MonthTruth make_month(std::uint64_t seed, MailVisitor& visitor) {
  std::mt19937_64 random(seed);
  MonthTruth truth;
  std::uniform_real_distribution<> evenly;
  for (std::size_t i = 0; i < kTriplets; ++i) {
    const std::string client = "10." + std::to_string(i / 250) + "." + std::to_string(i % 250) + ".9";
    const std::string sender = "a@d" + std::to_string(i) + ".example";
    const double begin = kBegin + evenly(random) * 29 * kDay;
    const auto deferral = [&](double time) {
      MtaLine line = line_of(MtaLine::Kind::refusal, time, client, sender);
      line.recipient = "b@here.example";
      line.by_milter = true;
      line.reply_code = 451;
      line.stage = "RCPT";
      line.reply = "451 4.7.1 Greylisting in action, please come back in 00:10:00";
      visitor.mta_line(line);
    };
    deferral(begin);
    ++truth.deferred;
    if (evenly(random) < kNeverBack) {
      ++truth.never_back;
      continue;
    }
    const std::vector<double> retries = retries_of(random);
    for (std::size_t minutes = 1; minutes <= kDelays; ++minutes) {
      const auto passes =
          std::lower_bound(retries.begin(), retries.end(), 60.0 * static_cast<double>(minutes));
      truth.passed[minutes - 1] += passes != retries.end() ? 1 : 0;
      truth.waited[minutes - 1] += passes != retries.end() ? *passes : 0;
    }
    for (const double retry : retries) {
      if (retry < kDelay) {
        deferral(begin + retry);
        continue;
      }
      const std::string queue_id = "4Q" + std::to_string(i);
      for (const auto kind : {MtaLine::Kind::client, MtaLine::Kind::sender, MtaLine::Kind::delivery}) {
        const auto address = kind == MtaLine::Kind::client ? std::string_view(client) : std::string_view();
        MtaLine line = line_of(kind, begin + retry, address, sender);
        line.queue_id = queue_id;
        line.recipient = "b@here.example";
        visitor.mta_line(line);
      }
      break;
    }
  }
  // The log goes on for as long as anybody might come back.
  visitor.mta_line(line_of(MtaLine::Kind::removed, kBegin, "", ""));
  visitor.mta_line(line_of(MtaLine::Kind::removed, kBegin + 30 * kDay, "", ""));
  return truth;
}

TEST_CASE(
    "who never comes back and when others do is covered, and every delay up to the present one is replayed "
    "exactly",
    "[months]") {
  Coverage never_back, median, p95;
  bool are_exact = true;
  const double true_median = kFirstRetry * 1.5;
  for (int month = 0; month < kMonths; ++month) {
    GreylistLog log({.is_greylist = [](std::string_view) { return true; }, .rules = nullptr});
    const MonthTruth truth = make_month(static_cast<std::uint64_t>(month) + 1, log);
    GreylistDelays found = greylist_delays(log.record(), kWindow);
    are_exact = are_exact && found.episodes == truth.deferred && found.open_episodes == 0 &&
                found.present_delay == kDelay &&
                found.never_returned.hits == static_cast<double>(truth.never_back);
    for (std::size_t minutes = 1; minutes <= kDelays; ++minutes) {
      const DelayEffect& effect = found.effects[minutes - 1];
      are_exact = are_exact && effect.is_estimate == (minutes > 10);
      if (effect.is_estimate) continue;
      are_exact = are_exact && effect.passed == truth.passed[minutes - 1] &&
                  effect.mean_wait * static_cast<double>(effect.passed) ==
                      Approx(truth.waited[minutes - 1]).epsilon(1e-6);
    }
    const auto counts = [&](double hits) { return wilson({hits, static_cast<double>(truth.deferred)}); };
    never_back.add(found.never_returned.bounds(), kNeverBack, counts(found.never_returned.hits).width());
    const double returned = static_cast<double>(found.first_retries.size());
    // The width by the true distribution, which is even.
    const double exact = 2 * 1.96 * 0.5 / std::sqrt(returned) * kFirstRetry;
    median.add(*quantile_bounds(found.first_retries, 0.5), true_median, exact);
    // Of 600 mails the 95th percentile lies between few values: an interval of whole values is a little wide.
    p95.add(*quantile_bounds(found.first_retries, 0.95), kFirstRetry * 1.95, exact * std::sqrt(0.19));
  }
  CHECK(are_exact);
  never_back.require();
  median.require();
  p95.require();
}

}  // namespace
}  // namespace milter_manager::report
