// SPDX-License-Identifier: GPL-3.0-or-later
// ActiveRecord and its drivers: loaded only when they are wanted, and named when they are missing.
#include <catch2/catch.hpp>
#include <filesystem>

#include "test/daemon/program.h"

namespace fs = std::filesystem;

namespace {

// Debian's gems but for one, as if its package were not installed.
class GemsWithout {
 public:
  explicit GemsWithout(const std::string& name) {
    fs::create_directory(folder_.file("specifications"));
    fs::create_directory(folder_.file("gems"));
    for (const char* all : {"/usr/share/rubygems-integration", "/usr/lib/ruby/gems"}) {
      for (const auto& kind : fs::directory_iterator(all)) {
        link(kind.path() / "specifications", folder_.file("specifications"), name);
        link(kind.path() / "gems", folder_.file("gems"), name);
      }
    }
  }

  std::vector<std::string> environment() const {
    return {"GEM_HOME=" + folder_.path(), "GEM_PATH=" + folder_.path()};
  }

 private:
  static void link(const fs::path& from, const fs::path& to, const std::string& without) {
    std::error_code missing;
    for (const auto& entry : fs::directory_iterator(from, missing)) {
      const std::string file = entry.path().filename();
      if (file.rfind(without + "-", 0) != 0 && !fs::exists(to / file))
        fs::create_symlink(entry.path(), to / file);
    }
  }

  Folder folder_;
};

// What --check-config says of the configuration.
std::string problems(const std::string& configuration, const std::vector<std::string>& environment = {}) {
  const Folder folder;
  folder.write("milter-manager.conf", configuration);
  folder.write("hiding/sqlite3.rb", "raise LoadError, 'cannot load such file -- sqlite3'\n");
  const Ended ended = run({"-c", folder.path(), "--check-config"}, environment);
  return folder.without_path(ended.out + ended.err);
}

}  // namespace

TEST_CASE("a gem that is missing is named with Debian's package") {
  struct Row {
    const char* type;
    const char* missing;
    const char* told;
  };
  const Row rows[] = {
      {"sqlite3", "activerecord",
       "ActiveRecord needs what is not installed: on Debian, apt-get install ruby-activerecord;"},
      {"sqlite3", "sqlite3",
       "database.type = \"sqlite3\" needs what is not installed: on Debian, apt-get install ruby-sqlite3; "
       "elsewhere, "
       "gem install sqlite3 ("},
      {"pg", "pg",
       "database.type = \"postgresql\" needs what is not installed: on Debian, apt-get install ruby-pg;"},
      {"mysql2", "mysql2",
       "database.type = \"mysql2\" needs what is not installed: on Debian, apt-get install ruby-mysql2;"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.type, row.missing);
    const GemsWithout gems(row.missing);
    // Debian's sqlite3 is found without its gem.
    const std::string hidden =
        row.missing == std::string("sqlite3") ? "$LOAD_PATH.unshift(\"#{__dir__}/hiding\"); " : "";
    const std::string configuration =
        std::string("database.type = '") + row.type + "'\ndatabase.name = '/mail'\ndatabase.setup\n";
    CHECK_THAT(problems(hidden + configuration, gems.environment()),
               Catch::Contains(std::string("CONFIG/milter-manager.conf:3: error: ") + row.told));
    CHECK_THAT(problems(configuration), !Catch::Contains("not installed"));
  }
}

TEST_CASE("a type that no adapter has is told with those that there are") {
  CHECK_THAT(
      problems("database.type = 'oracle'\ndatabase.setup\n"),
      Catch::Contains("CONFIG/milter-manager.conf:2: error: database.type should be one of [\"sqlite3\", "
                      "\"postgresql\", \"mysql2\"], or that of another adapter whose gem is installed, "
                      "but was \"oracle\" ("));
}

TEST_CASE("nothing is loaded for settings alone") {
  CHECK(problems("database.type = 'mysql2'\ndatabase.name = 'mail'\n"
                 "raise 'loaded' if defined?(ActiveRecord) || defined?(Gem)\n")
            .find("loaded") == std::string::npos);
}

TEST_CASE("the manual's example can be read") {
  const std::string manual = read_file(PROJECT_ROOT "/share/doc/databases.md");
  std::vector<std::string> examples;
  for (auto at = manual.find("```ruby\n"); at != std::string::npos; at = manual.find("```ruby\n", at)) {
    at += 8;
    examples.push_back(manual.substr(at, manual.find("```\n", at) - at));
  }
  REQUIRE(examples.size() == 2);
  const Folder folder;
  folder.write("milter-manager.conf", examples[0] + "Milter::Logger.info(Account.superclass.name)\n");
  folder.write("models/account.rb", examples[1]);
  const Ended ended = run({"-c", folder.path(), "--check-config"});
  CHECK(ended.err == "info: ActiveRecord::Base\n");
  CHECK(ended.status == 0);
}
