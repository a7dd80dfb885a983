// SPDX-License-Identifier: GPL-3.0-or-later
// database.load_models: which files, in which order, and what becomes of them at a reload.
#include <signal.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "test/daemon/manager.h"
#include "test/daemon/peers.h"
#include "test/daemon/processes.h"

namespace {

// Tells what `expression` is, in the log, whenever it is asked for.
std::string telling(const std::string& expression) {
  return "database.name = ':memory:'\n"
         "database.setup\n"
         "database.load_models('models/*.rb')\n"
         "Milter::Logger.info(\"it is #{(" +
         expression + ").inspect}.\")\n";
}

// At the start there is no log yet.
bool tells(Manager& manager, const std::string& text) {
  return eventually([&] {
    return (manager.program().out() + manager.program().err() + manager.log()).find(text) !=
           std::string::npos;
  });
}

// A condition that tells in the log what `expression` is when a client connects.
std::string telling_limit(const std::string& expression) {
  return "define_applicable_condition('Limit') do |condition|\n"
         "  condition.define_connect_stopper { Milter::Logger.info(\"the limit is #{" +
         expression +
         "}.\"); false }\n"
         "end\n"
         "define_milter('milter') do |milter|\n"
         "  milter.connection_spec = \"unix:#{DIR}/nowhere\"\n"
         "  milter.add_applicable_condition('Limit')\n"
         "end\n";
}

void ask(Manager& manager) {
  Mta mta(manager.socket());
  mta.ask(milter_manager::protocol::command::Connect{
      "client.example.org", milter_manager::protocol::command::Family::inet, 2525, "192.0.2.1"});
}

}  // namespace

TEST_CASE("models are loaded in the order of their names, and one may require another") {
  Manager manager(telling("[$order, Admin.superclass.name, defined?(NotRuby)]"),
                  {{"models/admin.rb",
                    "require_relative 'user'\n"
                    "class Admin < User; ($order ||= []) << name; end\n"},
                   {"models/group.rb", "class Group < ActiveRecord::Base; $order << name; end\n"},
                   {"models/user.rb", "class User < ActiveRecord::Base; ($order ||= []) << name; end\n"},
                   {"models/not_ruby.txt", "NotRuby = true\n"}});
  CHECK(tells(manager, "it is [[\"User\", \"Admin\", \"Group\"], \"User\", nil]."));
}

TEST_CASE("a model says after a reload what its file says then, and nothing else") {
  const char* const first =
      "class Account < ActiveRecord::Base\n"
      "  LIMIT = 1\n"
      "  enum(level: { low: 0, high: 1 })\n"
      "  def self.old; end\n"
      "end\n"
      "EXTRA = 1\n";
  Manager manager(telling("[Account::LIMIT, Account.respond_to?(:old), Object.const_defined?(:EXTRA)]"),
                  {{"models/account.rb", first}});
  CHECK(tells(manager, "it is [1, true, true]."));
  // What can't be read changes nothing.
  manager.folder().write("models/account.rb",
                         "class Account < ActiveRecord::Base\n  LIMIT = 3\n  raise 'half'\nend\n");
  manager.program().signal(SIGHUP);
  CHECK(manager.logs("models/account.rb:3: RuntimeError: half"));
  CHECK(manager.logs("the configuration has errors: the old one stays"));

  manager.folder().write("models/account.rb",
                         "class Account < ActiveRecord::Base\n"
                         "  LIMIT = 2\n"
                         "  enum(level: { low: 0, high: 1 })\n"
                         "end\n");
  manager.program().signal(SIGHUP);
  CHECK(tells(manager, "it is [2, false, false]."));
  CHECK(count(manager.log(), "the old one stays") == 1);
}

TEST_CASE("a reload that is refused leaves the models and the database of the configuration that stays") {
  struct Row {
    const char* both;  // what both configurations say
    const char* bad;
  };
  const Row rows[] = {
      {"", "raise 'no'\n"},
      {"", "manager.n_workers = 'many'\n"},
      // Nothing but the whole configuration shows that.
      {"", "manager.condition_timeout = 200\n"},
      // It is read twice, the second time with one more folder.
      {"manager.custom_configuration_directory = \"#{DIR}/custom\"\n", "manager.condition_timeout = 200\n"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.both, row.bad);
    const std::string timer =
        "manager.event_loop_created do |loop|\n"
        "  loop.add_timeout(0.01) do\n"
        "    next true unless File.exist?(\"#{DIR}/ask\")\n"
        "    Milter::Logger.info(\"the pool has #{ActiveRecord::Base.connection_pool.size}.\")\n"
        "    false\n"
        "  end\n"
        "end\n";
    Manager manager(row.both + std::string("database.extra_options[:pool] = 3\n") + telling("1") +
                        telling_limit("Account::LIMIT") + timer,
                    {{"models/account.rb", "class Account < ActiveRecord::Base\n  LIMIT = 1\nend\n"},
                     {"custom/other.conf", ""}});
    manager.folder().write("models/account.rb",
                           "class Account < ActiveRecord::Base\n  LIMIT = 2\nend\nclass Other; end\n");
    manager.configure(row.both + std::string("database.extra_options[:pool] = 2\n") + telling("2") +
                      telling_limit("Account::LIMIT") + row.bad);
    manager.program().signal(SIGHUP);
    REQUIRE(manager.logs("the old one stays"));
    CHECK(count(manager.log(), "it is 2.") == (row.both[0] == '\0' ? 1 : 2));
    ask(manager);
    CHECK(manager.logs("the limit is 1."));
    manager.folder().write("ask", "");
    CHECK(manager.logs("the pool has 3."));

    // The next one that is good replaces both.
    manager.configure(row.both + telling("defined?(Other)") + telling_limit("Account::LIMIT"));
    manager.program().signal(SIGHUP);
    REQUIRE(manager.logs("the new configuration holds"));
    ask(manager);
    CHECK(manager.logs("the limit is 2."));
  }
}

TEST_CASE("a worker that is replaced has the models that were read, also those that another one requires") {
  Manager manager(
      "manager.n_workers = 1\n" + telling("1") + telling_limit("[Account::LIMIT, Special::LIMIT]"),
      {{"models/account.rb",
        "class Account < ActiveRecord::Base\n  require_relative 'level.rb'\n  LIMIT = Level::LOW\nend\n"},
       {"models/a_special.rb",
        "require_relative '../models/account'\nclass Special < Account; LIMIT = 2; end\n"},
       {"models/level.rb", "module Level; LOW = 1; end\n"}});
  REQUIRE(eventually([&] { return children_of(manager.pid()).size() == 1; }));
  ask(manager);
  REQUIRE(manager.logs("the limit is [1, 2]."));
  manager.folder().write("models/account.rb", "raise 'not what was read'\n");
  manager.folder().write("models/level.rb", "raise 'not what was read'\n");
  std::filesystem::remove(manager.file("models/a_special.rb"));
  const pid_t before = *children_of(manager.pid()).begin();
  ::kill(before, SIGKILL);
  REQUIRE(eventually([&] {
    const auto now = children_of(manager.pid());
    return now.size() == 1 && now.count(before) == 0;
  }));
  ask(manager);
  CHECK(eventually([&] { return count(manager.log(), "the limit is [1, 2].") == 2; }));
  CHECK(manager.log().find("not what was read") == std::string::npos);
}

TEST_CASE("what is wrong in a model that others require is told once, with its place") {
  Manager manager(telling("1"), {{"models/account.rb", "class Account < ActiveRecord::Base; end\n"}});
  manager.folder().write("models/b_base.rb", "module Base\n  raise 'half'\nend\n");
  manager.folder().write("models/a_special.rb", "require_relative 'b_base'\n");
  manager.folder().write("models/c_special.rb", "require_relative 'no_such_model'\n");
  manager.program().signal(SIGHUP);
  REQUIRE(manager.logs("the old one stays"));
  CHECK(count(manager.log(), "models/b_base.rb:2: RuntimeError: half") == 1);
  CHECK(count(manager.log(), "RuntimeError") == 1);
  CHECK(
      manager.logs("models/c_special.rb:1: LoadError: cannot load such file -- CONFIG/models/no_such_model"));
}
