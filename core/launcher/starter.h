// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "core/launcher/commands.h"
#include "core/log/logger.h"
#include "core/net/child_process.h"
#include "core/net/frame.h"
#include "core/net/loop.h"
#include "core/net/stream.h"
#include "core/supervision/manager.h"

namespace milter_manager::launcher {

// The number under which a launcher's process has its channel.
inline constexpr int kChannelDescriptor = 3;

// A launcher's process, and the way to it. The commands in it are all that it will ever start.
struct Launched {
  pid_t pid = 0;
  net::Descriptor channel;
  std::map<std::string, Command> commands;  // by milter
};

// Starts it: to be called with the rights that it is to keep, before they are given up. `program` is the manager's own, called so that
// it runs Launcher on kChannelDescriptor; it has no descriptors yet.
Result<Launched> start_launcher(net::Program program, std::map<std::string, Command> commands);

// The launcher as the main process sees it: asks it for a milter's command, and logs what comes of it. On the loop's thread.
//
//   [launcher][start] /etc/init.d/milter-greylist start: milter-greylist
//   [launcher][error] Couldn't start new process: </etc/…>: Permission denied: milter-greylist
//   [launcher][end] /etc/init.d/milter-greylist start: exit status 0
//   [launcher][output] /etc/…: Starting …       (debug; [launcher][complaint] is its standard error)
class Starter final : public supervision::Attachment, net::StreamEvents {
 public:
  // `outcome` is told what became of each start(); may be empty.
  using Outcome = std::function<void(const std::string& milter, bool started)>;
  Starter(net::Loop& loop, log::Logger& logger, Launched launched, Outcome outcome);

  // Does not wait. False: this milter has no command that may be started, or the launcher is gone.
  bool start(const std::string& milter);

  // A reload: commands that it changed can't be started before the manager is started anew; a warning says so.
  Result<void> use(const config::Configuration& configuration) override;

 private:
  void received(std::string_view bytes) override;
  void ended() override;
  void failed(const net::StreamError& error) override;
  void heard(const Report& report);
  void answered(const Report& report);
  void lost(const std::string& why);

  log::Logger& logger_;
  const std::map<std::string, Command> allowed_;
  const Outcome outcome_;
  std::map<std::string, Command> commands_;  // of the configuration in force
  std::set<std::string> warned_;             // of milters whose commands were changed
  std::deque<std::string> asked_;            // milters, in the order of answers to come
  net::FrameReader reader_{kMostBytes + 4096};
  std::unique_ptr<net::ChildProcess> process_;
  net::Stream channel_;
};

}  // namespace milter_manager::launcher
