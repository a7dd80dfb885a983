// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/ruby/pool_world.h"

#include <catch2/catch.hpp>
#include <thread>

#include "test/ruby/shared_interpreter.h"

using namespace milter_manager;

PoolWorld::PoolWorld(const std::string& configuration, std::size_t threads)
    : folder_(configuration), pool_(loop_, [this](std::string_view level, std::string_view text) {
        loop_log_.push_back(std::string(level) + ": " + std::string(text));
      }) {
  log_of_interpreter().clear();
  auto outcome = folder_.load();
  INFO(problems_of(outcome, folder_));
  REQUIRE_FALSE(outcome.has_errors());
  configuration_ = outcome.configuration;
  REQUIRE(pool_.start());
  pool_.use({threads, std::chrono::hours(1)});
}

PoolWorld::~PoolWorld() { CHECK(pool_.stop(std::chrono::seconds(60))); }

void PoolWorld::run(const std::function<void()>& begin) {
  loop_.post(begin);
  std::thread thread([this] {
    loop_.run();
    shared_interpreter().stop();
  });
  shared_interpreter().run_until_stopped();
  thread.join();
}

void PoolWorld::end() { loop_.stop(); }

void PoolWorld::ask(const Snapshot& snapshot, std::vector<std::string> conditions,
                    std::function<void(const Verdict&)> answer, std::chrono::milliseconds limit) {
  Pool::Question question;
  question.generation = generation();
  question.conditions = std::move(conditions);
  question.snapshot = std::make_shared<const Snapshot>(snapshot);
  question.deadline = loop_.now() + limit;
  pool_.ask(std::move(question), std::move(answer));
}

PoolWorld::Verdict PoolWorld::ask(const Snapshot& snapshot, std::vector<std::string> conditions,
                                  std::chrono::milliseconds limit) {
  Verdict result;
  run([&] {
    const auto answer = [&](const Verdict& verdict) {
      result = verdict;
      end();
    };
    ask(snapshot, std::move(conditions), answer, limit);
  });
  return result;
}

std::string PoolWorld::log() const {
  std::string text;
  for (const std::string& line : log_of_interpreter()) text += line + "\n";
  for (const std::string& line : loop_log_) text += line + "\n";
  const std::string prefix = folder_.path() + "/";
  for (auto at = text.find(prefix); at != std::string::npos; at = text.find(prefix)) {
    text.erase(at, prefix.size());
  }
  return text;
}

condition::Snapshot snapshot_at(config::Stage stage) {
  condition::Snapshot snapshot;
  snapshot.session = 7;
  snapshot.message = 1;
  snapshot.stage = stage;
  snapshot.children = {{"clamav", condition::Snapshot::Child::Answer::none, false}};
  return snapshot;
}
