// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/condition/world.h"

#include <stdlib.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "core/condition/regexp_translation.h"

using namespace milter_manager;

FakeSession FakeSession::of(std::string_view host, std::string_view address, std::uint16_t port) {
  using protocol::command::Family;
  FakeSession session;
  const bool is_path = address.substr(0, 1) == "/";
  const bool has_colon = address.find(':') != std::string_view::npos;
  session.connect.host = host;
  session.connect.address = address;
  session.connect.family = address.empty() ? Family::unknown
                           : is_path       ? Family::unix
                           : has_colon     ? Family::inet6
                                           : Family::inet;
  session.connect.port = address.empty() || is_path ? std::uint16_t{0} : port;
  return session;
}

std::optional<std::string_view> FakeSession::macro(std::string_view name) const {
  const auto found = macros.find(name);
  if (found == macros.end()) return std::nullopt;
  return found->second;
}

void FakeRuby::matches(std::uint64_t, std::uint32_t matcher, std::string subject, Answer answer) {
  asked.push_back(std::to_string(matcher) + ": " + subject);
  const auto& subjects = matching[matcher];
  const bool yes = std::find(subjects.begin(), subjects.end(), subject) != subjects.end();
  loop_.post([answer = std::move(answer), yes] { answer(yes); });
}

void World::run_until(const std::function<bool()>& done) {
  bool late = false;
  net::Timer limit(loop, [&] {
    late = true;
    loop.stop();
  });
  net::Timer look(loop, [&] {
    if (done()) loop.stop();
  });
  limit.start_after(std::chrono::seconds(30));
  look.start_every(std::chrono::milliseconds(1));
  if (!done()) loop.run();
  REQUIRE_FALSE(late);
}

void World::run_a_little() {
  int rounds = 0;
  run_until([&] { return ++rounds > 5; });
}

std::string text_of(const condition::Outcome& outcome) {
  std::string text = outcome.stop ? "stop" : "go";
  for (const auto& macro : outcome.macros) text += " " + macro.name + "=" + macro.value;
  return text;
}

std::string ask(World& world, condition::Builtin& builtin, const condition::Question& question) {
  std::optional<condition::Outcome> later;
  bool within = true;
  const auto now = builtin.ask(question, [&](condition::Outcome outcome) {
    CHECK_FALSE(within);
    CHECK_FALSE(later.has_value());
    later = std::move(outcome);
  });
  within = false;
  if (now) return text_of(*now);
  world.run_until([&] { return later.has_value(); });
  return text_of(*later);
}

std::string ask_at_connect(World& world, condition::Builtin& builtin, const FakeSession& session) {
  const protocol::Command command = session.connect;
  return ask(world, builtin, {config::Stage::connect, "m", &command, false, &session});
}

std::string ask_at_mail(World& world, condition::Builtin& builtin, const FakeSession& session,
                        std::string_view sender) {
  const protocol::Command command = protocol::command::Mail{sender, {}};
  return ask(world, builtin, {config::Stage::mail, "m", &command, false, &session});
}

config::Matcher text_matcher(std::string text) { return {config::Matcher::Kind::text, std::move(text), 0}; }

config::Matcher regexp_matcher(std::string_view ruby_source, int options, std::uint32_t number) {
  auto pattern = condition::translate_regexp(ruby_source, options);
  REQUIRE(pattern);
  return {config::Matcher::Kind::regexp, std::move(*pattern), number};
}

config::Matcher ruby_matcher(std::uint32_t number) { return {config::Matcher::Kind::ruby, "", number}; }

Folder::Folder() {
  std::string pattern = std::filesystem::temp_directory_path() / "condition-test-XXXXXX";
  REQUIRE(::mkdtemp(pattern.data()) != nullptr);
  path_ = pattern;
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void Folder::write(std::string_view name, std::string_view text, bool executable) const {
  const auto file = std::filesystem::path(path_) / name;
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
  if (executable) std::filesystem::permissions(file, std::filesystem::perms::owner_all);
}
