// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <limits>

namespace milter_manager::gui {

// The stretch of time that linked charts show. All that zooms and pans works on one of these; whoever shows it listens.
// Times are Unix seconds. The range never leaves its limits, is never shorter than kShortest nor longer than the limits are:
// what would leave them is moved, then cut.
class TimeRange : public QObject {
  Q_OBJECT

 public:
  static constexpr double kShortest = 600;  // seconds

  explicit TimeRange(QObject* parent = nullptr) : QObject(parent) {}

  double from() const { return from_; }
  double to() const { return to_; }
  double length() const { return to_ - from_; }
  double earliest() const { return earliest_; }
  double latest() const { return latest_; }

  // Where a range may be: earliest < latest.
  void set_limits(double earliest, double latest);
  void set(double from, double to);
  // Makes the range `factor` times as long, so that `around` stays where it is.
  void zoom(double factor, double around);
  void pan(double seconds) { set(from_ + seconds, to_ + seconds); }

  // Whether the range's end is "now", and moves with it: follow() moves it there, pan and zoom away from it end that.
  bool is_following() const { return is_following_; }
  void set_following(bool following);
  // The moment that a cross-hair points at, in all linked charts; NaN: none.
  double pointed() const { return pointed_; }
  void set_pointed(double time);
  // It is `now`: the limits grow, and a range that follows moves on.
  void advance(double now);

 signals:
  void changed();
  void following_changed(bool following);
  void pointed_changed();

 private:
  void put(double from, double to);

  double from_ = 0, to_ = 86400;
  double earliest_ = 0, latest_ = 86400;
  double pointed_ = std::numeric_limits<double>::quiet_NaN();
  bool is_following_ = false;
};

}  // namespace milter_manager::gui
