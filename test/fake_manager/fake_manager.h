// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/config/configuration.h"
#include "core/log/settings.h"
#include "core/net/loop.h"
#include "core/net/timer.h"
#include "core/supervision/manager.h"
#include "test/read_file.h"

namespace milter_manager {

// A manager that a controller or metrics can ask, and that says what a test wants.
class FakeManager final : public supervision::Manager {
 public:
  explicit FakeManager(net::Loop& loop) : later_(loop, [this] { answer_all(); }) {}

  std::shared_ptr<const config::Configuration> configuration() const override { return configured; }
  std::vector<std::string> load_paths() const override { return folders; }
  void take_snapshot(SnapshotAnswer answer) override {
    later([this, answer] { answer(snapshot); });
  }
  void reload(Answer answer) override {
    ++reloads;
    later([this, answer] { answer(outcome); });
  }
  void stop_milter(const std::string& name, Answer answer) override {
    stopped.push_back(name);
    later([this, answer] { answer(outcome); });
  }
  void reopen_logs() override {}

  std::shared_ptr<const config::Configuration> configured = std::make_shared<config::Configuration>();
  std::vector<std::string> folders;
  supervision::Snapshot snapshot;
  Result<void> outcome;
  int reloads = 0;
  std::vector<std::string> stopped;
  bool answers = true;  // false: it is stuck

 private:
  void later(std::function<void()> tell) {
    waiting_.push_back(std::move(tell));
    later_.start_after(std::chrono::milliseconds(1));
  }
  void answer_all() {
    if (!answers) return;
    const auto all = std::move(waiting_);
    waiting_.clear();
    for (const auto& tell : all) tell();
  }

  std::vector<std::function<void()>> waiting_;
  net::Timer later_;
};

// Of a log that nobody reads.
log::Settings silent();

// Three milters of all kinds, and what two workers say of them.
config::Configuration example_configuration();
supervision::Snapshot example_snapshot();

// Compares with golden/NAME in the test's own folder. MILTER_MANAGER_ACCEPT_GOLDEN=1 in the environment takes what
// there is now.
void check_golden(const std::string& path, const std::string& text);

}  // namespace milter_manager
