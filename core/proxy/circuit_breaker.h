// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "core/config/configuration.h"
#include "core/statistics/event.h"

namespace milter_manager::proxy {

// Watches what share of the mail one milter rejects (or discards): a signature, a list or a model that went wrong overnight rejects
// everything, and nobody looks before the users call.
//
// It opens when of the last kRecent answers more than `factor` times the usual share were rejections, at least kLeastRejections of
// them, and five standard deviations more than usual, so that chance alone does not open it. The usual share is that of the
// some 10,000 answers before; with fewer than kLeastKnown of them nothing is usual yet, and one below 1 % counts as 1 %. It closes when a whole
// kRecent answers since it opened have come half way back. What is answered while it is open changes nothing in what is usual.
class CircuitBreaker {
 public:
  static constexpr std::size_t kRecent = 100;
  static constexpr std::size_t kLeastRejections = 10;
  static constexpr double kLeastKnown = 500;
  static constexpr double kLeastUsual = 0.01;

  enum class Change : std::uint8_t { none, opened, closed };
  Change count(bool rejected, double factor);
  // Somebody has looked: what was recent is forgotten, what is usual is not.
  void close();

  bool is_open() const { return open_; }
  std::uint64_t trips() const { return trips_; }
  double usual_share() const { return known_ > 0 ? known_rejected_ / known_ : 0; }
  double recent_share()
      const;  // of fewer than kRecent answers, where there have not been more since it opened

 private:
  void begin_anew();
  bool is_unusual(double factor) const;

  std::bitset<kRecent> recent_;
  std::size_t next_ = 0;
  std::size_t counted_ = 0;    // up to kRecent; since it opened, while it is open
  double known_ = 0;           // answers before the recent ones, the older the less they weigh
  double known_rejected_ = 0;  // of these
  bool open_ = false;
  std::uint64_t trips_ = 0;
};

// What a milter has said of a mail.
struct Answer {
  std::string_view milter;
  bool rejected = false;
};
// nullopt: the event is of something else, what it tells is not the milter's own last word, or another event (of its end) tells
// the same. The view is the event's.
std::optional<Answer> answer_in(const statistics::Event& event);

// Those of all milters that have one (milter.circuit_breaker).
class CircuitBreakers {
 public:
  // After a reload: all are closed, since somebody has looked. What is usual stays known.
  void use(const config::Configuration& configuration);

  struct Changed {
    std::string milter;
    bool opened = false;
    double usual_share = 0;  // of rejections
  };
  // Sees what sessions report.
  std::optional<Changed> count(const statistics::Event& event);
  // The same of an Answer; one of a milter without a breaker counts nothing.
  std::optional<Changed> count(std::string_view milter, bool rejected);

  // The milters whose verdicts are not to count now.
  std::set<std::string> open() const;
  const std::map<std::string, CircuitBreaker, std::less<>>& all() const { return breakers_; }

 private:
  std::map<std::string, double, std::less<>> factors_;
  std::map<std::string, CircuitBreaker, std::less<>> breakers_;
};

}  // namespace milter_manager::proxy
