// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/config/builder.h"

#include <catch2/catch.hpp>

#include "core/config/build_defaults.h"
#include "core/config/check.h"
#include "core/config/setting.h"

using namespace milter_manager;
using namespace milter_manager::config;

namespace {

std::string message_of(const Result<void>& done) { return done ? "" : done.error().message; }

std::string problems_of(const Configuration& configuration) {
  std::string text;
  for (const Problem& problem : check(configuration)) {
    text += problem.severity == Problem::Severity::error ? "error: " : "warning: ";
    text += format(problem) + "\n";
  }
  return text;
}

}  // namespace

TEST_CASE("nil gives every setting its default back") {
  for (const auto& setting : settings()) {
    INFO(setting.name);
    Builder builder(default_configuration("debian"));
    const auto before = builder.get(setting.name);
    REQUIRE(before);
    CHECK(message_of(builder.set(setting.name, {}, Location{"a", 1})) == "");
    CHECK(builder.configuration().locations.empty());
    if (setting.style == Style::nil_when_zero) {
      CHECK(*builder.get(setting.name) == Value(std::int64_t{0}));
    } else {
      CHECK(*builder.get(setting.name) == *before);
    }
  }
}

TEST_CASE("the value that a setting gives is one that it takes") {
  for (const auto& setting : settings()) {
    INFO(setting.name);
    Builder builder(default_configuration("debian"));
    CHECK(message_of(builder.set(setting.name, *builder.get(setting.name), std::nullopt)) == "");
  }
  for (const auto& attribute : milter_settings()) {
    INFO(attribute.name);
    Builder builder{Configuration{}};
    builder.define_milter("a", {});
    CHECK(message_of(builder.set_milter("a", attribute.name, *builder.get_milter("a", attribute.name), {})) ==
          "");
  }
}

TEST_CASE("no setting takes a value of a kind that it isn't") {
  for (const auto& setting : settings()) {
    INFO(setting.name);
    Builder builder{Configuration{}};
    CHECK(message_of(builder.set(setting.name, List{"a", "b"}, std::nullopt)) != "");
    CHECK(builder.configuration().locations.empty());
  }
}

TEST_CASE("the default of the connection spec is the platform's") {
  CHECK(default_configuration("debian").manager.connection_spec ==
        "unix:/run/milter-manager/milter-manager.sock");
  CHECK(default_configuration("redhat").manager.connection_spec ==
        "unix:/var/run/milter-manager/milter-manager.sock");
  CHECK(default_configuration("freebsd").manager.connection_spec ==
        "unix:/var/run/milter-manager/milter-manager.sock");
  CHECK(default_configuration("pkgsrc").manager.connection_spec ==
        "unix:/var/run/milter-manager/milter-manager.sock");
  CHECK(default_configuration("redhat9").manager.connection_spec == "inet:10025@[127.0.0.1]");
  CHECK(default_configuration(std::nullopt).manager.connection_spec == "inet:10025@[127.0.0.1]");
}

TEST_CASE("a statement that fails changes nothing") {
  Builder builder{Configuration{}};
  builder.define_milter("a", {"f", 1});
  CHECK(message_of(builder.set("manager.no_such", true, std::nullopt)) ==
        "there is no setting of that name: <manager.no_such>");
  CHECK(message_of(builder.set_milter("a", "no_such", true, {})) ==
        "milters have no attribute of that name: <no_such>");
  CHECK(message_of(builder.set_milter("b", "enabled", true, {})) == "milter isn't defined: <b>");
  CHECK(message_of(builder.set_condition("c", "data", {}, {})) == "applicable condition isn't defined: <c>");
  CHECK(message_of(builder.set_milter("a", "connection_spec", std::string("inet:99999"), {})) ==
        "a: invalid connection spec: port number should be less than 65536: <inet:99999>: <99999>");
  builder.define_condition("Known", {});
  CHECK(message_of(builder.set_milter("a", "applicable_conditions", List{"Known", "Unknown"}, {})) ==
        "applicable condition should be one of [\"Known\"] but was \"Unknown\"");
  CHECK(builder.configuration().milters[0].applicable_conditions.empty());
  CHECK(builder.configuration().locations.size() == 2);
}

TEST_CASE("settings that contradict each other, or do nothing, are told") {
  Builder builder(default_configuration("debian"));
  REQUIRE(builder.set("manager.condition_timeout", 20.0, Location{"f", 1}));
  REQUIRE(builder.set("manager.event_loop_backend", std::string("libev"), Location{"f", 2}));
  REQUIRE(builder.set("manager.suspend_time_on_unacceptable", std::int64_t{1}, Location{"f", 3}));
  REQUIRE(builder.set("log.syslog_facility", std::string("post"), Location{"f", 4}));
  builder.define_milter("nowhere", {"f", 5});
  builder.define_milter("slow", {"f", 6});
  REQUIRE(builder.set_milter("slow", "connection_spec", std::string("inet:1"), {"f", 7}));
  REQUIRE(builder.set_milter("slow", "reading_timeout", 60.0, {"f", 8}));
  builder.define_milter("usual", {"f", 11});
  REQUIRE(builder.set_milter("usual", "connection_spec", std::string("inet:2"), {"f", 12}));
  REQUIRE(builder.set("manager.reply_deadline", 6.0, Location{"f", 13}));
  builder.define_milter("off", {"f", 9});
  REQUIRE(builder.set_milter("off", "enabled", false, {"f", 10}));
  CHECK(
      problems_of(builder.configuration()) ==
      "error: f:1: manager.condition_timeout should be at most manager.reply_deadline (6 s) but was 20 s\n"
      "warning: f:2: manager.event_loop_backend has no effect\n"
      "warning: f:3: manager.suspend_time_on_unacceptable has no effect\n"
      "warning: f:4: unknown syslog facility, mail is used: <post>\n"
      "warning: f:5: nowhere: must set connection_spec: the milter is left out\n"
      "warning: f:8: slow: a timeout of 60 s is longer than manager.reply_deadline (6 s): the MTA may wait "
      "that long for a reply\n"
      "warning: f:13: usual: a timeout of 7 s is longer than manager.reply_deadline (6 s): the MTA may wait "
      "that long for a reply\n");
}

TEST_CASE("a connection checker without an interval is told, and an interval without a checker") {
  Builder builder(default_configuration("debian"));
  builder.use_netstat_connection_checker({"f", 1});
  CHECK(problems_of(builder.configuration()) ==
        "warning: f:1: clients are not checked: manager.connection_check_interval is 0 seconds\n");
  REQUIRE(builder.set("manager.connection_check_interval", std::int64_t{0}, Location{"f", 2}));
  CHECK(problems_of(builder.configuration()) ==
        "warning: f:2: clients are not checked: manager.connection_check_interval is 0 seconds\n");
  REQUIRE(builder.set("manager.connection_check_interval", std::int64_t{5}, Location{"f", 3}));
  CHECK(problems_of(builder.configuration()) == "");

  Builder other(default_configuration("debian"));
  REQUIRE(other.set("manager.connection_check_interval", std::int64_t{5}, Location{"f", 4}));
  CHECK(problems_of(other.configuration()) ==
        "warning: f:4: manager.connection_check_interval has no effect: no connection checker is defined\n");
}

TEST_CASE("where two settings don't fit, the one that was set is told") {
  Builder builder(default_configuration("debian"));
  REQUIRE(builder.set("manager.reply_deadline", 3.0, Location{"f", 1}));
  CHECK(problems_of(builder.configuration()) ==
        "error: f:1: manager.condition_timeout should be at most manager.reply_deadline (3 s) but was 5 s\n");
}

TEST_CASE("the configuration without any file has no problems") {
  CHECK(problems_of(default_configuration("debian")) == "");
  CHECK(problems_of(default_configuration(std::nullopt)) == "");
}
