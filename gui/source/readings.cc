// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/source/readings.h"

#include <thread>

namespace milter_manager::gui {

Readings::Readings() : pool_(new QThreadPool), closed_(std::make_shared<std::atomic<bool>>(false)) {
  pool_->setMaxThreadCount(kThreads);
}

Readings::~Readings() {
  *closed_ = true;
  // What has not begun still runs, for its promise's sake, and does nothing.
  if (pool_->waitForDone(0)) {
    delete pool_;
    return;
  }
  std::thread([pool = pool_] { delete pool; }).detach();
}

}  // namespace milter_manager::gui
