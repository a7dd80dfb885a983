// SPDX-License-Identifier: GPL-3.0-or-later
#include <catch2/catch.hpp>

#include "test/ruby/configuration_folder.h"

using namespace milter_manager;
using config::Seconds;

namespace {

std::vector<std::string> names_of(const config::Configuration& configuration) {
  std::vector<std::string> names;
  for (const auto& milter : configuration.milters) names.push_back(milter.name);
  return names;
}

}  // namespace

TEST_CASE("a milter without a name is refused") {
  for (const char* name : {"''", "nil"}) {
    const ConfigurationFolder folder(std::string("define_milter(") + name + ") { |milter| }\n");
    const auto outcome = folder.load();
    CHECK(problems_of(outcome, folder) == "milter-manager.conf:1: a milter should have a name\n");
    CHECK(outcome.configuration->milters.empty());
  }
}

TEST_CASE("define_milter takes every attribute") {
  const ConfigurationFolder folder(R"(
define_applicable_condition("S25R")
define_applicable_condition("Trust")
define_milter("milter-greylist") do |milter|
  milter.connection_spec = "inet:11122@[127.0.0.1]"
  milter.description = milter.name + "!"
  milter.enabled = false
  milter.fallback_status = "temporary_failure"
  milter.evaluation_mode = true
  milter.applicable_conditions = ["S25R"]
  milter.applicable_conditions += ["Trust"]
  milter.add_applicable_condition("S25R")
  milter.command = "/etc/init.d/milter-greylist"
  milter.command_options = ["start", "a b"]
  milter.user_name = "grey"
  milter.connection_timeout = 1
  milter.writing_timeout = 2.5
  milter.reading_timeout = 3
  milter.end_of_message_timeout = 4
  milter.enforcement_share = 0.1
  milter.circuit_breaker = 3
  milter.circuit_breaker_defers = true
end
)");
  const auto outcome = folder.load();
  CHECK(problems_of(outcome, folder) == "");
  REQUIRE(outcome.configuration->milters.size() == 1);
  const config::Milter& milter = outcome.configuration->milters[0];
  CHECK(milter.name == "milter-greylist");
  CHECK(milter.connection_spec == "inet:11122@[127.0.0.1]");
  CHECK(milter.description == "milter-greylist!");
  CHECK_FALSE(milter.enabled);
  CHECK(milter.fallback_status == config::FallbackStatus::temporary_failure);
  CHECK(milter.evaluation_mode);
  CHECK(milter.applicable_conditions == std::vector<std::string>{"S25R", "Trust", "S25R"});
  CHECK(milter.command == "/etc/init.d/milter-greylist");
  CHECK(milter.command_options == "start a\\ b");
  CHECK(milter.user_name == "grey");
  CHECK(milter.connection_timeout == Seconds(1));
  CHECK(milter.writing_timeout == Seconds(2.5));
  CHECK(milter.reading_timeout == Seconds(3));
  CHECK(milter.end_of_message_timeout == Seconds(4));
  CHECK(milter.enforcement_share == 0.1);
  CHECK(milter.circuit_breaker == 3.0);
  CHECK(milter.circuit_breaker_defers);
  CHECK(outcome.configuration->locations.at("milter[milter-greylist].applicable_condition[Trust]").line ==
        11);
}

TEST_CASE("a milter defined again keeps its place and everything not set again") {
  const ConfigurationFolder folder(R"(
define_milter("first") do |milter|
  milter.connection_spec = "inet:1"
  milter.description = "kept"
  milter.fallback_status = "reject"
  milter.evaluation_mode = true
  milter.reading_timeout = 5
end
define_milter("second") { |milter| milter.connection_spec = "inet:2" }
define_milter("first") { |milter| milter.connection_spec = "inet:3" }
)");
  const auto outcome = folder.load();
  CHECK(problems_of(outcome, folder) == "");
  CHECK(names_of(*outcome.configuration) == std::vector<std::string>{"first", "second"});
  const config::Milter& first = outcome.configuration->milters[0];
  CHECK(first.connection_spec == "inet:3");
  CHECK(first.description == "kept");
  CHECK(first.fallback_status == config::FallbackStatus::reject);
  CHECK(first.evaluation_mode);
  CHECK(first.reading_timeout == Seconds(5));
  CHECK(outcome.configuration->locations.at("milter[first].description").line == 4);
  CHECK(outcome.configuration->locations.at("milter[first]").line == 10);
}

TEST_CASE("defined_milters can be gone through while they are redefined and removed") {
  const ConfigurationFolder folder(R"(
%w[a b c].each { |name| define_milter(name) { |milter| milter.connection_spec = "inet:1" } }
remove_milter("b")
remove_milter("there is none")
defined_milters.each { |name| define_milter(name) { |milter| milter.description = "seen" } }
)");
  const auto outcome = folder.load();
  CHECK(names_of(*outcome.configuration) == std::vector<std::string>{"a", "c"});
  CHECK(outcome.configuration->milters[1].description == "seen");
  CHECK(outcome.configuration->locations.count("milter[b].connection_spec") == 0);
}

TEST_CASE("a milter whose definition fails is as it was, since later lines would have limited it") {
  const ConfigurationFolder folder(R"(
define_milter("old") { |milter| milter.connection_spec = "inet:1" }
load("broken.conf")
define_milter("after") { |milter| milter.connection_spec = "inet:4" }
)");
  folder.write("broken.conf", R"(
define_milter("old") do |milter|
  milter.connection_spec = "inet:2"
  milter.applicable_conditions = ["No Such Condition"]
end
define_milter("never") { |milter| milter.connection_spec = "inet:3" }
)");
  const auto outcome = folder.load();
  CHECK(problems_of(outcome, folder) ==
        "broken.conf:4: applicable condition should be one of [] but was \"No Such Condition\"\n");
  CHECK_FALSE(outcome.aborted);
  CHECK(names_of(*outcome.configuration) == std::vector<std::string>{"old", "after"});
  CHECK(outcome.configuration->milters[0].connection_spec == "inet:1");
}

TEST_CASE("a definition left with break counts as far as it came") {
  const ConfigurationFolder folder(R"(
define_milter("a") do |milter|
  milter.connection_spec = "inet:1"
  break
end
define_milter("b") { |milter| milter.connection_spec = "inet:2" }
)");
  const auto outcome = folder.load();
  CHECK(problems_of(outcome, folder) == "");
  CHECK(names_of(*outcome.configuration) == std::vector<std::string>{"a", "b"});
}

TEST_CASE("an applicable condition tells at which stages it has to be asked") {
  const ConfigurationFolder folder(R"(
define_applicable_condition("Mine") do |condition|
  condition.description = "Selective"
  condition.data = 25
  condition.refused_recipients = true
  condition.define_connect_stopper { |context, host, address| false }
  condition.define_envelope_recipient_stopper { |context, recipient| false }
  condition.define_end_of_message_stopper { |context| true }
end
)");
  const auto outcome = folder.load();
  CHECK(problems_of(outcome, folder) == "");
  REQUIRE(outcome.configuration->conditions.size() == 1);
  const config::Condition& condition = outcome.configuration->conditions[0];
  CHECK(condition.description == "Selective");
  CHECK(condition.data == "25");
  CHECK(condition.refused_recipients);
  CHECK(condition.stages == (stage_bit(config::Stage::connect) | stage_bit(config::Stage::recipient) |
                             stage_bit(config::Stage::end_of_message)));
}

TEST_CASE("an applicable condition defined again keeps its description and takes the new blocks") {
  const ConfigurationFolder folder(R"(
define_applicable_condition("Mine") do |condition|
  condition.description = "kept"
  condition.define_connect_stopper { false }
end
define_applicable_condition("Mine") do |condition|
  condition.description += ", and more"
  condition.define_body_stopper { false }
end
)");
  const auto outcome = folder.load();
  CHECK(problems_of(outcome, folder) == "");
  REQUIRE(outcome.configuration->conditions.size() == 1);
  CHECK(outcome.configuration->conditions[0].description == "kept, and more");
  CHECK(outcome.configuration->conditions[0].stages == stage_bit(config::Stage::body));
}

TEST_CASE("policies become a condition of every milter") {
  const ConfigurationFolder folder(R"(
define_milter("a") { |milter| milter.connection_spec = "inet:1" }
define_policy("local") do |policy|
  policy.milters = ["a"]
  policy.host = /\.example\.org\z/
end
define_milter("b") { |milter| milter.connection_spec = "inet:2" }
)");
  const auto outcome = folder.load();
  CHECK(problems_of(outcome, folder) == "");
  REQUIRE(outcome.configuration->conditions.size() == 1);
  CHECK(outcome.configuration->conditions[0].name == "Policy");
  CHECK(outcome.configuration->conditions[0].description == "Apply policies defined by define_policy");
  for (const auto& milter : outcome.configuration->milters) {
    CHECK(milter.applicable_conditions == std::vector<std::string>{"Policy"});
  }
}
