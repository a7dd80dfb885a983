// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "test/log_analyzer/program.h"

namespace milter_manager::log_analyzer {

// A daemon that listens on a socket "s" in the directory. It is ended with the object.
class DaemonProcess {
 public:
  DaemonProcess(const ScratchDirectory& directory, const std::vector<std::string>& words);
  ~DaemonProcess();
  DaemonProcess(const DaemonProcess&) = delete;
  DaemonProcess& operator=(const DaemonProcess&) = delete;

  // Sends the signal and waits for the end.
  void end(int signal);

 private:
  pid_t pid_;
};

// rrdcached for the archives in "out", which keeps updates for an hour unless it is asked to write them. It answers when
// this returns.
std::vector<std::string> rrdcached(const ScratchDirectory& directory);
// One that loses everything.
std::vector<std::string> forgetful_daemon(const ScratchDirectory& directory);

}  // namespace milter_manager::log_analyzer
