// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/circuit_breaker.h"

#include <algorithm>
#include <cmath>
#include <variant>

namespace milter_manager::proxy {
namespace {

constexpr double kMemory = 10'000;  // answers
constexpr double kDeviations = 5;

bool is_rejection(statistics::Status status) {
  return status == statistics::Status::reject || status == statistics::Status::discard;
}

// Of the connection. Who is rejected then sends no message; where mail goes on all the same, each repeats it.
bool is_early(statistics::State state) {
  return state == statistics::State::connect || state == statistics::State::helo;
}

// It spoke for itself, and finally.
bool is_own_word(statistics::Cause cause) {
  return cause == statistics::Cause::answer || cause == statistics::Cause::overruled;
}

}  // namespace

void CircuitBreaker::close() {
  open_ = false;
  begin_anew();
}

void CircuitBreaker::begin_anew() {
  recent_.reset();
  next_ = counted_ = 0;
}

double CircuitBreaker::recent_share() const {
  return counted_ == 0 ? 0 : static_cast<double>(recent_.count()) / static_cast<double>(counted_);
}

CircuitBreaker::Change CircuitBreaker::count(bool rejected, double factor) {
  const bool is_full = counted_ == kRecent;
  if (is_full && !open_) {
    known_ = known_ * (1 - 1 / kMemory) + 1;
    known_rejected_ = known_rejected_ * (1 - 1 / kMemory) + (recent_[next_] ? 1 : 0);
  }
  recent_[next_] = rejected;
  next_ = (next_ + 1) % kRecent;
  if (!is_full) ++counted_;
  if (counted_ < kRecent) return Change::none;
  if (!open_ && is_unusual(factor)) {
    open_ = true;
    ++trips_;
    begin_anew();
    return Change::opened;
  }
  const double usual = std::max(usual_share(), kLeastUsual);
  if (open_ && recent_share() <= usual * (1 + factor) / 2) {
    open_ = false;
    return Change::closed;
  }
  return Change::none;
}

bool CircuitBreaker::is_unusual(double factor) const {
  if (known_ < kLeastKnown || recent_.count() < kLeastRejections) return false;
  const double usual = std::max(usual_share(), kLeastUsual);
  const double deviation = std::sqrt(usual * (1 - std::min(usual, 1.0)) / static_cast<double>(kRecent));
  return recent_share() > usual * factor && recent_share() > usual + kDeviations * deviation;
}

void CircuitBreakers::use(const config::Configuration& configuration) {
  factors_.clear();
  for (const config::Milter& milter : configuration.milters) {
    if (milter.enabled && milter.circuit_breaker) factors_[milter.name] = *milter.circuit_breaker;
  }
  for (auto at = breakers_.begin(); at != breakers_.end();) {
    at->second.close();
    at = factors_.count(at->first) == 0 ? breakers_.erase(at) : std::next(at);
  }
  for (const auto& [name, factor] : factors_) breakers_.try_emplace(name);
}

std::optional<Answer> answer_in(const statistics::Event& event) {
  if (const auto* message = std::get_if<statistics::MilterMessage>(&event)) {
    const bool rejected = is_rejection(message->status);
    if (rejected && is_early(message->state)) return std::nullopt;  // it is counted at the milter's end
    if (is_own_word(message->cause)) return Answer{message->name, rejected};
  } else if (const auto* part = std::get_if<statistics::MilterEnd>(&event)) {
    if (is_early(part->state) && is_rejection(part->status)) return Answer{part->name, true};
  }
  return std::nullopt;
}

std::optional<CircuitBreakers::Changed> CircuitBreakers::count(const statistics::Event& event) {
  if (factors_.empty()) return std::nullopt;
  const auto answer = answer_in(event);
  return answer ? count(answer->milter, answer->rejected) : std::nullopt;
}

std::optional<CircuitBreakers::Changed> CircuitBreakers::count(std::string_view milter, bool rejected) {
  const auto factor = factors_.find(milter);
  if (factor == factors_.end()) return std::nullopt;
  CircuitBreaker& breaker = breakers_.find(milter)->second;
  const auto change = breaker.count(rejected, factor->second);
  if (change == CircuitBreaker::Change::none) return std::nullopt;
  return Changed{factor->first, change == CircuitBreaker::Change::opened, breaker.usual_share()};
}

std::set<std::string> CircuitBreakers::open() const {
  std::set<std::string> open;
  for (const auto& [name, breaker] : breakers_) {
    if (breaker.is_open()) open.insert(name);
  }
  return open;
}

}  // namespace milter_manager::proxy
