// SPDX-License-Identifier: GPL-3.0-or-later
#include <catch2/catch.hpp>
#include <filesystem>

#include "test/ruby/configuration_folder.h"

using namespace milter_manager;

namespace {

// Files that say that they were read, by adding their name to a list kept in effective_user.
std::string mark(const std::string& name) {
  return "security.effective_user = security.effective_user.to_s + '" + name + " '\n";
}

std::string read_files(const ruby::LoadOutcome& outcome) {
  return outcome.configuration->security.effective_user.value_or("");
}

}  // namespace

TEST_CASE("load takes a file, all files of a folder, or what a pattern matches") {
  struct Case {
    const char* statement;
    const char* read;
  };
  const std::vector<Case> cases = {
      {"load('conditions/a.conf')", "a "},
      {"load('conditions')", "a b other "},
      {"load('conditions/*.conf')", "a b x "},
      {"load('{conditions/b,more}.conf')", "b "},
      {"load_if_exist('conditions/a.conf')", "a "},
      {"load_if_exist('conditions/none*.conf')", ""},
      {"load('only/second.conf')", "second "},
      {"load(File.join(load_paths.first, 'conditions/a.conf'))", "a "},
  };
  for (const Case& one : cases) {
    INFO(one.statement);
    const ConfigurationFolder folder(one.statement);
    folder.write("conditions/a.conf", mark("a"));
    folder.write("conditions/b.conf", mark("b"));
    folder.write("conditions/other", mark("other"));
    folder.write("conditions/deeper/c.conf", mark("c"));
    const ConfigurationFolder second;
    second.write("conditions/x.conf", mark("x"));
    second.write("only/second.conf", mark("second"));
    const auto outcome = folder.load({second.path()});
    CHECK(problems_of(outcome, folder) == "");
    CHECK(read_files(outcome) == one.read);
  }
}

TEST_CASE("an absolute path is no pattern and no folder") {
  const ConfigurationFolder folder;
  folder.write("conditions/a.conf", mark("a"));
  folder.write("milter-manager.conf", "load('" + folder.file("conditions/*.conf") + "')");
  CHECK(problems_of(folder.load(), folder) == "milter-manager.conf:1: conditions/*.conf doesn't exist.\n");
}

TEST_CASE("load_if_exist tells whether that very path was there") {
  const ConfigurationFolder folder(R"(
manager.pid_file = [load_if_exist("none.conf"), load_if_exist("some.conf")].inspect
load_if_exist("nested.conf")
)");
  folder.write("some.conf", "");
  folder.write("nested.conf", "load('missing.conf')");
  const auto outcome = folder.load();
  CHECK(outcome.configuration->manager.pid_file == "[false, true]");
  CHECK(outcome.aborted);
  CHECK(problems_of(outcome, folder) == "nested.conf:1: missing.conf doesn't exist.\n");
}

TEST_CASE("where the first file is missing it is told where it was looked for") {
  const ConfigurationFolder folder;
  const ConfigurationFolder second;
  std::filesystem::remove(folder.file("milter-manager.conf"));
  std::filesystem::remove(second.file("milter-manager.conf"));
  const auto outcome = folder.load({second.path()});
  CHECK(outcome.aborted);
  REQUIRE(outcome.problems.size() == 1);
  CHECK(outcome.problems[0].message == "milter-manager.conf doesn't exist. It was looked for in " +
                                           folder.path() + ", " + second.path() + ".");
}

TEST_CASE("load_default reads the platform's file, otherwise that of its family") {
  const ConfigurationFolder folder(
      "package.platform = 'redhat9'\nload_default\npackage.platform = 'redhat10'\nload_default\n");
  folder.write("defaults/redhat.conf", mark("redhat"));
  folder.write("defaults/redhat9.conf", mark("redhat9"));
  const auto outcome = folder.load();
  CHECK(problems_of(outcome, folder) == "");
  CHECK(read_files(outcome) == "redhat9 redhat ");
}

TEST_CASE("load_default reads the file of the platform, if there is one") {
  const ConfigurationFolder folder(
      "load_default\npackage.platform = 'pkgsrc'\nload_default\n"
      "package.platform = 'amiga'\nload_default\n");
  folder.write("defaults/debian.conf", mark("debian"));
  folder.write("defaults/pkgsrc.conf", mark("pkgsrc"));
  const auto outcome = folder.load();
  CHECK(problems_of(outcome, folder) == "");
  CHECK(read_files(outcome) == "debian pkgsrc ");
}

TEST_CASE("the configuration that is installed reads conditions, platform and local file in this order") {
  const ConfigurationFolder folder("load('" PROJECT_ROOT "/share/milter-manager.conf')");
  folder.write("milter-manager.local.conf", mark("local"));
  folder.write("defaults/debian.conf", mark("debian"));
  folder.write("applicable-conditions/mine.conf", mark("mine"));
  CHECK(read_files(folder.load()) == "mine debian local ");
}

TEST_CASE("files that load each other without end are told") {
  const ConfigurationFolder folder("load('milter-manager.conf')");
  const auto outcome = folder.load();
  CHECK(outcome.aborted);
  CHECK(problems_of(outcome, folder) == "milter-manager.conf:1: too many files load each other\n");
}

TEST_CASE("methods that one file defines are there for the files after it") {
  const ConfigurationFolder folder("load('definitions.conf')\nload('use.conf')\n");
  folder.write("definitions.conf",
               "def usual(name)\n  define_milter(name) { |milter| milter.connection_spec = 'inet:1' }\nend");
  folder.write("use.conf", "usual('a')");
  const auto outcome = folder.load();
  CHECK(problems_of(outcome, folder) == "");
  REQUIRE(outcome.configuration->milters.size() == 1);
}
