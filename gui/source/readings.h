// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFuture>
#include <QPromise>
#include <QThreadPool>
#include <atomic>
#include <functional>
#include <memory>
#include <utility>

#include "core/result.h"

namespace milter_manager::gui {

// Asked between two pieces of work: whether nobody waits for the answer any more.
using IsCancelled = std::function<bool()>;

// Does a source's reading off the GUI's thread. A disk or a host that hangs, hangs a thread of this pool and nothing else: the
// pool is never waited for, neither when the source is closed nor when the program ends.
class Readings {
 public:
  Readings();
  // Cancels what is under way, and leaves it to itself.
  ~Readings();
  Readings(const Readings&) = delete;
  Readings& operator=(const Readings&) = delete;

  // `work`: Result<T>(const IsCancelled&), called on another thread: it must own all that it uses.
  template <typename T, typename Work>
  QFuture<Result<T>> start(Work work) {
    auto promise = std::make_shared<QPromise<Result<T>>>();
    QFuture<Result<T>> future = promise->future();
    promise->start();
    pool_->start([promise, closed = closed_, work = std::move(work)] {
      const IsCancelled is_cancelled = [promise, closed] { return *closed || promise->isCanceled(); };
      if (!is_cancelled()) {
        Result<T> result = work(is_cancelled);
        if (!is_cancelled()) promise->addResult(std::move(result));
      }
      if (*closed) promise->future().cancel();
      promise->finish();
    });
    return future;
  }

 private:
  static constexpr int kThreads = 2;  // one may be busy with the list while a chart is wanted
  QThreadPool* pool_;
  std::shared_ptr<std::atomic<bool>> closed_;
};

// An answer that is there already.
template <typename T>
QFuture<Result<T>> answered(Result<T> result) {
  QPromise<Result<T>> promise;
  promise.start();
  promise.addResult(std::move(result));
  promise.finish();
  return promise.future();
}

}  // namespace milter_manager::gui
