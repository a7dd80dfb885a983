// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/condition/builtin.h"
#include "core/net/loop.h"
#include "core/net/timer.h"

// A session as a condition sees it.
struct FakeSession final : milter_manager::condition::SessionView {
  std::map<std::string, std::string, std::less<>> macros;
  milter_manager::protocol::command::Connect connect;
  bool connected = true;
  std::size_t sessions = 1;

  // An address decides on the family: "192.0.2.1", "2001:db8::1", "/path", "".
  static FakeSession of(std::string_view host, std::string_view address, std::uint16_t port = 40000);

  std::optional<std::string_view> macro(std::string_view name) const override;
  const milter_manager::protocol::command::Connect* client() const override {
    return connected ? &connect : nullptr;
  }
  std::size_t n_sessions() const override { return sessions; }
  std::string_view mta_address() const override { return ""; }
};

// Ruby's side of matchers: number -> the subjects that match. Answers in a later round of the loop.
class FakeRuby final : public milter_manager::condition::RubyMatchers {
 public:
  explicit FakeRuby(milter_manager::net::Loop& loop) : loop_(loop) {}
  std::map<std::uint32_t, std::vector<std::string>> matching;
  std::vector<std::string> asked;  // "NUMBER: SUBJECT"

  void matches(std::uint64_t generation, std::uint32_t matcher, std::string subject, Answer answer) override;

 private:
  milter_manager::net::Loop& loop_;
};

// A loop with what conditions need.
struct World {
  milter_manager::net::Loop loop;
  FakeRuby ruby{loop};
  std::vector<std::string> logged;  // "LEVEL: TEXT"
  milter_manager::condition::Surroundings surroundings{
      loop, ruby, [this](std::string_view level, std::string_view text) {
        logged.push_back(std::string(level) + ": " + std::string(text));
      }};

  // Runs the loop until `done`; fails the test after 30 s.
  void run_until(const std::function<bool()>& done);
  // Runs the loop for some rounds: what was to happen now has happened.
  void run_a_little();
};

// The outcome as text: "go", "stop", followed by macros: "go stress=yes". Waits for it if need be.
std::string ask(World& world, milter_manager::condition::Builtin& builtin,
                const milter_manager::condition::Question& question);
// At CONNECT, MAIL and RCPT.
std::string ask_at_connect(World& world, milter_manager::condition::Builtin& builtin,
                           const FakeSession& session);
std::string ask_at_mail(World& world, milter_manager::condition::Builtin& builtin, const FakeSession& session,
                        std::string_view sender);
std::string text_of(const milter_manager::condition::Outcome& outcome);

// A matcher of each kind.
milter_manager::config::Matcher text_matcher(std::string text);
milter_manager::config::Matcher regexp_matcher(std::string_view ruby_source, int options = 0,
                                               std::uint32_t number = 0);
milter_manager::config::Matcher ruby_matcher(std::uint32_t number);

// A fresh folder, gone with the object.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::string& path() const { return path_; }
  // Makes the folders in `name`.
  void write(std::string_view name, std::string_view text, bool executable = false) const;

 private:
  std::string path_;
};
