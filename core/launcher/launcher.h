// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/types.h>

#include <chrono>
#include <list>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "core/launcher/message.h"
#include "core/net/descriptor.h"
#include "core/net/frame.h"

namespace milter_manager::launcher {

// The process that keeps the rights that the manager gives up, to start milters' commands. It has one thread, no Ruby, no
// configuration, and does nothing but what message.h says: what may be started was said before the manager gave its rights up, and is
// started as it was said then, whatever the manager, or who may have taken it over, sends later.
//
// When the manager is gone nothing is started any more, but what was started goes on, and what it writes is read and thrown
// away until it has closed its output: nobody shall die of a broken pipe because the mail system was started anew.
class Launcher {
 public:
  // A command that has just ended is not started again before: one that ends at once must not keep the machine busy.
  static constexpr std::chrono::seconds kRest{5};
  static constexpr std::size_t kLongestLine = 1000;      // bytes of output told at once
  static constexpr std::size_t kMostUnsent = 64 * 1024;  // output beyond that is thrown away, requests wait

  // `channel`: a connected stream socket to the manager.
  explicit Launcher(net::Descriptor channel);
  // Until there is nothing to do any more. Returns the exit status.
  int run();

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Output {
    net::Descriptor pipe;
    std::string command;
    FromLauncher kind;
    std::string begun;  // of a line
  };

  void read_channel();
  void take(const Request& request);
  Report launch(const Command& command);
  bool is_resting(const Command& command) const;
  void read_output(Output& output);
  void tell_output(const Output& output, std::string_view line);
  void reap();
  void tell(const Report& report);
  void flush();

  net::Descriptor channel_;
  net::FrameReader reader_{kMostBytes};
  std::string unsent_;
  bool sealed_ = false;
  std::set<Command> allowed_;
  std::map<pid_t, Command> running_;
  std::map<Command, Time> ended_;
  std::list<Output> outputs_;
};

}  // namespace milter_manager::launcher
