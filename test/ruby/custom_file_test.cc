// SPDX-License-Identifier: GPL-3.0-or-later
#include <catch2/catch.hpp>

#include "test/ruby/configuration_folder.h"

using namespace milter_manager;

namespace {

const char* const kMain = R"RUBY(
define_applicable_condition("S25R")
define_applicable_condition("Trust")
define_milter("grey") do |milter|
  milter.connection_spec = "inet:1"
  milter.description = "kept"
  milter.applicable_conditions = ["S25R"]
end
)RUBY";

std::string problem_with(const std::string& custom) {
  const ConfigurationFolder folder(kMain);
  return problems_of(folder.load_with_custom(custom), folder);
}

}  // namespace

TEST_CASE("an XML file of a management program wins over the configuration files") {
  const ConfigurationFolder folder(kMain);
  const auto outcome = folder.load_with_custom(R"(<?xml version="1.0" encoding="utf-8"?>
<!-- written by a program -->
<configuration>
  <security><privilege-mode>true</privilege-mode><effective-user>nobody</effective-user></security>
  <controller><connection-spec>inet:10026@localhost</connection-spec></controller>
  <manager>
    <unix-socket-mode>0600</unix-socket-mode>
    <n-workers>3</n-workers>
    <reply-deadline>12.5</reply-deadline>
    <fallback-status>reject</fallback-status>
    <pid-file/>
  </manager>
  <milters>
    <milter>
      <name>grey</name>
      <enabled>false</enabled>
      <command-options>-a &lt;b&gt; &amp; &#x43;&#68;</command-options>
      <evaluation-mode>true</evaluation-mode>
      <applicable-conditions>
        <applicable-condition>Trust</applicable-condition>
      </applicable-conditions>
    </milter>
    <milter>
      <name>new</name>
      <connection-spec>inet:2</connection-spec>
      <description><![CDATA[<new>]]></description>
      <fallback-status>temporary-failure</fallback-status>
      <command>/bin/true</command>
    </milter>
  </milters>
</configuration>
)");
  CHECK(problems_of(outcome, folder) == "");
  const config::Configuration& read = *outcome.configuration;
  CHECK(read.security.privilege_mode);
  CHECK(read.security.effective_user == "nobody");
  CHECK(read.controller.connection_spec == "inet:10026@localhost");
  CHECK(read.manager.unix_socket_mode == 0600);
  CHECK(read.manager.n_workers == 3);
  CHECK(read.manager.reply_deadline == config::Seconds(12.5));
  CHECK(read.manager.fallback_status == config::FallbackStatus::reject);
  REQUIRE(read.milters.size() == 2);
  const config::Milter& grey = read.milters[0];
  CHECK_FALSE(grey.enabled);
  CHECK(grey.evaluation_mode);
  CHECK(grey.connection_spec == "inet:1");
  CHECK(grey.description == "kept");
  CHECK(grey.command_options == "-a <b> & CD");
  CHECK(grey.applicable_conditions == std::vector<std::string>{"Trust"});
  CHECK(read.milters[1].description == "<new>");
  CHECK(read.milters[1].fallback_status == config::FallbackStatus::temporary_failure);
  CHECK(read.locations.at("manager.n_workers") ==
        config::Location{folder.file("milter-manager.custom.conf"), 8});
}

TEST_CASE("conditions are removed by an empty list of them") {
  const ConfigurationFolder folder(kMain);
  const auto outcome = folder.load_with_custom(
      "<configuration><milters><milter><name>grey</name><applicable-conditions/></milter></milters></"
      "configuration>");
  CHECK(problems_of(outcome, folder) == "");
  CHECK(outcome.configuration->milters.at(0).applicable_conditions.empty());
}

TEST_CASE("a custom file that is no XML is a configuration file like others") {
  const ConfigurationFolder folder(kMain);
  const auto outcome = folder.load_with_custom("define_milter('grey') { |milter| milter.enabled = false }\n");
  CHECK(problems_of(outcome, folder) == "");
  CHECK_FALSE(outcome.configuration->milters.at(0).enabled);
}

TEST_CASE("what is wrong in a custom file is told with its line") {
  struct Case {
    const char* text;
    const char* problem;
  };
  const std::vector<Case> cases = {
      {"<configuration>\n<manager>\n<n-workers>many</n-workers>\n<chunk-size>5</chunk-size></manager></"
       "configuration>",
       "3: manager.n_workers should be an integer but was \"many\"\n"},
      {"<configuration>\n<unknown/></configuration>", "2: unexpected element: /configuration/unknown\n"},
      {"<settings/>", "1: unexpected element: /settings\n"},
      {"<configuration><manager>\n<deamon>true</deamon></manager></configuration>",
       "2: unexpected element: /configuration/manager/deamon\n"},
      {"<configuration><database><type>pg</type></database></configuration>",
       "1: unexpected element: /configuration/database\n"},
      {"<configuration><milters><milter>\n<user-name>root</user-name><name>x</name></milter></milters></"
       "configuration>",
       "2: unexpected element: /configuration/milters/milter/user-name\n"},
      {"<configuration><milters>\n<milter/></milters></configuration>", "2: a milter needs a name\n"},
      {"<configuration><milters><child/></milters></configuration>",
       "1: unexpected element: /configuration/milters/child\n"},
      {"<configuration>", "1: </configuration> is wanted\n"},
      {"<configuration>\n<a></b></configuration>", "2: </a> is wanted\n"},
      {"<configuration a=\"b\"/>", "1: <configuration> is not closed by >\n"},
      {"<configuration/>\nmore", "2: text behind the end\n"},
      {"<configuration>&x;</configuration>", "1: unknown entity: <&x>\n"},
      {"<!DOCTYPE x [<!ENTITY a \"b\">]><configuration/>", "1: an element's name is wanted\n"},
      {"<configuration>\xff</configuration>", "1: the text is no UTF-8\n"},
      {"<a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a>", "1: elements are nested too deep\n"},
      {"<", "1: an element's name is wanted\n"},
  };
  for (const Case& one : cases) {
    INFO(one.text);
    const std::string problem = problem_with(one.text);
    // Where the line stands in front, and where it stands in an exception's message.
    CHECK_THAT(problem, Catch::Matchers::EndsWith(std::string("milter-manager.custom.conf:") + one.problem));
  }
}
