// SPDX-License-Identifier: GPL-3.0-or-later
// database.load_models: which files, in which order, and what becomes of them at a reload.
#include <signal.h>

#include <catch2/catch.hpp>

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

TEST_CASE("a reload that is refused leaves the models of the configuration that stays") {
  const std::string condition =
      "define_applicable_condition('Limit') do |condition|\n"
      "  condition.define_connect_stopper { Milter::Logger.info(\"the limit is #{Account::LIMIT}.\"); false "
      "}\n"
      "end\n"
      "define_milter('milter') do |milter|\n"
      "  milter.connection_spec = \"unix:#{DIR}/nowhere\"\n"
      "  milter.add_applicable_condition('Limit')\n"
      "end\n";
  Manager manager(telling("1") + condition,
                  {{"models/account.rb", "class Account < ActiveRecord::Base\n  LIMIT = 1\nend\n"}});
  manager.folder().write("models/account.rb", "class Account < ActiveRecord::Base\n  LIMIT = 2\nend\n");
  manager.configure(telling("2") + condition + "raise 'no'\n");
  manager.program().signal(SIGHUP);
  REQUIRE(manager.logs("the old one stays"));
  CHECK(count(manager.log(), "it is 2.") == 1);
  Mta mta(manager.socket());
  mta.ask(milter_manager::protocol::command::Connect{
      "client.example.org", milter_manager::protocol::command::Family::inet, 2525, "192.0.2.1"});
  CHECK(manager.logs("the limit is 1."));
}
