// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/net/loop.h"
#include "core/ruby/condition_pool.h"
#include "test/ruby/configuration_folder.h"

// A configuration whose conditions are asked as the manager does it: the loop on a thread of its own, Ruby on this one
// and on those of the pool.
class PoolWorld {
 public:
  using Pool = milter_manager::ruby::ConditionPool;
  using Verdict = Pool::Verdict;
  using Snapshot = milter_manager::condition::Snapshot;

  // The text of milter-manager.conf; problems in it fail the test.
  explicit PoolWorld(const std::string& configuration, std::size_t threads = 4);
  ~PoolWorld();
  PoolWorld(const PoolWorld&) = delete;
  PoolWorld& operator=(const PoolWorld&) = delete;

  // Runs `begin` on the loop's thread and everything it brings about, until `end()` is called there.
  void run(const std::function<void()>& begin);
  void end();

  // On the loop's thread.
  void ask(const Snapshot& snapshot, std::vector<std::string> conditions,
           std::function<void(const Verdict&)> answer,
           std::chrono::milliseconds limit = std::chrono::hours(1));
  // Asks one question and waits for the answer.
  Verdict ask(const Snapshot& snapshot, std::vector<std::string> conditions,
              std::chrono::milliseconds limit = std::chrono::hours(1));

  // What was logged, a line each; the folder's path is taken out.
  std::string log() const;
  std::string file(std::string_view name) const { return folder_.file(name); }
  milter_manager::net::Loop& loop() { return loop_; }
  Pool& pool() { return pool_; }
  std::uint64_t generation() const { return configuration_->generation; }

 private:
  milter_manager::net::Loop loop_;
  ConfigurationFolder folder_;
  std::shared_ptr<const milter_manager::config::Configuration> configuration_;
  std::vector<std::string> loop_log_;
  Pool pool_;
};

// A session of one milter, "clamav", that asks at the stage.
milter_manager::condition::Snapshot snapshot_at(milter_manager::config::Stage stage);
