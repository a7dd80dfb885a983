// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFuture>
#include <QFutureWatcher>
#include <QObject>
#include <utility>

namespace milter_manager::gui {

// Calls `take` with the future's result, on the thread of `context`, from its event loop. Never where the future is cancelled, or where `context` is
// gone by then: that is what QFuture::then() does not allow before Qt 6.5 (an assertion, or a null pointer).
template <typename T, typename Take>
void on_answer(const QFuture<T>& future, QObject* context, Take take) {
  auto* const watcher = new QFutureWatcher<T>(context);
  QObject::connect(watcher, &QFutureWatcherBase::finished, context,
                   [watcher, take = std::move(take)]() mutable {
                     watcher->deleteLater();
                     if (!watcher->isCanceled() && watcher->future().resultCount() > 0)
                       take(watcher->result());
                   });
  watcher->setFuture(future);
}

}  // namespace milter_manager::gui
