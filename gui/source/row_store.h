// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/archive/layout.h"
#include "core/maillog/minutes.h"
#include "gui/model/chart.h"
#include "gui/model/contents.h"

namespace milter_manager::gui {

// Whose rows. Rows are those that an archive of the kind would have.
struct SeriesId {
  std::string host;
  archive::Kind kind = archive::Kind::session;
  std::string milter;
  std::string key;  // report key
  auto operator<=>(const SeriesId&) const = default;
};

using Moment = std::chrono::sys_time<std::chrono::milliseconds>;

// Rows in memory, of what has no archives: logs, a running manager. A row is the mean (events a minute, levels) of one step. Memory
// is bounded: where there are more rows than kMost the step is doubled, and an eighth as many series get rows at all.
class RowStore {
 public:
  static constexpr std::size_t kMost = 300'000;  // some 50 MB

  explicit RowStore(std::chrono::seconds step, std::size_t most = kMost)
      : base_(step), step_(step), most_(most) {}

  // Puts a row in the order of the layout's sources; NaN is unknown. `share`: the part of the first step's length for which it held, within
  // the step that `time` is in. Of a second one for the same time events are added, and of levels the higher one counts.
  void put(const SeriesId& id, std::chrono::sys_seconds time, const maillog::Row& row, double share = 1);
  // Somebody looked from then to then: without a row nothing happened. Stretches nearer than `bridge` to each other are one.
  void mark_alive(Moment from, Moment to, std::chrono::seconds bridge);

  std::chrono::seconds step() const { return step_; }
  // Without failures. A log may have a line of 2099 in it: the newest row is the last that begins by `latest`, if there is one.
  Contents contents(std::chrono::sys_seconds latest = std::chrono::sys_seconds::max()) const;
  ChartData chart(const ChartQuery& query) const;
  Overview overview(const std::string& host, const Period& period) const;

 private:
  using Rows = std::map<std::int64_t, maillog::Row>;  // by time / step

  std::int64_t number(std::chrono::sys_seconds time) const;
  std::optional<std::chrono::sys_seconds> newest_by(std::chrono::sys_seconds latest) const;
  void double_step();
  ChartData chart_of(const SeriesId& id, const Rows& rows, const ChartQuery& query) const;
  // How much of it somebody looked at.
  std::chrono::milliseconds alive(Moment from, Moment to) const;

  std::chrono::seconds base_;  // what put() gets
  std::chrono::seconds step_;
  std::size_t most_;
  std::size_t count_ = 0;
  std::map<SeriesId, Rows> series_;
  std::map<Moment, Moment> alive_;  // begin → end; apart from each other
};

}  // namespace milter_manager::gui
