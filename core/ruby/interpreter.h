// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/config/check.h"
#include "core/config/configuration.h"
#include "core/config/value.h"
#include "core/result.h"

namespace milter_manager::ruby {

// Called on the thread that runs Ruby, with a level's name ("info") and a text that may hold anything.
using LogSink = std::function<void(std::string_view level, std::string_view text)>;

struct InterpreterOptions {
  std::string library;  // the folder that has milter_manager.rb; "": the library in the program itself
  std::string prefix;   // where the manager is installed: relative database files are looked for there
  LogSink log;          // for what configuration files log; may be empty
  // Where people find the files of the library in the program: their names in messages begin with it. Nothing is read there.
  std::string library_name = "/usr/share/milter-manager/ruby";
};

struct LoadOptions {
  std::vector<std::string> load_paths;
  std::string file = "milter-manager.conf";  // looked up in load_paths
  std::string custom_file;                   // read last; XML or Ruby; "": none
  // Go on behind an error and find the others too: within a file, statement by statement. The configuration is good for
  // nothing else then.
  bool checking = false;
  // The configuration's files as another process has found them (LoadOutcome::sources), taken instead of what is on the disk
  // now; "": the files. And whether the outcome is to have them.
  std::string sources;
  bool keep_sources = false;
  config::Configuration defaults;
  std::vector<std::pair<std::string, config::Value>> overrides;  // settings that win over the files
};

struct LoadOutcome {
  // What was read; never null. As long as a copy of the pointer lives, so do the blocks that belong to it.
  std::shared_ptr<const config::Configuration> configuration;
  // Errors in the order in which they arose, then what config::check() finds.
  std::vector<config::Problem> problems;
  // An exception other than InvalidValue ended the reading: what came after it is missing.
  bool aborted = false;
  std::string sources;

  bool has_errors() const;
};

// The one Ruby of this process. It lives on the main thread: all members must be called there, but for post() and
// stop().
//
//   int main(int argc, char** argv) {
//     void* frame = nullptr;
//     auto ruby = ruby::Interpreter::boot(&frame, {"", prefix, log});
//     auto outcome = (*ruby)->load({{"/etc/milter-manager"}});
//     std::thread loop([&] { …; (*ruby)->stop(); });
//     (*ruby)->run_until_stopped();   // reloads are posted by the loop's thread
//
// Signals: HUP, INT, TERM and USR1 stay as they were before boot(), for the loop to take; Ruby keeps SIGCHLD, so
// nothing in this process may use uv_spawn or watch SIGCHLD. Configuration files can't end the process: exit, abort, throw and endless recursion
// end the reading, exit!, exec and traps for the manager's signals raise.
class Interpreter {
 public:
  // `main_frame` is the address of a variable of main() itself: Ruby looks for its objects on the stack up to there.
  // Can be done once in a process.
  static Result<std::unique_ptr<Interpreter>> boot(const void* main_frame, InterpreterOptions options);
  // Ends Ruby: runs its at_exit blocks and ends its threads.
  ~Interpreter();
  Interpreter(const Interpreter&) = delete;
  Interpreter& operator=(const Interpreter&) = delete;

  // Reads the configuration anew: nothing of an earlier one is in it, but for what Ruby keeps by itself (globals,
  // required files, reopened classes). Takes as long as the files' Ruby takes.
  LoadOutcome load(const LoadOptions& options);
  // Once the last of the readings has been checked: what is there once for all of Ruby, a database's models, is `outcome`'s from
  // then on, or that of the configuration before if this one has errors.
  void settle(const LoadOutcome& outcome);

  // From any thread: `work` runs on the main thread during run_until_stopped(), in order of posting. It must not throw.
  void post(std::function<void()> work);
  // Waits without keeping other Ruby threads from running, and runs what is posted. Returns once stop() was called and
  // the work in hand is done.
  void run_until_stopped();
  // From any thread.
  void stop();

 private:
  struct State;
  explicit Interpreter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace milter_manager::ruby
