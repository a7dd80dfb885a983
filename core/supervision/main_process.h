// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/log/logger.h"
#include "core/net/loop.h"
#include "core/net/signal.h"
#include "core/net/timer.h"
#include "core/supervision/clock_watch.h"
#include "core/supervision/manager.h"
#include "core/supervision/service_manager.h"

namespace milter_manager::supervision {

// What the main process of a manager does beside serving or supervising, the same in both cases: takes the signals, keeps the service
// manager informed, and tells attachments of reloads.
//
//   TERM, INT   stop, with the signals' number
//   HUP         Manager::reload()
//   USR1        Manager::reopen_logs()
//
// On the loop's thread, but for its making and attach(), which come before the loop runs.
class MainProcess {
 public:
  using Stop = std::function<void(int nth)>;  // the first, the second, … signal
  MainProcess(net::Loop& loop, log::Logger& logger, Manager& manager, Stop stop);

  void attach(std::unique_ptr<Attachment> attachment);
  // The manager serves. Signals that came before are delivered now.
  void serving();
  // A reload begins, and has ended, with or without effect.
  void reload_began();
  void reload_ended(bool took_effect);
  // It stops, which may take that long.
  void stopping(std::chrono::duration<double> limit);
  bool is_stopping() const { return stopping_; }
  // Not before the manager's end: what still holds up the end may be ended by a signal then.
  void let_go_of_signals() { signals_.clear(); }

 private:
  void use_configuration();
  void tell_status();
  void check_clock();

  net::Loop& loop_;
  log::Logger& logger_;
  Manager& manager_;
  ServiceManager service_manager_;
  std::vector<std::unique_ptr<Attachment>> attachments_;
  std::vector<std::unique_ptr<net::Signal>> signals_;
  int stop_signals_ = 0;
  bool serving_ = false;
  bool told_ready_ = false;
  bool stopping_ = false;
  std::string status_ = "Starting";
  net::Timer status_timer_;
  net::Timer watchdog_;
  ClockWatch clock_;
  net::Timer clock_timer_;
};

}  // namespace milter_manager::supervision
