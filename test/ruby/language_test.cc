// SPDX-License-Identifier: GPL-3.0-or-later
// The classes that configuration files meet.
#include <catch2/catch.hpp>

#include "core/config/dump.h"
#include "test/ruby/configuration_folder.h"
#include "test/ruby/shared_interpreter.h"

using namespace milter_manager;

namespace {

struct Fact {
  const char* expression;
  const char* value;  // as inspected
};

// Each expression is evaluated after `setup`.
void check_facts(const std::string& setup, const std::vector<Fact>& facts) {
  for (const Fact& fact : facts) {
    INFO(setup << fact.expression);
    const ConfigurationFolder folder(setup + "log.path = (" + fact.expression + ").inspect\n");
    const auto outcome = folder.load();
    CHECK(problems_of(outcome, folder) == "");
    CHECK(outcome.configuration->log.path == fact.value);
  }
}

}  // namespace

TEST_CASE("a socket address tells what it is") {
  check_facts(
      "A = Milter::SocketAddress\n",
      {{"A.build('4', '192.0.2.1', 25).then { |a| [a.ipv4?, a.ipv6?, a.unix?, a.unknown?, a.local?] }",
        "[true, false, false, false, false]"},
       {"A.build('6', '2001:db8::1', 25).then { |a| [a.ipv4?, a.ipv6?, a.unix?, a.unknown?, a.local?] }",
        "[false, true, false, false, false]"},
       {"A.build('L', '/tmp/s', 0).then { |a| [a.ipv4?, a.ipv6?, a.unix?, a.unknown?, a.local?, a.path] }",
        "[false, false, true, false, true, \"/tmp/s\"]"},
       {"A.build('U', '', 0).then { |a| [a.ipv4?, a.ipv6?, a.unix?, a.unknown?, a.local?, a.to_ip_address] }",
        "[false, false, false, true, false, nil]"},
       {"%w[127.255.0.1 10.0.0.1 172.16.0.1 172.31.255.255 192.168.255.1].map { |a| A.build('4', a, "
        "1).local? }.uniq",
        "[true]"},
       {"%w[128.0.0.1 11.0.0.1 172.15.255.255 172.32.0.0 192.169.0.1 169.254.0.1 0.0.0.0].map { |a| "
        "A.build('4', a, 1)"
        ".local? }.uniq",
        "[false]"},
       {"%w[::1 fe80::1 febf::1 IPv6:::1 fe80::1%eth0].map { |a| A.build('6', a, 1).local? }.uniq", "[true]"},
       {"%w[:: fec0::1 fc00::1 fd00::1 2001:db8::1].map { |a| A.build('6', a, 1).local? }.uniq", "[false]"},
       {"A.build('4', '192.0.2.1', 25).to_s", "\"inet:25@[192.0.2.1]\""},
       {"A.build('6', '2001:db8::1', 25).to_s", "\"inet6:25@[2001:db8::1]\""},
       {"[A.build('L', '/tmp/s', 0).to_s, A.build('U', nil, nil).to_s]", "[\"unix:/tmp/s\", \"unknown\"]"},
       {"A.build('4', '192.0.2.1', 25) == A.build('4', '192.0.2.1', 25)", "true"},
       {"[A.build('4', '192.0.2.1', 25)] - [A.build('4', '192.0.2.1', 25)]", "[]"},
       {"A.build('4', '192.0.2.1', 25) == A.build('4', '192.0.2.1', 26)", "false"},
       {"A.build('4', '::1', 25) == A.build('6', '::1', 25)", "false"},
       {"A.build('U', nil, nil) == A.build('U', 'x', 7)", "true"},
       {"A.build('4', 'no address', 25).then { |a| [a.local?, a.to_ip_address, a.to_s] }",
        "[false, nil, \"inet:25@[no address]\"]"},
       {"A.build('6', \"\\xff\", 25).local?", "false"},
       {"A.build('4', '192.0.2.1', 25).freeze.local?", "false"}});
}

TEST_CASE("every level of the log can be written from a configuration file") {
  log_of_interpreter().clear();
  const ConfigurationFolder folder(R"RUBY(
Milter::Logger.critical("1")
Milter::Logger.error("2")
Milter::Logger.warning("3")
Milter::Logger.message("4")
Milter::Logger.info("5")
Milter::Logger.debug("6")
Milter::Logger.trace("7")
Milter::Logger.statistics("8")
Milter::Logger.profile { 9 }
Milter::Logger.log(:info, nil)
begin
  Milter::Logger.log("loud", "x")
rescue ArgumentError => error
  Milter::Logger.info(error.message)
end
)RUBY");
  CHECK(problems_of(folder.load(), folder) == "");
  CHECK(log_of_interpreter() ==
        std::vector<std::string>{
            "critical: 1", "error: 2", "warning: 3", "message: 4", "info: 5", "debug: 6", "trace: 7",
            "statistics: 8", "profile: 9", "info: ",
            "info: level should be one of [\"critical\", \"error\", \"warning\", \"message\", \"info\", "
            "\"debug\", \"trace\", \"statistics\", \"profile\"] but was \"loud\""});
}

TEST_CASE("the exceptions of the language have the messages that files rely on") {
  check_facts(
      "M = Milter::Manager\nL = M::ConfigurationLoader\n",
      {{"L::InvalidValue.new('a.b', ['x', 'y'], 1).message",
        "\"a.b should be one of [\\\"x\\\", \\\"y\\\"] but was 1\""},
       {"L::InvalidValue.new('own words').message", "\"own words\""},
       {"L::NonexistentPath.new('a.conf').message", "\"a.conf doesn't exist.\""},
       {"L::MissingValue.new('database.type').message", "\"database.type should be set\""},
       {"[L::InvalidValue, L::NonexistentPath, L::MissingValue, M::ParseError, M::ConditionTable::"
        "InvalidValueError, M::ConditionTable::InvalidFormatError].all? { |e| e < M::Error && e < "
        "StandardError }",
        "true"},
       {"M::ConditionTable::InvalidValueError.new('bad', 'v', 'p', 3, 't').message",
        "\"p:3: bad: <v>: <t>\""},
       {"M::ConditionTable::InvalidFormatError.new('p', 3, 't').message", "\"p:3: invalid format <t>\""}});
}

TEST_CASE("an invalid value that a file raises by itself ends that file only") {
  const ConfigurationFolder folder("load('part.conf')\nmanager.n_workers = 2\n");
  folder.write("part.conf",
               "\nraise Milter::Manager::ConfigurationLoader::InvalidValue.new('my.level', [1, 2], 3)\n"
               "manager.daemon = true\n");
  const auto outcome = folder.load();
  CHECK(problems_of(outcome, folder) == "part.conf:2: my.level should be one of [1, 2] but was 3\n");
  CHECK_FALSE(outcome.aborted);
  CHECK_FALSE(outcome.configuration->manager.daemon);
  CHECK(outcome.configuration->manager.n_workers == 2);
}

TEST_CASE("patterns of a policy are texts, expressions, networks, blocks, or lists of these") {
  check_facts(
      R"RUBY(
def policy
  @policy ||= Milter::Manager::Policy.new(nil, "p").tap { |policy| yield(policy) }
end
def client(address)
  Milter::SocketAddress.build(address.include?(":") ? "6" : "4", address, 25)
end
)RUBY",
      {{"policy { |p| p.host = ['a', /b/] }.then { |p| %w[a xbx c].map { |host| p.client?(host, "
        "client('192.0.2.1')) } }",
        "[true, true, false]"},
       {"policy { |p| p.address = IPAddr.new('192.0.2.0/24') }.then { |p| %w[192.0.2.9 192.0.3.1 ::1].map { "
        "|a| p.client?"
        "('x', client(a)) } }",
        "[true, false, false]"},
       {"policy { |p| p.address = '192.0.2.9' }.client?('x', client('192.0.2.9'))", "true"},
       {"policy { |p| p.address = 'inet:25@[192.0.2.9]' }.client?('x', client('192.0.2.9'))", "true"},
       {"policy { |p| p.address = ->(address) { address.local? } }.client?('x', client('10.0.0.1'))", "true"},
       {"policy { |p| p.address = IPAddr.new('::/0') }.client?('x', Milter::SocketAddress.build('U', nil, "
        "nil))",
        "false"},
       {"policy { |p| p.from = 'a@b' }.then { |p| ['<a@b>', 'a@b', '<x@b>'].map { |from| p.from?(from) } }",
        "[true, true, false]"},
       {"policy { |p| p.recipient = [/@b>\\z/, 'c@d'] }.then { |p| ['<a@b>', '<c@d>', '<c@e>'].map { |to| "
        "p.recipient?(to) } }",
        "[true, true, false]"},
       {"policy { |p| p.fqdn = 'mx' }.then { |p| [p.fqdn?('mx'), p.fqdn?('my'), p.from?('<x>')] }",
        "[true, false, true]"},
       {"policy { |p| p.milters = 'one' }.then { |p| [p.for?('one'), p.for?('two')] }", "[true, false]"}});
}

TEST_CASE("the condition of policies is shown where the first policy is defined") {
  const ConfigurationFolder folder(
      "define_milter('a') { |milter| milter.connection_spec = 'inet:1' }\n\ndefine_policy('p')\n");
  const auto outcome = folder.load();
  CHECK_THAT(config::dump(*outcome.configuration),
             Catch::Matchers::Contains("milter-manager.conf:3\ndefine_applicable_condition(\"Policy\") do") &&
                 Catch::Matchers::Contains("milter-manager.conf:3\n    \"Policy\",\n"));
}

TEST_CASE("hooks and checkers belong to the configuration that defines them") {
  const ConfigurationFolder folder(R"RUBY(
manager.define_connection_checker("a") { 1 }
manager.define_connection_checker("a") { 2 }
manager.define_connection_checker(:b) { 3 }
manager.use_netstat_connection_checker(7)
manager.maintained { 4 }
manager.event_loop_created { |loop| loop }
log.path = [manager.connection_checkers.transform_values(&:call), manager.maintained_hooks.map(&:call),
            manager.event_loop_created_hooks.size, manager.reports_memory_statistics?,
            manager.netstat_connection_checker.database_lifetime].inspect
)RUBY");
  for (int i = 0; i < 2; ++i) {
    const auto outcome = folder.load();
    CHECK(problems_of(outcome, folder) == "");
    CHECK(outcome.configuration->log.path == R"([{"a"=>2, "b"=>3}, [4], 1, false, 7])");
    CHECK(outcome.configuration->manager.connection_checkers ==
          std::vector<std::string>{"a", "b", "netstat"});
    CHECK(outcome.configuration->manager.connection_check_interval == 7);
  }
}

TEST_CASE("of checkers called netstat, the manager's own and a block, the later one counts") {
  const std::string own = "manager.use_netstat_connection_checker(7)\n";
  const std::string block = "manager.define_connection_checker('netstat') { |context| true }\n";
  for (const auto& [text, is_own] :
       std::vector<std::pair<std::string, bool>>{{own, true}, {own + block, false}, {block + own, true}}) {
    CAPTURE(text);
    const ConfigurationFolder folder(text);
    const auto outcome = folder.load();
    const auto& manager = outcome.configuration->manager;
    CHECK(manager.connection_checkers == std::vector<std::string>{"netstat"});
    CHECK(manager.netstat_connection_checker == is_own);
    CHECK((config::dump(*outcome.configuration).find("use_netstat") != std::string::npos) == is_own);
  }
}

TEST_CASE("hooks and checkers without a block, and intervals that are none, are told") {
  for (const auto& [statement, problem] : std::vector<std::pair<const char*, const char*>>{
           {"manager.define_connection_checker('x')",
            "ArgumentError: define_connection_checker needs a block"},
           {"manager.maintained", "ArgumentError: maintained needs a block"},
           {"manager.event_loop_created", "ArgumentError: event_loop_created needs a block"},
           {"manager.use_netstat_connection_checker('often')",
            "manager.connection_check_interval should be an integer but was \"often\""},
           {"manager.use_netstat_connection_checker(-1)",
            "manager.connection_check_interval should be an integer 0 or more but was -1"}}) {
    const ConfigurationFolder folder(statement);
    const auto outcome = folder.load();
    CHECK(problems_of(outcome, folder) == std::string("milter-manager.conf:1: ") + problem + "\n");
    CHECK(outcome.configuration->manager.connection_checkers.empty());
  }
}

TEST_CASE("the netstat checker asks the system whether the client has hung up") {
  check_facts(
      R"RUBY(
require "socket"
Asked = Struct.new(:smtp_client_address, :smtp_server_address)
A = Milter::SocketAddress
def connected?(client, server = A.build("4", "127.0.0.1", 25))
  Milter::Manager::NetstatConnectionChecker.new(0).connected?(Asked.new(client, server))
end
# The answers before and after the client closes.
def answers(host, family)
  listener = TCPServer.new(host, 0)
  client = TCPSocket.new(host, listener.addr[1])
  server = listener.accept
  address = A.build(family, host, client.addr[1])
  before = connected?(address)
  client.close
  sleep(0.001) until (after = connected?(address)) == false
  [before, after]
end
)RUBY",
      {{"answers('127.0.0.1', '4')", "[true, false]"},
       {"connected?(A.build('4', '192.0.2.1', 1))", "true"},
       {"connected?(A.build('4', '127.0.0.1', 0))", "true"},
       {"connected?(A.build('L', '/tmp/s', 0))", "true"},
       {"connected?(A.build('U', nil, 0))", "true"},
       {"connected?(A.build('4', 'nonsense', 25))", "true"},
       {"connected?(A.build('4', '127.0.0.1', 25), A.build('4', '192.0.2.1', 25))", "true"}});
}

TEST_CASE(
    "a definition without stoppers leaves those of an earlier one, also as what the manager decides itself") {
  const ConfigurationFolder folder(R"RUBY(
define_applicable_condition("mine") do |condition|
  condition.refused_recipients = true
  condition.define_helo_stopper { true }
  condition.define_data_stopper { true }
end
define_applicable_condition("built-in") { |condition| condition.builtin = "s25r" }
define_applicable_condition("mine") { |condition| condition.description = "described later" }
define_applicable_condition("built-in") { |condition| condition.description = "described later" }
log.path = %i[helo data connect].map { |stage| stoppers("mine", stage).size }.inspect
)RUBY");
  const auto outcome = folder.load();
  CHECK(problems_of(outcome, folder) == "");
  CHECK(outcome.configuration->log.path == "[1, 1, 0]");
  const auto& mine = *config::find_condition(*outcome.configuration, "mine");
  CHECK(mine.stages == (stage_bit(config::Stage::helo) | stage_bit(config::Stage::data)));
  CHECK(mine.description == "described later");
  CHECK(mine.refused_recipients);
  CHECK(config::find_condition(*outcome.configuration, "built-in")->builtin == "s25r");
  CHECK(config::find_condition(*outcome.configuration, "built-in")->stages ==
        stage_bit(config::Stage::connect));
}
