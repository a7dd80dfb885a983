// SPDX-License-Identifier: GPL-3.0-or-later
#include <catch2/catch.hpp>

#include "test/ruby/configuration_folder.h"

using namespace milter_manager;

namespace {

std::string found(const std::string& text) {
  const ConfigurationFolder folder(text);
  return problems_of(folder.check(), folder);
}

}  // namespace

TEST_CASE("checking finds every error of every file") {
  const ConfigurationFolder folder(R"(
load("a.conf")
load("missing.conf")
manager.n_workers = "many"
manager.deamon = true
undefined_word
define_milter("first") do |milter|
  milter.connection_spec = "nowhere"
  milter.fallback_status = "perhaps"
  milter.reading_timout = 5
  milter.add_applicable_condition("None")
  milter.enabled = 7
end
define_milter("second") do |milter|
  milter.no_such_question
  milter.connection_spec = "inet:10026"
  milter.enabled = 8
end
define_applicable_condition("mine") do |condition|
  condition.refused_recipients = 3
  condition.descripton = "x"
end
define_milter("third") do |milter|
  milter.connection_spec = "inet:10027"
  milter.applicable_conditions = ["mine"]
end
1 / 0
exit
)");
  folder.write("a.conf", "manager.max_connections = -1\nload(\"b.conf\")\nlog.level = \"loud\"\n");
  folder.write("b.conf", "manager.daemon = true\nif manager.daemon\n  1 +\n");
  CHECK(problems_of(folder.check(), folder) ==
        R"(a.conf:1: manager.max_connections should be an integer 0 or more but was -1
b.conf:3: SyntaxError: syntax error, unexpected end-of-input
a.conf:3: log.level: unknown flag names: [<loud>](<LogLevel>)
milter-manager.conf:3: missing.conf doesn't exist.
milter-manager.conf:4: manager.n_workers should be an integer but was "many"
milter-manager.conf:5: there is no manager.deamon: did you mean manager.daemon?
milter-manager.conf:6: there is no undefined_word: a text stands in quotes, "undefined_word"
milter-manager.conf:8: first: invalid connection spec: spec doesn't have colon: <nowhere>
milter-manager.conf:9: milter.fallback_status should be one of ["accept", "reject", "temporary-failure", "discard"] but was "perhaps"
milter-manager.conf:10: there is no milter.reading_timout: did you mean milter.reading_timeout?
milter-manager.conf:11: applicable condition should be one of [] but was "None"
milter-manager.conf:12: milter.enabled should be one of [true, false] but was 7
milter-manager.conf:15: there is no milter.no_such_question
milter-manager.conf:20: applicable_condition.refused_recipients should be one of [true, false] but was 3
milter-manager.conf:21: there is no condition.descripton: did you mean condition.description?
milter-manager.conf:27: ZeroDivisionError: divided by 0
milter-manager.conf:28: SystemExit: the configuration can't end the manager
)");
}

TEST_CASE("checking reads a sound configuration as starting does") {
  const ConfigurationFolder folder(R"(# a comment
workers = 2

text = <<TEXT
manager.n_workers = 9
TEXT
def usual(name)
  return if name == "none"
  define_milter(name) { |milter| milter.connection_spec = "inet:1" }
end; usual("a"); usual("none")
manager.n_workers = workers; manager.max_connections = text.size
X = 3
manager.max_file_descriptors = X if
  workers == 2
%w[b c].each do |name|
  usual(name)
end
__END__
this is no Ruby (
)");
  const auto started = folder.load();
  const auto checked = folder.check();
  CHECK(problems_of(started, folder) == "");
  CHECK(problems_of(checked, folder) == "");
  for (const auto* outcome : {&started, &checked}) {
    CHECK(outcome->configuration->milters.size() == 3);
    CHECK(outcome->configuration->manager.n_workers == 2);
    CHECK(outcome->configuration->manager.max_connections == 22);
    CHECK(outcome->configuration->manager.max_file_descriptors == 3);
  }
  CHECK(started.configuration->locations == checked.configuration->locations);
}

TEST_CASE("a file that can't be taken apart is checked up to its first error") {
  CHECK(found("if true\n  return\nend\nnonsense\n") == "");
  CHECK(found("# coding: euc-jp\nnonsense\nmore\n") ==
        "milter-manager.conf:2: there is no nonsense: a text stands in quotes, \"nonsense\"\n");
  CHECK(found("") == "");
  CHECK(found("# nothing but a comment") == "");
}

TEST_CASE("checking ends where files load each other twice") {
  CHECK(found("load('milter-manager.conf')\nload('milter-manager.conf')\n") ==
        "milter-manager.conf:1: too many files load each other\n");
}

TEST_CASE(
    "what is misspelled is told with what may have been meant, and nothing of what else the files hold") {
  CHECK(found("database.password = 'hidden'\n"
              "s25r.add_whitlist('x')\n"
              "dnsbl.add_servce('x')\n"
              "trust.add_envelope_from_domein('x')\n"
              "remote_network.add_locl_address('x')\n"
              "stress.treshold_n_connections = 3\n"
              "package.plattform = 'debian'\n"
              "define_milterr('x')\n"
              "manager.use_netstat_connection_cheker\n"
              "define_policy('p') { |policy| policy.milter = ['x'] }\n"
              "manager.fallback_status = reject\n"
              "nothing_like_this(3)\n"
              "restrict_accounts_by_list('x', milter: 'y')\n") ==
        "milter-manager.conf:2: there is no s25r.add_whitlist: did you mean s25r.add_whitelist?\n"
        "milter-manager.conf:3: there is no dnsbl.add_servce: did you mean dnsbl.add_service?\n"
        "milter-manager.conf:4: there is no trust.add_envelope_from_domein: did you mean "
        "trust.add_envelope_from_domain?\n"
        "milter-manager.conf:5: there is no remote_network.add_locl_address: did you mean "
        "remote_network.add_local_address?\n"
        "milter-manager.conf:6: there is no stress.treshold_n_connections: did you mean "
        "stress.threshold_n_connections?\n"
        "milter-manager.conf:7: there is no package.plattform: did you mean package.platform?\n"
        "milter-manager.conf:8: there is no define_milterr: did you mean define_milter?\n"
        "milter-manager.conf:9: there is no manager.use_netstat_connection_cheker: did you mean "
        "manager.use_netstat_connection_checker?\n"
        "milter-manager.conf:10: there is no policy.milter: did you mean policy.milters?\n"
        "milter-manager.conf:11: there is no reject: a text stands in quotes, \"reject\"\n"
        "milter-manager.conf:12: there is no nothing_like_this\n"
        "milter-manager.conf:13: ArgumentError: the options are condition_name and milters, not milter\n"
        "milter-manager.conf:10: policy <p> has no effect: it names no milters\n");
}

TEST_CASE("files that were written for other versions may ask for what isn't there") {
  const ConfigurationFolder folder(
      "begin\n  manager.no_such_setting = 3\nrescue NoMethodError\n  manager.n_workers = 2\nend\n"
      "manager.max_connections = 7 unless manager.respond_to?(:no_such_setting=)\n");
  const auto outcome = folder.load();
  CHECK(problems_of(outcome, folder) == "");
  CHECK(outcome.configuration->manager.n_workers == 2);
  CHECK(outcome.configuration->manager.max_connections == 7);
}

TEST_CASE("names of milters that nobody defines are told, and what is asked for in vain") {
  CHECK(found("restrict_accounts_by_list('bob@example.com', condition_name: 'Early')\n"
              "define_milter('a') { |milter| milter.connection_spec = 'inet:1' }\n"
              "restrict_accounts_by_list('bob@example.com', condition_name: 'List', milters: ['a', 'aa', "
              "'later'])\n"
              "restrict_accounts_generic(milters: 'nobody') { true }\n"
              "define_policy('p') { |policy| policy.milters = ['later', 'other'] }\n"
              "define_policy('idle') { |policy| policy.host = 'x' }\n"
              "define_milter('later') { |milter| milter.connection_spec = 'inet:2' }\n"
              "manager.use_netstat_connection_checker(0)\n") ==
        "milter-manager.conf:1: <Early> restricts no milter: none is named, or defined before it\n"
        "milter-manager.conf:3: <List>: there is no milter of that name: <aa> (there are a, later)\n"
        "milter-manager.conf:4: <Restrict Accounts>: there is no milter of that name: <nobody> (there are a, "
        "later)\n"
        "milter-manager.conf:5: policy <p>: there is no milter of that name: <other> (there are a, later)\n"
        "milter-manager.conf:6: policy <idle> has no effect: it names no milters\n"
        "milter-manager.conf:8: clients are not checked: manager.connection_check_interval is 0 seconds\n");
}

TEST_CASE("a name that a restriction was the only one to use makes no milter") {
  const ConfigurationFolder folder(
      "define_milter('a') { |milter| milter.connection_spec = 'inet:1' }\n"
      "restrict_accounts_by_list('x', milters: ['a', 'b', 'c'], condition_name: 'List')\n"
      "define_milter('c') { |milter| milter.connection_spec = 'inet:3' }\n");
  const auto outcome = folder.load();
  CHECK_FALSE(outcome.has_errors());
  REQUIRE(outcome.configuration->milters.size() == 2);
  CHECK(outcome.configuration->milters[1].name == "c");
  CHECK(outcome.configuration->milters[1].applicable_conditions == std::vector<std::string>{"List"});
}
