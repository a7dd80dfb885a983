// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/config/configuration.h"
#include "core/result.h"
#include "core/supervision/snapshot.h"

namespace milter_manager::supervision {

// The whole manager as its controller and its metrics see it, whether it is one process or a supervisor with workers.
// Lives in the main process; all on the thread of that process's loop, all answers too, never from within the call.
class Manager {
 public:
  virtual ~Manager() = default;

  // The configuration in force as data. With workers the supervisor has it from the evaluating process: everything but the
  // blocks. Replaced by a reload; never null.
  virtual std::shared_ptr<const config::Configuration> configuration() const = 0;
  // The folders in which configuration files are looked for, in order: for set-configuration.
  virtual std::vector<std::string> load_paths() const = 0;

  // How everything stands now. Workers are asked; from one that does not answer within a second, what it said last counts.
  using SnapshotAnswer = std::function<void(const Snapshot&)>;
  virtual void take_snapshot(SnapshotAnswer answer) = 0;

  // Reads the configuration anew; the answer comes when new sessions take it, in all processes, or when it was refused: the
  // error has one line a problem ("FILE:LINE: message"). A reload that is asked for while one runs follows it.
  using Answer = std::function<void(Result<void>)>;
  virtual void reload(Answer answer) = 0;

  // New sessions leave the milter out until the next reload; running ones keep it. An error if there is none of that name, or while a
  // reload runs: its end would undo it.
  static constexpr const char* kReadingConfiguration = "the configuration is being read: ask again";
  virtual void stop_milter(const std::string& name, Answer answer) = 0;

  virtual void reopen_logs() = 0;
};

// Something in the main process that lives beside the serving, and that a reload may switch on, off or elsewhere: the
// controller, the metrics' exposer.
//
// Made on the main process's loop once rights are dropped, and told of the configuration then and after each
// reload that took effect.
class Attachment {
 public:
  virtual ~Attachment() = default;
  // An error is logged, and stands in the way of nothing.
  virtual Result<void> use(const config::Configuration& configuration) = 0;
};

// Has a milter's command started (privilege mode), by name: whoever really starts it takes the command from the
// configuration that it knows, never from here. Any process may ask; a worker's wish goes through the supervisor to the main process's
// starter. On the loop's thread, does not wait; false where it can't be.
using MilterStarter = std::function<bool(const std::string& milter)>;

}  // namespace milter_manager::supervision
