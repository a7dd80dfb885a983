// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/condition/s25r.h"

#include <catch2/catch.hpp>

#include "core/condition/regexp_translation.h"
#include "test/condition/world.h"

using namespace milter_manager;

namespace {

config::BuiltinConditions::S25r rules() {
  config::BuiltinConditions::S25r settings;
  for (const char* source : {R"(\.google\.com\z)", R"(\.obsmtp\.com\z)"}) {
    settings.white.push_back(regexp_matcher(source));
  }
  settings.black.push_back(text_matcher("unknown"));
  for (const char* source : {R"(\A\[.+\]\z)", R"(\A[^.]*\d[^\d.]+\d.*\.)", R"(\A[^.]*\d{5})",
                             R"(\A[^.]*\d\.[^.]*\d-\d)", R"(\A[^.]*\d\.[^.]*\d\.[^.]+\..+\.)"}) {
    settings.black.push_back(regexp_matcher(source));
  }
  for (const char* source :
       {R"(\A(?:[^.]+\.)?\d[^.]*\.[^.]+\..+\.[a-z])", R"(\A(?:dhcp|dialup|ppp|[achrsvx]?dsl)[^.]*\d)"}) {
    settings.black.push_back(regexp_matcher(source, condition::kRegexpIgnoreCase));
  }
  return settings;
}

}  // namespace

TEST_CASE("S25R lets a milter see those whose names look like end users' computers") {
  World world;
  condition::S25r s25r(rules(), 1, world.ruby);
  struct Case {
    const char* host;
    const char* outcome;
  };
  const std::vector<Case> cases = {
      {"unknown", "go"},
      {"[192.0.2.1]", "go"},
      {"evrtwa1-ar3-4-65-157-048.evrtwa1.dsl-verizon.example", "go"},
      {"a12a190.neo.rr.example", "go"},
      {"pcp04083532pcs.levtwn01.pa.comcast.example", "go"},
      {"398pkj.cm.chello.example", "go"},
      {"host.101.169.23.62.rev.coltfrance.example", "go"},
      {"wbar9.chi1-4-11-085-222.dsl-verizon.example", "go"},
      {"m226.net81-66-158.noos.example", "go"},
      {"d5.GtokyoFL27.vectant.example.jp", "go"},
      {"dhcp0339.vpm.resnet.group.example", "go"},
      {"PPPbf708.tokyo-ip.dti.example.jp", "go"},
      {"mx.example.org", "stop"},
      {"mail-wr1-f54.google.com", "stop"},
      {"s8a1.psmtp.example", "go"},
      {"", "stop"},
  };
  for (const Case& one : cases) {
    INFO(one.host);
    CHECK(ask_at_connect(world, s25r, FakeSession::of(one.host, "192.0.2.1")) == one.outcome);
  }
  CHECK(world.ruby.asked.empty());
}

TEST_CASE("S25R looks at IPv4 clients only, unless told otherwise") {
  World world;
  auto settings = rules();
  condition::S25r only_ipv4(settings, 1, world.ruby);
  settings.only_check_ipv4 = false;
  condition::S25r all(settings, 1, world.ruby);
  for (const char* address : {"2001:db8::1", "/run/socket", ""}) {
    INFO(address);
    CHECK(ask_at_connect(world, only_ipv4, FakeSession::of("unknown", address)) == "stop");
    CHECK(ask_at_connect(world, all, FakeSession::of("unknown", address)) == "go");
  }
  CHECK(ask_at_connect(world, only_ipv4, FakeSession::of("unknown", "::ffff:192.0.2.1")) == "go");
  FakeSession no_client;
  no_client.connected = false;
  CHECK(ask_at_connect(world, all, no_client) == "stop");
}

TEST_CASE("S25R's white list wins, whether texts, regular expressions or blocks say so") {
  struct Case {
    config::Matcher white, black;
    const char* outcome;
    std::vector<std::string> asked;
  };
  // Block 7 says yes, block 8 says no.
  const std::vector<Case> cases = {
      {text_matcher("h1"), text_matcher("h1"), "stop", {}},
      {text_matcher("other"), text_matcher("h1"), "go", {}},
      {text_matcher("other"), text_matcher("other"), "stop", {}},
      {regexp_matcher("h"), ruby_matcher(7), "stop", {}},
      {ruby_matcher(7), text_matcher("h1"), "stop", {"7: h1"}},
      {ruby_matcher(8), text_matcher("h1"), "go", {"8: h1"}},
      {ruby_matcher(7), text_matcher("other"), "stop", {}},  // neither black nor white
      {ruby_matcher(7), ruby_matcher(8), "stop", {"7: h1"}},
      {ruby_matcher(8), ruby_matcher(7), "go", {"8: h1", "7: h1"}},
      {ruby_matcher(8), ruby_matcher(8), "stop", {"8: h1", "8: h1"}},
      {text_matcher("other"), ruby_matcher(7), "go", {"7: h1"}},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    INFO(i);
    World world;
    world.ruby.matching[7] = {"h1"};
    config::BuiltinConditions::S25r settings;
    settings.white = {cases[i].white};
    settings.black = {cases[i].black};
    condition::S25r s25r(settings, 1, world.ruby);
    CHECK(ask_at_connect(world, s25r, FakeSession::of("h1", "192.0.2.1")) == cases[i].outcome);
    CHECK(world.ruby.asked == cases[i].asked);
  }
}

TEST_CASE("names that aren't plain ASCII are matched by Ruby itself, one expression after another") {
  World world;
  config::BuiltinConditions::S25r settings;
  settings.black = {regexp_matcher("a", 0, 1), regexp_matcher("b", 0, 2), regexp_matcher("c", 0, 3)};
  const std::string host = "b\xc3\xa9";
  world.ruby.matching[2] = {host};
  condition::S25r s25r(settings, 1, world.ruby);
  CHECK(ask_at_connect(world, s25r, FakeSession::of(host, "192.0.2.1")) == "go");
  CHECK(world.ruby.asked == std::vector<std::string>{"1: " + host, "2: " + host});
}

TEST_CASE("a condition that ends while Ruby is asked never answers") {
  World world;
  world.ruby.matching[7] = {"h1"};
  config::BuiltinConditions::S25r settings;
  settings.black = {ruby_matcher(7)};
  auto s25r = std::make_unique<condition::S25r>(settings, 1, world.ruby);
  const auto session = FakeSession::of("h1", "192.0.2.1");
  bool answered = false;
  CHECK_FALSE(
      s25r->ask({config::Stage::connect, "m", nullptr, false, &session}, [&](auto) { answered = true; }));
  s25r.reset();
  world.run_a_little();
  CHECK_FALSE(answered);
}

TEST_CASE("expressions too big for RE2 are asked of Ruby") {
  World world;
  const std::string big = "(?:(?:(?:a{1000}){1000}){1000}){1000}";
  config::BuiltinConditions::S25r settings;
  settings.black = {regexp_matcher(big, 0, 5), text_matcher("x")};
  condition::S25r s25r(settings, 1, world.ruby);
  world.ruby.matching[5] = {"aaa"};
  CHECK(ask_at_connect(world, s25r, FakeSession::of("aaa", "192.0.2.1")) == "go");
  CHECK(ask_at_connect(world, s25r, FakeSession::of("x", "192.0.2.1")) == "go");
  CHECK(ask_at_connect(world, s25r, FakeSession::of("b", "192.0.2.1")) == "stop");
}
