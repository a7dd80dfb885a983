// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <catch2/catch.hpp>
#include <thread>

#include "test/ruby/configuration_folder.h"
#include "test/ruby/shared_interpreter.h"

using namespace milter_manager;

namespace {

// What a Ruby expression gives, as a text.
std::string evaluate(const std::string& expression) {
  const ConfigurationFolder folder("log.path = (" + expression + ").inspect\n");
  const auto outcome = folder.load();
  INFO(problems_of(outcome, folder));
  REQUIRE_FALSE(outcome.aborted);
  return outcome.configuration->log.path.value_or("");
}

std::string blocks_of(const ruby::LoadOutcome& outcome) {
  return "Milter::Manager::GENERATIONS[" + std::to_string(outcome.configuration->generation) + "]";
}

}  // namespace

TEST_CASE(
    "work posted by another thread runs on the main thread, in order, and Ruby's threads go on meanwhile") {
  const ConfigurationFolder folder(
      "$ticks = Queue.new\n$answers = Queue.new\n$ticker = Thread.new { $answers << $ticks.pop * 2 }\n");
  REQUIRE_FALSE(folder.load().aborted);
  const auto main_thread = std::this_thread::get_id();
  std::vector<int> order;
  std::string answer;
  bool on_main_thread = true;
  std::thread other([&] {
    for (int i = 0; i < 100; ++i) {
      shared_interpreter().post([&, i] {
        on_main_thread = on_main_thread && std::this_thread::get_id() == main_thread;
        order.push_back(i);
      });
    }
    shared_interpreter().post([&] { evaluate("$ticks << 21"); });
    shared_interpreter().post([&] { answer = evaluate("$answers.pop"); });
    shared_interpreter().stop();
  });
  shared_interpreter().run_until_stopped();
  other.join();
  CHECK(on_main_thread);
  CHECK(order.size() == 100);
  CHECK(std::is_sorted(order.begin(), order.end()));
  CHECK(answer == "42");
}

TEST_CASE("the blocks of a configuration live as long as somebody has it") {
  const ConfigurationFolder folder(
      "define_applicable_condition('c') { |c| c.define_helo_stopper { |context, fqdn| fqdn == 'stop' } }\n");
  auto outcome = folder.load();
  const std::string blocks = blocks_of(outcome);
  CHECK(evaluate(blocks + ".stoppers('c', :helo).map { |block| block.call(nil, 'stop') }") == "[true]");
  CHECK(evaluate(blocks + ".stoppers('c', :connect)") == "[]");
  auto second_owner = outcome.configuration;
  outcome = {};
  CHECK(evaluate(blocks + ".nil?") == "false");
  std::thread([&] { second_owner.reset(); }).join();
  CHECK(evaluate(blocks + ".nil?") == "true");
}

TEST_CASE("a policy limits its milters to what its patterns match, and keeps all others from the body") {
  const ConfigurationFolder folder(R"(
%w[listed other].each { |name| define_milter(name) { |milter| milter.connection_spec = "inet:1" } }
define_policy("p") do |policy|
  policy.milters << "listed"
  policy.host = /\.example\.org\z/
  policy.address = "192.0.2.1"
  policy.fqdn = "mx"
  policy.recipient = /@a>\z/
end
)");
  const auto outcome = folder.load();
  const auto stops = [&](const std::string& stage, const std::string& milter, const std::string& arguments) {
    return evaluate("context = Struct.new(:name).new('" + milter + "'); " + blocks_of(outcome) +
                    ".stoppers('Policy', :" + stage + ").any? { |block| block.call(context" + arguments +
                    ") }") == "true";
  };
  CHECK_FALSE(stops("connect", "listed", ", 'a.example.org', '198.51.100.1'"));
  CHECK_FALSE(stops("connect", "listed", ", 'unknown', '192.0.2.1'"));
  CHECK(stops("connect", "listed", ", 'unknown', '198.51.100.1'"));
  CHECK_FALSE(stops("connect", "other", ", 'unknown', '198.51.100.1'"));
  CHECK(stops("helo", "listed", ", 'host'"));
  CHECK_FALSE(stops("helo", "listed", ", 'mx'"));
  CHECK_FALSE(stops("envelope_from", "listed", ", '<a@b>'"));
  CHECK(stops("envelope_recipient", "listed", ", '<a@b>'"));
  CHECK_FALSE(stops("data", "listed", ""));
  CHECK(stops("data", "other", ""));
}

TEST_CASE("database settings become what ActiveRecord wants") {
  struct Case {
    const char* settings;
    const char* options;
  };
  // The time limits keep within manager.condition_timeout, 5 s.
  const std::vector<Case> cases = {
      {"database.type = 'mysql2'; database.name = 'mail'; database.path = '/s'; "
       "database.extra_options[:init_command] = nil",
       R"({:adapter=>"mysql2", :pool=>6, :checkout_timeout=>2.5, :database=>"mail", :host=>"localhost", :port=>3306, :username=>"root", :socket=>"/s", :connect_timeout=>2, :read_timeout=>2, :write_timeout=>2, :init_command=>nil})"},
      {"database.name = ':memory:'",
       R"({:adapter=>"sqlite3", :pool=>1, :checkout_timeout=>2.5, :database=>":memory:", :idle_timeout=>0})"},
      {"database.type = 'sqlite3'; database.path = 'db/mail'",
       R"({:adapter=>"sqlite3", :pool=>6, :checkout_timeout=>2.5, :database=>"/opt/mail/db/mail", :timeout=>2000})"},
      {"package.options = 'prefix=/usr/pkg'; database.type = 'sqlite3'; database.name = 'mail'; "
       "manager.condition_timeout = 0.5; manager.n_condition_threads = 1",
       R"({:adapter=>"sqlite3", :pool=>3, :checkout_timeout=>0.25, :database=>"/usr/pkg/mail", :timeout=>1000})"},
      {"database.type = 'pg'; database.name = 'mail'; database.user = 'u'; database.password = 'p'; "
       "database.extra_options[:encoding] = 'utf8'; database.extra_options['pool'] = 9",
       R"({:adapter=>"postgresql", :pool=>9, :checkout_timeout=>2.5, :database=>"mail", :username=>"u", :password=>"p", :connect_timeout=>2, :encoding=>"utf8", :variables=>{:statement_timeout=>5000}})"},
      {"database.type = 'postgresql'; database.path = '/run/postgresql/.s.PGSQL.5433'; "
       "database.extra_options = { variables: { 'statement_timeout' => 9 }, connect_timeout: 7 }",
       R"({:adapter=>"postgresql", :pool=>6, :checkout_timeout=>2.5, :host=>"/run/postgresql", :port=>5433, :connect_timeout=>7, :variables=>{:statement_timeout=>9}})"},
      {"database.type = 'postgresql'; database.path = '/run/postgresql'; database.extra_options[:variables] "
       "= {}",
       R"({:adapter=>"postgresql", :pool=>6, :checkout_timeout=>2.5, :host=>"/run/postgresql", :connect_timeout=>2, :variables=>{:statement_timeout=>5000}})"},
      {"database.type = 'other'; database.host = 'db'",
       R"({:adapter=>"other", :pool=>6, :checkout_timeout=>2.5, :host=>"db"})"},
  };
  for (const Case& one : cases) {
    const ConfigurationFolder folder(std::string(one.settings) +
                                     "\nlog.path = database.connection_options.inspect\n");
    const auto outcome = folder.load();
    CHECK(problems_of(outcome, folder) == "");
    CHECK(outcome.configuration->log.path == one.options);
  }
}

TEST_CASE("the database is connected once, and models are loaded anew at each reload") {
  const ConfigurationFolder folder(R"(
$LOAD_PATH.unshift(")" TEST_SOURCE_DIR R"(/support").uniq!
$connections = []
database.type = "sqlite3"
database.name = ":memory:"
2.times { database.setup }
database.load_models("models/*.rb")
log.path = [$connections.size, $loaded].inspect
)");
  folder.write("models/a.rb", "$loaded = $loaded.to_i + 1");
  folder.write("models/broken.rb", "raise 'no model'");
  for (const char* state : {"[1, 1]", "[1, 2]"}) {
    const auto outcome = folder.load();
    CHECK(problems_of(outcome, folder) == "models/broken.rb:1: RuntimeError: no model\n");
    CHECK_FALSE(outcome.aborted);
    CHECK(outcome.configuration->log.path == state);
  }
}

TEST_CASE("a library that is a gem is found, although the manager starts without rubygems") {
  CHECK(evaluate("begin; gem('no-such-gem-anywhere'); rescue LoadError => e; e.class.name; end") ==
        R"("Gem::MissingSpecError")");
  CHECK(evaluate("require 'set'") != "");
  CHECK(evaluate("require('rubygems') ? 1 : defined?(Gem)") == R"("constant")");
}
