// SPDX-License-Identifier: GPL-3.0-or-later
#include <catch2/catch.hpp>

#include "test/ruby/configuration_folder.h"
#include "test/ruby/shared_interpreter.h"

using namespace milter_manager;

TEST_CASE("an invalid value is told with file and line, and the rest of that file is skipped") {
  const ConfigurationFolder folder("load('first.conf')\nload('second.conf')\nmanager.n_workers = 2\n");
  folder.write("first.conf",
               "manager.max_connections = 1\n\nmanager.fallback_status = 'perhaps'\nmanager.daemon = true\n");
  folder.write("second.conf", "manager.chunk_size = 100\n");
  const auto outcome = folder.load();
  CHECK(problems_of(outcome, folder) ==
        "first.conf:3: manager.fallback_status should be one of "
        R"(["accept", "reject", "temporary-failure", "discard"] but was "perhaps")"
        "\n");
  CHECK_FALSE(outcome.aborted);
  CHECK(outcome.has_errors());
  CHECK(outcome.configuration->manager.max_connections == 1);
  CHECK_FALSE(outcome.configuration->manager.daemon);
  CHECK(outcome.configuration->manager.chunk_size == 100);
  CHECK(outcome.configuration->manager.n_workers == 2);
}

TEST_CASE("other exceptions end the reading and are told with file and line") {
  struct Case {
    const char* text;
    const char* problem;
  };
  const std::vector<Case> cases = {
      {"manager.deamon = true", "there is no manager.deamon: did you mean manager.daemon?"},
      {"unknown_word", "there is no unknown_word: a text stands in quotes, \"unknown_word\""},
      {"raise 'own words'", "RuntimeError: own words"},
      {"1 +", "SyntaxError: syntax error, unexpected end-of-input"},
      {"break", "SyntaxError: Can't escape from eval with break"},
      {"raise SyntaxError, 'no place in it'", "SyntaxError: no place in it"},
      {"exit", "SystemExit: the configuration can't end the manager"},
      {"exit 0", "SystemExit: the configuration can't end the manager"},
      {"abort", "SystemExit: the configuration can't end the manager"},
      {"throw :out", "UncaughtThrowError: uncaught throw :out"},
      {"exit!", "NotImplementedError: exit! would end or change the manager itself: use return or raise"},
      {"Process.exit!(0)", "NotImplementedError: Process.exit! would end or change the manager itself"},
      {"exec 'true'",
       "NotImplementedError: exec would end or change the manager itself: use system or Process.spawn"},
      {"Kernel.exec 'true'", "NotImplementedError: exec would"},
      {"Process.exec 'true'", "NotImplementedError: Process.exec would"},
      {"Process.daemon", "NotImplementedError: Process.daemon would"},
      {"trap('SIGHUP') {}",
       "NotImplementedError: trap(HUP) would end or change the manager itself: SIGHUP belongs"},
      {"Signal.trap(:CHLD, 'IGNORE')", "NotImplementedError: trap(CHLD) would"},
      {"trap(15) {}", "NotImplementedError: trap(TERM) would"},
      {"def deeper; deeper; end; deeper", "SystemStackError: stack level too deep"},
      {"a = []; a << a; b = ->(x) { b.(x) }; b.(a)", "SystemStackError: stack level too deep"},
      {"class Odd < StandardError; def message; raise 'worse'; end; end; raise Odd", "Odd: "},
      {"raise Class.new(StandardError) { def message; 7; end }", ": 7"},
      {"raise \"\\xff bytes\"", "RuntimeError: ? bytes"},
      {"raise Exception, 'not a StandardError'", "Exception: not a StandardError"},
      {"load('nowhere/*.conf')", "nowhere/*.conf doesn't exist."},
      {"load('/nowhere/at/all.conf')", "/nowhere/at/all.conf doesn't exist."},
      {"require 'no_such_library_anywhere'", "LoadError: cannot load such file -- no_such_library_anywhere"},
      {"database.setup", "database.name should be set"},
      {"database.type = 'mysql2'; database.setup", "database.name should be set"},
      {"define_applicable_condition('x') { |c| c.define_helo_stopper }",
       "ArgumentError: define_helo_stopper needs a block"},
  };
  for (const Case& one : cases) {
    INFO(one.text);
    const ConfigurationFolder folder(
        "manager.max_connections = 7\nload('part.conf')\nmanager.max_connections = 8\n");
    folder.write("part.conf", std::string("\n") + one.text + "\n");
    const auto outcome = folder.load();
    CHECK(outcome.aborted);
    REQUIRE(outcome.problems.size() == 1);
    CHECK_THAT(outcome.problems[0].message, Catch::Matchers::Contains(one.problem));
    REQUIRE(outcome.problems[0].location);
    const config::Location& location = *outcome.problems[0].location;
    CHECK(location.file == folder.file("part.conf"));
    // Ruby names the line after the last one where an expression is left unfinished.
    CHECK((location.line == 2 || location.line == 3));
    CHECK(outcome.configuration->manager.max_connections == 7);
  }
}

TEST_CASE("invalid values of every kind are told") {
  struct Case {
    const char* text;
    const char* message;
  };
  const std::vector<Case> cases = {
      {"manager.connection_spec = '10025'",
       "manager.connection_spec: invalid connection spec: spec doesn't have colon: <10025>"},
      {"define_milter('grey') { |m| m.connection_spec = 'grey' }",
       "grey: invalid connection spec: spec doesn't have colon: <grey>"},
      {"metrics.connection_spec = 'unix:/x'",
       "metrics.connection_spec: invalid connection spec: protocol must be 'inet' or 'inet6': <unix:/x>"},
      {"security.privilege_mode = 1", "security.privilege_mode should be one of [true, false] but was 1"},
      {"manager.n_workers = 1001", "manager.n_workers should be an integer from 0 to 1000 but was 1001"},
      {"manager.n_workers = '2'", "manager.n_workers should be an integer but was \"2\""},
      {"manager.n_workers = -1", "manager.n_workers should be an integer from 0 to 1000 but was -1"},
      {"manager.n_workers = 2**80", "manager.n_workers should be an integer but was 1.2089258196146292e+24"},
      {"manager.reply_deadline = 0.5", "manager.reply_deadline should be a number from 1 to 290 but was 0.5"},
      {"manager.reply_deadline = Float::NAN", "manager.reply_deadline should be a number but was Float::NAN"},
      {"manager.session_deadline = 59",
       "manager.session_deadline should be a number 0 or 60 or more but was 59"},
      {"manager.pid_file = Object", "a plain value is wanted but was Object"},
      {"manager.pid_file = \"a\\0b\"", "manager.pid_file should be a string without NUL but was \"a\\x00b\""},
      {"database.password = 12345", "database.password should be a string but was something else"},
      {"log.level = 'loud'", "log.level: unknown flag names: [<loud>](<LogLevel>)"},
      {"define_milter('a') { |m| m.fallback_status = 'default' }",
       R"(milter.fallback_status should be one of ["accept", "reject", "temporary-failure", "discard"] but was "default")"},
      {"define_milter('a') { |m| m.add_applicable_condition('S25R') }",
       "applicable condition should be one of [] but was \"S25R\""},
      {"define_milter('a') { |m| m.enforcement_share = 1.5 }",
       "milter.enforcement_share should be a number from 0 to 1 but was 1.5"},
      {"define_milter('a') { |m| m.reading_timeout = 0 }",
       "milter.reading_timeout should be a number 0.001 or more but was 0"},
  };
  for (const Case& one : cases) {
    INFO(one.text);
    const ConfigurationFolder folder(std::string("# first line\n") + one.text + "\n");
    const auto outcome = folder.load();
    CHECK(problems_of(outcome, folder) == std::string("milter-manager.conf:2: ") + one.message + "\n");
    CHECK_FALSE(outcome.aborted);
    CHECK(outcome.configuration->milters.empty());
  }
}

TEST_CASE("a configuration that is missing, unreadable or no text is told") {
  SECTION("missing") {
    const ConfigurationFolder folder;
    const auto outcome = folder.load();
    CHECK(outcome.aborted);
    CHECK_THAT(problems_of(outcome, folder),
               Catch::Contains("milter-manager.conf doesn't exist. It was looked for in "));
  }
  SECTION("bytes that are no UTF-8, within words") {
    const ConfigurationFolder folder("manager.daemon = \xa4\xa2\n");
    const auto outcome = folder.load();
    CHECK(outcome.aborted);
    CHECK_THAT(
        problems_of(outcome, folder),
        Catch::Matchers::StartsWith("milter-manager.conf:1: SyntaxError: invalid multibyte char (UTF-8)"));
  }
  SECTION("bytes that are no UTF-8, within a comment") {
    const ConfigurationFolder folder("# \xa4\xa2\nmanager.daemon = true\n");
    const auto outcome = folder.load();
    CHECK(problems_of(outcome, folder) == "");
    CHECK(outcome.configuration->manager.daemon);
  }
  SECTION("another encoding that is named") {
    const ConfigurationFolder folder("# -*- coding: euc-jp -*-\nlog.path = \"\xa4\xa2\"\n");
    const auto outcome = folder.load();
    CHECK(problems_of(outcome, folder) == "");
    CHECK(outcome.configuration->log.path == "\xa4\xa2");
  }
  SECTION("a byte order mark") {
    const ConfigurationFolder folder("\xef\xbb\xbfmanager.daemon = true\n");
    CHECK(folder.load().configuration->manager.daemon);
  }
  SECTION("a NUL byte") {
    const ConfigurationFolder folder(std::string_view("manager.daemon = true\n\0\nmanager.daemon = (\n", 42));
    const auto outcome = folder.load();
    CHECK_FALSE(outcome.configuration->manager.n_workers);
  }
}

TEST_CASE("the interpreter goes on after each of them: the next configuration is read as ever") {
  const ConfigurationFolder broken("def deeper; deeper; end; deeper");
  const ConfigurationFolder sound("manager.n_workers = 1");
  for (int i = 0; i < 3; ++i) {
    CHECK(broken.load().aborted);
    CHECK(sound.load().configuration->manager.n_workers == 1);
  }
}

TEST_CASE("memory that there isn't ends the reading, not the manager") {
  const ConfigurationFolder folder("x = 'x' * 2**62\n");
  const auto outcome = folder.load();
  CHECK(outcome.aborted);
  CHECK_THAT(problems_of(outcome, folder), Catch::Matchers::Contains("NoMemoryError"));
}

TEST_CASE("a fork in a configuration file never runs on in the manager's place") {
  const ConfigurationFolder folder;
  folder.write(
      "milter-manager.conf",
      "child = fork { exit 3 }\nProcess.wait(child)\nmanager.n_workers = $?.exitstatus\n"
      "manager.max_file_descriptors = `echo 11`.to_i\n"
      // Last, and so nothing is left for which the child would wait: in the fork of a process with several threads the
      // thread sanitizer passes no signal on, SIGCHLD neither.
      "lost = fork\nProcess.wait(lost) if lost\nmanager.max_connections = 9\n");
  const auto outcome = folder.load();
  CHECK(problems_of(outcome, folder) == "");
  CHECK(outcome.configuration->manager.n_workers == 3);
  CHECK(outcome.configuration->manager.max_connections == 9);
  CHECK(outcome.configuration->manager.max_file_descriptors == 11);
}

TEST_CASE("what was read can't be changed afterwards, by a thread that a file left behind") {
  const ConfigurationFolder folder("$late = manager\n");
  const auto first = folder.load();
  const ConfigurationFolder other(
      "begin; $late.n_workers = 5; rescue RuntimeError => e; log.path = e.message; end\n"
      "manager.n_workers = $late.n_workers + 1");
  const auto second = other.load();
  CHECK(first.configuration->manager.n_workers == 0);
  CHECK(second.configuration->manager.n_workers == 1);
  CHECK(second.configuration->log.path == "the configuration has been read: it can't be changed any more");
}

TEST_CASE("configuration files can write to the manager's log") {
  log_of_interpreter().clear();
  const ConfigurationFolder folder("Milter::Logger.info(\"there are #{defined_milters.size} milters\")");
  CHECK(problems_of(folder.load(), folder) == "");
  CHECK(log_of_interpreter() == std::vector<std::string>{"info: there are 0 milters"});
}
