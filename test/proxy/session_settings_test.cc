// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/session_settings.h"

#include <catch2/catch.hpp>

namespace milter_manager::proxy {
namespace {

config::Milter milter(const std::string& name, const std::string& spec) {
  config::Milter result;
  result.name = name;
  if (!spec.empty()) result.connection_spec = spec;
  return result;
}

}  // namespace

TEST_CASE("enabled milters that can be reached take part, in definition order") {
  config::Configuration configuration;
  configuration.milters = {milter("b", "unix:/b"), milter("off", "unix:/off"), milter("nowhere", ""),
                           milter("a", "inet:1@localhost")};
  configuration.milters[1].enabled = false;
  const auto made = make_session_settings(configuration);
  REQUIRE(made.settings->children.size() == 2);
  CHECK(made.settings->children[0].name == "b");
  CHECK(made.settings->children[1].name == "a");
  CHECK(net::format(made.specs[1]) == "inet:1@localhost");
  CHECK(made.notes == std::vector<std::string>{"[milter][error] must set connection spec: nowhere"});
}

TEST_CASE("what a configuration says of a milter is what its sessions get") {
  config::Configuration configuration;
  configuration.manager.fallback_status = config::FallbackStatus::discard;
  configuration.manager.chunk_size = 1000;
  configuration.manager.session_deadline = std::chrono::seconds(100);
  const auto condition = [](const char* name, config::Stage stage, bool refused_recipients) {
    config::Condition made;
    made.name = name;
    made.stages = config::stage_bit(stage);
    made.refused_recipients = refused_recipients;
    return made;
  };
  configuration.conditions = {condition("early", config::Stage::connect, false),
                              condition("late", config::Stage::body, true),
                              condition("unused", config::Stage::helo, false)};
  auto one = milter("one", "unix:/one");
  one.fallback_status = config::FallbackStatus::reject;
  one.evaluation_mode = true;
  one.enforcement_share = 0.25;
  one.applicable_conditions = {"early", "late", "gone"};
  one.connection_timeout = std::chrono::seconds(1);
  one.writing_timeout = std::chrono::seconds(2);
  one.reading_timeout = std::chrono::seconds(3);
  one.end_of_message_timeout = std::chrono::seconds(4);
  configuration.milters = {one};
  const auto settings = make_session_settings(configuration).settings;
  CHECK(settings->fallback == session::Fallback::discard);
  CHECK(settings->chunk_size == 1000);
  CHECK(settings->session_deadline.count() == 100);
  CHECK(settings->reply_deadline.count() == 9);
  CHECK(settings->rejected_recipients);
  const auto& child = settings->children[0];
  CHECK(child.fallback == session::Fallback::reject);
  CHECK(child.evaluation);
  CHECK(child.enforcement_share == 0.25);
  CHECK(child.condition_stages ==
        (session::stage_bit(session::Stage::connect) | session::stage_bit(session::Stage::body)));
  CHECK(child.connection_timeout.count() == 1);
  CHECK(child.writing_timeout.count() == 2);
  CHECK(child.reading_timeout.count() == 3);
  CHECK(child.end_of_message_timeout.count() == 4);
}

TEST_CASE("SMTP clients are checked where there is a checker, and an interval") {
  for (const std::uint32_t interval : {0U, 5U}) {
    for (const bool has_checker : {false, true}) {
      CAPTURE(interval, has_checker);
      config::Configuration configuration;
      configuration.manager.connection_check_interval = interval;
      if (has_checker) configuration.manager.connection_checkers = {"netstat"};
      CHECK(make_session_settings(configuration).settings->checks_client == (interval > 0 && has_checker));
    }
  }
}

TEST_CASE("a milter that may take long raises the deadline for answers, and that is said") {
  config::Configuration configuration;
  configuration.milters = {milter("tarpit", "unix:/t"), milter("quick", "unix:/q")};
  configuration.milters[0].reading_timeout = std::chrono::milliseconds(20500);
  const auto made = make_session_settings(configuration);
  CHECK(made.settings->reply_deadline.count() == 20.5);
  CHECK(made.notes == std::vector<std::string>{"[milter][deadline] the MTA may wait for an answer up to 20.5 "
                                               "seconds, as tarpit may take so long"});
}

}  // namespace milter_manager::proxy
