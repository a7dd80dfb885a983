// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>

#include "core/maillog/stamp.h"

namespace milter_manager::maillog {

// Turns the stamps of one host's lines, in the order of its file, into Unix time.
//
// Stamps without an offset are local time in the process's zone. Where clocks are put back an hour comes twice:
// it is taken as the first time until the lines' order goes back within it (by more than kDisorder), and as
// the second
// from there.
//
// Stamps without a year get the newest year that does not put them more than a day into the future of `now`;
// that
// makes December of last year read in January last year's. Of the day that could still belong to either year
// the
// host's line before decides: lines go forward.
//
// Cost: nearly nothing for a line of the same minute as the line before, a few microseconds for another minute.
class HostClock {
 public:
  // Lines of several processes reach a log a little out of order.
  static constexpr std::int64_t kDisorder = 30;

  // Seconds, Unix time.
  double read(const Stamp& stamp, double now);
  // The same for a line that tells the Unix time itself.
  double read(std::int64_t microseconds, double now);

  // The oldest time of a line. Not part of the state.
  std::optional<double> oldest() const { return oldest_; }

  // What a later run has to know to go on where this one ends.
  struct State {
    std::optional<std::int64_t> last;
    std::optional<double> newest;
    bool operator==(const State&) const = default;
  };
  State state() const { return {last_, newest_}; }
  void restore(const State& state) {
    last_ = state.last;
    newest_ = state.newest;
  }

  // The newest time of a line that was not ahead of `now` by more than a minute: the log's own clock.
  std::optional<double> newest() const { return newest_; }

 private:
  double move(std::int64_t seconds, std::int32_t microseconds, double now);
  std::int64_t resolve(const Stamp& stamp, double now);
  std::int64_t resolve_local(const Stamp& stamp, int year, bool& comes_twice) const;
  void remember(std::int64_t time);

  std::optional<std::int64_t> last_;  // the line before, or a newer one a little before it
  std::optional<double> newest_;
  std::optional<double> oldest_;
  // The minute of the line before.
  Stamp minute_;
  std::int64_t minute_begin_ = 0;
  bool minute_is_known_ = false;
};

}  // namespace milter_manager::maillog
