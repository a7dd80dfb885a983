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
milter-manager.conf:5: NoMethodError: undefined method `deamon=' for #<Milter::Manager::ManagerSettings>
milter-manager.conf:6: NameError: undefined local variable or method `undefined_word' for #<Milter::Manager::ConfigurationLoader>
milter-manager.conf:8: first: invalid connection spec: spec doesn't have colon: <nowhere>
milter-manager.conf:9: milter.fallback_status should be one of ["accept", "reject", "temporary-failure", "discard"] but was "perhaps"
milter-manager.conf:10: NoMethodError: undefined method `reading_timout=' for #<Milter::Manager::MilterDefinition first>
milter-manager.conf:11: applicable condition should be one of [] but was "None"
milter-manager.conf:12: milter.enabled should be one of [true, false] but was 7
milter-manager.conf:15: NoMethodError: undefined method `no_such_question' for #<Milter::Manager::MilterDefinition second>
milter-manager.conf:20: applicable_condition.refused_recipients should be one of [true, false] but was 3
milter-manager.conf:21: NoMethodError: undefined method `descripton=' for #<Milter::Manager::ConditionDefinition mine>
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
        "milter-manager.conf:2: NameError: undefined local variable or method `nonsense' for "
        "#<Milter::Manager::ConfigurationLoader>\n");
  CHECK(found("") == "");
  CHECK(found("# nothing but a comment") == "");
}

TEST_CASE("checking ends where files load each other twice") {
  CHECK(found("load('milter-manager.conf')\nload('milter-manager.conf')\n") ==
        "milter-manager.conf:1: too many files load each other\n");
}
