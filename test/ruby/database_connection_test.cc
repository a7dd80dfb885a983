// SPDX-License-Identifier: GPL-3.0-or-later
// Connections between a thread and their pool, seen without a database.
#include <catch2/catch.hpp>

#include "test/ruby/configuration_folder.h"
#include "test/ruby/shared_interpreter.h"

namespace {

// Pools of one connection each, which the thread has; what is done with them is told in $given_back.
const char* const kPools = R"(
$LOAD_PATH.unshift(")" TEST_SOURCE_DIR R"(/support").uniq!
require "active_record"
$given_back = []
fragile = Struct.new(:name, :broken) do
  def owner = Thread.current
  def transaction_open? = false

  def disconnect!
    $given_back << "close #{name}"
    raise "no end of #{name}" if broken == :close
  end
end
pool = Struct.new(:connections) do
  def checkin(connection)
    $given_back << "check in #{connection.name}"
    raise "no way back for #{connection.name}" if connection.broken == :checkin
  end

  def remove(connection)
    $given_back << "remove #{connection.name}"
  end
end
handler = Struct.new(:all_connection_pools)
give_back = lambda do |clean, *connections|
  ActiveRecord::Base.connection_handler = handler.new(connections.map { |one| pool.new([one]) })
  Milter::Manager::DatabaseConnection.give_back(clean: clean)
  $given_back << "attached" unless ActiveRecord::Base.connection_handler.is_a?(ActiveRecord::ConnectionAdapters::ConnectionHandler)
  log.path = $given_back.join(", ")
end
)";

std::string done(const std::string& give_back) {
  const ConfigurationFolder folder(kPools + give_back);
  log_of_interpreter().clear();
  const auto outcome = folder.load();
  CHECK(problems_of(outcome, folder) == "");
  return outcome.configuration->log.path.value_or("");
}

}  // namespace

TEST_CASE("what goes wrong with one connection leaves nothing undone of it or of the others") {
  CHECK(done("give_back.call(false, fragile.new('a', :close), fragile.new('b', nil))") ==
        "close a, remove a, close b, remove b");
  REQUIRE(log_of_interpreter().size() == 1);
  CHECK_THAT(log_of_interpreter()[0], Catch::Contains("[database][error]") && Catch::Contains("no end of a"));

  CHECK(done("give_back.call(true, fragile.new('a', :checkin), fragile.new('b', nil))") ==
        "check in a, close a, remove a, check in b");
  REQUIRE(log_of_interpreter().size() == 1);
  CHECK_THAT(log_of_interpreter()[0], Catch::Contains("no way back for a"));
}

TEST_CASE("a thread keeps hold of a connection only while it is being made") {
  const ConfigurationFolder folder(R"(
connecting = Milter::Manager::DatabaseInterrupts::Connecting
log.path = Thread.new do
  held = -> { Thread.current.thread_variables.map { |name| Thread.current.thread_variable_get(name) }.compact }
  during = connecting.run do
    connecting.begun(:connection)
    held.call
  end
  [during, held.call]
end.value.inspect
)");
  const auto outcome = folder.load();
  CHECK(problems_of(outcome, folder) == "");
  CHECK(outcome.configuration->log.path == "[[:connection], []]");
}
