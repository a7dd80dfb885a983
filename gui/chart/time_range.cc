// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/chart/time_range.h"

#include <algorithm>
#include <cmath>

namespace milter_manager::gui {

void TimeRange::set_limits(double earliest, double latest) {
  if (!std::isfinite(earliest) || !std::isfinite(latest)) return;
  earliest_ = earliest;
  latest_ = std::max(latest, earliest + kShortest);
  put(from_, to_);
}

void TimeRange::put(double from, double to) {
  if (!std::isfinite(from) || !std::isfinite(to)) return;
  const double length = std::clamp(to - from, kShortest, latest_ - earliest_);
  from = std::clamp(from, earliest_, latest_ - length);
  if (from == from_ && from + length == to_) return;
  from_ = from;
  to_ = from + length;
  emit changed();
}

void TimeRange::set(double from, double to) {
  put(from, to);
  // Half a pixel of a wide chart is as good as the end.
  if (is_following_ && to_ < latest_ - length() / 4000) set_following(false);
}

void TimeRange::zoom(double factor, double around) {
  if (!(factor > 0)) return;
  const double wanted = std::clamp(length() * factor, kShortest, latest_ - earliest_);
  const double part = (around - from_) / length();
  set(around - part * wanted, around + (1 - part) * wanted);
}

void TimeRange::set_following(bool following) {
  if (following) put(latest_ - length(), latest_);
  if (following == is_following_) return;
  is_following_ = following;
  emit following_changed(following);
}

void TimeRange::set_pointed(double time) {
  if (time == pointed_ || (std::isnan(time) && std::isnan(pointed_))) return;
  pointed_ = time;
  emit pointed_changed();
}

void TimeRange::advance(double now) {
  if (!(now > latest_)) return;
  latest_ = now;
  if (is_following_) put(latest_ - length(), latest_);
}

}  // namespace milter_manager::gui
