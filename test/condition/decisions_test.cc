// SPDX-License-Identifier: GPL-3.0-or-later
// Built-in conditions that look at one thing.
#include <catch2/catch.hpp>

#include "core/condition/authentication.h"
#include "core/condition/remote_network.h"
#include "core/condition/restrict_accounts.h"
#include "core/condition/trust.h"
#include "test/condition/world.h"

using namespace milter_manager;

TEST_CASE("Remote Network stops milters for local clients, and for those that have no address") {
  World world;
  config::BuiltinConditions::RemoteNetwork settings;
  settings.local = {"198.51.100.0/24", "2001:db8:1::/48", "rubbish"};
  settings.remote = {"10.1.2.3", "198.51.100.128/25", "fe80::9"};
  condition::RemoteNetwork network(settings);
  struct Case {
    const char* address;
    const char* outcome;
  };
  const std::vector<Case> cases = {
      {"203.0.113.1", "go"},    {"127.0.0.1", "stop"},
      {"10.1.2.2", "stop"},     {"172.16.0.1", "stop"},
      {"172.32.0.1", "go"},     {"192.168.9.9", "stop"},
      {"192.169.0.1", "go"},    {"::1", "stop"},
      {"fe80::1", "stop"},      {"fd00::1", "go"},
      {"2001:db8::1", "go"},    {"::ffff:10.1.2.2", "stop"},
      {"198.51.100.1", "stop"}, {"198.51.100.200", "go"},
      {"10.1.2.3", "go"},       {"::ffff:10.1.2.3", "go"},
      {"fe80::9", "go"},        {"2001:db8:1::5", "stop"},
      {"/run/socket", "stop"},  {"", "stop"},
  };
  for (const Case& one : cases) {
    INFO(one.address);
    CHECK(ask_at_connect(world, network, FakeSession::of("h", one.address)) == one.outcome);
  }
  FakeSession no_client;
  no_client.connected = false;
  CHECK(ask_at_connect(world, network, no_client) == "stop");
}

TEST_CASE("who has authenticated itself is known by one of two macros") {
  World world;
  condition::Authentication authenticated(condition::Authentication::Wanted::authenticated);
  condition::Authentication unauthenticated(condition::Authentication::Wanted::unauthenticated);
  for (const char* macro : {"auth_type", "auth_authen", "mail_addr"}) {
    INFO(macro);
    FakeSession session = FakeSession::of("h", "192.0.2.1");
    session.macros[macro] = "x";
    const bool is = std::string_view(macro).substr(0, 5) == "auth_";
    CHECK(ask_at_mail(world, authenticated, session, "<a@b>") == (is ? "go" : "stop"));
    CHECK(ask_at_mail(world, unauthenticated, session, "<a@b>") == (is ? "stop" : "go"));
  }
}

TEST_CASE("Trust tells of senders of trusted domains, and stops nothing") {
  World world;
  world.ruby.matching[4] = {"block.example"};
  config::BuiltinConditions::Trust settings;
  settings.envelope_from_domains = {text_matcher("example.com"), regexp_matcher(R"(\.example\.net\z)", 1),
                                    ruby_matcher(4)};
  condition::Trust trust(settings, 1, world.ruby);
  struct Case {
    const char* sender;
    bool trusted;
  };
  const std::vector<Case> cases = {
      {"<a@example.com>", true},
      {"<a@EXAMPLE.Com>", true},
      {"<\"a@b\"@example.com>", true},
      {"<a@mx.example.net>", true},
      {"<a@example.net>", false},
      {"<a@sub.example.com>", false},
      {"<a@block.example>", true},
      {"<>", false},
      {"", false},
      {"a@example.com", false},
      {"<a@>", false},
      {"<example.com>", false},
      {"<a@example.com> x", false},
      {"@", false},
  };
  const FakeSession session = FakeSession::of("h", "192.0.2.1");
  for (const Case& one : cases) {
    INFO(one.sender);
    CHECK(ask_at_mail(world, trust, session, one.sender) == (one.trusted ? "go trusted_domain=yes" : "go"));
  }
}

TEST_CASE("accounts: a mail with one recipient who isn't among them is not for the milter") {
  World world;
  world.ruby.matching[2] = {"block@example.com"};
  condition::RestrictAccounts accounts(
      {text_matcher("bob@example.com"), regexp_matcher(R"(@example\.co\.jp\z)"), ruby_matcher(2)}, 1,
      world.ruby);
  FakeSession session = FakeSession::of("h", "192.0.2.1");
  const auto at_recipient = [&](std::string_view recipient) {
    const protocol::Command command = protocol::command::Recipient{recipient, {}};
    return ask(world, accounts, {config::Stage::recipient, "m", &command, false, &session});
  };
  const auto at_data = [&] {
    const protocol::Command command = protocol::command::Data{};
    return ask(world, accounts, {config::Stage::data, "m", &command, false, &session});
  };
  CHECK(at_recipient("<bob@example.com>") == "go");
  CHECK(at_recipient("bob@example.com") == "go");
  CHECK(at_recipient("<x@example.co.jp>") == "go");
  CHECK(at_recipient("<block@example.com>") == "go");
  CHECK(at_recipient("<eve@example.com>") == "stop have-not-restricted-account=true");
  CHECK(at_recipient("<Bob@example.com>") == "stop have-not-restricted-account=true");
  CHECK(at_recipient("") == "stop have-not-restricted-account=true");
  CHECK(at_data() == "go");
  session.macros["have-not-restricted-account"] = "true";
  CHECK(at_data() == "stop");
  session.macros["have-not-restricted-account"] = "false";
  CHECK(at_data() == "go");
}

TEST_CASE("a condition is made by its name") {
  World world;
  config::Configuration configuration;
  for (const std::string& name : config::builtin_names()) {
    INFO(name);
    config::Condition condition;
    condition.builtin = name;
    CHECK(condition::make_builtin(condition, configuration, world.surroundings) != nullptr);
  }
  config::Condition other;
  CHECK(condition::make_builtin(other, configuration, world.surroundings) == nullptr);
  other.builtin = "unheard_of";
  CHECK(condition::make_builtin(other, configuration, world.surroundings) == nullptr);
}
