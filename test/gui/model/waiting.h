// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QElapsedTimer>
#include <QFuture>
#include <QTest>
#include <QTimer>
#include <catch2/catch.hpp>

#include "core/result.h"

namespace milter_manager::gui {

// Waits as a window would: its events go on.
template <typename T>
Result<T> wait_for(QFuture<Result<T>> future) {
  constexpr int kPatience = 60'000;  // milliseconds
  if (!QTest::qWaitFor([&] { return future.isFinished(); }, kPatience)) return failure("no answer came");
  if (future.resultCount() == 0) return failure("the question was cancelled");
  return future.result();
}

// Counts how often the event loop came round.
class Heart {
 public:
  Heart() {
    QObject::connect(&timer_, &QTimer::timeout, [this] { ++beats_; });
    timer_.start(10);
  }
  int beats() const { return beats_; }

 private:
  QTimer timer_;
  int beats_ = 0;
};

}  // namespace milter_manager::gui
