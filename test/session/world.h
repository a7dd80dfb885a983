// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/session/actions.h"

namespace milter_manager::session {

// Time stands still until a test moves it.
class StoppedClock : public Clock {
 public:
  Time now() const override { return now_; }
  double unix_time() const override { return kEpoch + Seconds(now_ - Time{}).count(); }
  void advance_to(Time time) { now_ = time; }

 private:
  static constexpr double kEpoch = 1000000000;
  Time now_{};
};

// How body stores behave: at once, only after each call of progressed(), or not at all.
enum class Disk { works, slow, fails };

// Writes down what a session wants done.
struct World : Actions, TagSource {
  // What reached a peer: a packet, or (empty) the end of its connection.
  using Received = std::deque<std::string>;
  struct Question {
    std::uint32_t id;
    int child;
    Stage stage;
    bool refused_recipient;
  };

  explicit World(std::size_t child_count)
      : to_child(child_count),
        opened(child_count),
        errors(child_count),
        reply_deadline_hits(child_count),
        busy(child_count) {}

  void send_to_mta(std::string_view bytes) override;
  void close_mta() override { to_mta.emplace_back(); }
  void open_child(int child) override;
  void send_to_child(int child, std::string_view bytes) override;
  void close_child(int child) override;
  void ask_condition(const ConditionRequest& request) override {
    questions.push_back({request.id, request.child, request.stage, request.refused_recipient});
  }
  std::unique_ptr<message::BodyStore> create_body_store() override;
  void report(const statistics::Event& event) override;
  void child_busy(int child, bool is_busy) override { busy[static_cast<std::size_t>(child)] = is_busy; }
  void child_error(int child, bool) override { ++errors[static_cast<std::size_t>(child)]; }
  void reply_deadline_hit(int child) override { ++reply_deadline_hits[static_cast<std::size_t>(child)]; }
  void log(Severity severity, std::string_view text) override;
  std::uint32_t next_tag() override { return ++last_tag; }

  // Lets slow stores do what they were asked for.
  void disk_progresses() { ++disk_turns; }

  Received to_mta;
  std::vector<Received> to_child;
  std::vector<int> to_open;  // children that the session wants to connect to, in order
  std::vector<bool> opened;  // there is a connection, or one is being made
  std::vector<int> errors;
  std::vector<int> reply_deadline_hits;
  std::vector<bool> busy;
  std::deque<Question> questions;
  std::vector<std::string> statistics;  // all lines since the beginning
  std::vector<std::string> warnings;
  std::vector<std::string> broken_rules;  // calls that a session must not make
  Disk disk = Disk::works;
  int disk_turns = 0;
  std::uint32_t last_tag = 0;
};

}  // namespace milter_manager::session
