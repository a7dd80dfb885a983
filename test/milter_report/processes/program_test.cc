// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <thread>

#include "core/archive/archive.h"

namespace milter_manager::report {
namespace {

namespace fs = std::filesystem;

// A folder with a program that sleeps, under a name of its own, and a process of it.
class World {
 public:
  World() {
    std::string name = (fs::temp_directory_path() / "processes-program-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
    sleeper_ = "sleeper" + name.substr(name.size() - 6);
    fs::copy_file("/bin/sleep", path_ / fs::path(sleeper_));
    pid_ = ::fork();
    REQUIRE(pid_ >= 0);
    if (pid_ == 0) {
      ::execl((path_ / fs::path(sleeper_)).c_str(), sleeper_.c_str(), "600", nullptr);
      ::_exit(127);
    }
    // From the fork to the exec it has our own name.
    while (title() != sleeper_.substr(0, 15) + "\n")
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  ~World() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  std::string operator/(const std::string& name) const { return path_ / name; }
  const std::string& sleeper() const { return sleeper_; }
  int pid() const { return pid_; }

  struct Run {
    int status = 0;
    std::string output;
    std::string errors;
  };
  Run run(const std::string& words, const std::string& program = MILTER_REPORT " processes") const {
    const std::string command = fmt::format("cd '{0}' && {{ {1} {2}\n}} >'{0}/output' 2>'{0}/errors'",
                                            path_.string(), program, words);
    INFO(command);
    const int status = std::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read("output"), read("errors")};
  }
  std::string read(const std::string& name) const {
    std::ifstream file(path_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

 private:
  std::string title() const {
    std::ifstream file(fmt::format("/proc/{}/comm", pid_), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  fs::path path_;
  std::string sleeper_;
  pid_t pid_ = -1;
};

// "--name" of each line that has it behind this beginning and perhaps a short name.
std::set<std::string> option_names(const std::string& text, const std::string& beginning) {
  std::set<std::string> names;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t at = line.find("--");
    if (!line.starts_with(beginning) || at > std::string("  -h,").size()) continue;
    names.insert(line.substr(at, line.find_first_not_of("abcdefghijklmnopqrstuvwxyz-", at) - at));
  }
  return names;
}

}  // namespace

TEST_CASE("the program shows processes by name, by number and by file") {
  const World world;
  std::ofstream(world / "service.pid") << world.pid() << "\n";
  std::ofstream(world / "stale.pid") << "2147483646\n";
  for (const std::string& words :
       {world.sleeper(), fmt::format("--pid {}", world.pid()), std::string("--pid-directory .")}) {
    CAPTURE(words);
    const auto run = world.run("--samples 2 --interval 0.1 " + words);
    CHECK(run.status == 0);
    CHECK(run.errors.empty());
    CHECK(run.output.starts_with("    Time    PID "));
    CHECK(std::count(run.output.begin(), run.output.end(), '\n') == 3);
    CHECK(run.output.find(fmt::format(" {} ", world.pid())) != std::string::npos);
    CHECK(run.output.ends_with(fmt::format(" {} 600\n", world.sleeper())));
    CHECK(run.output.find("   0.0    00:00 ") != std::string::npos);  // CPU is known from the first line on
  }
}

TEST_CASE("the program that is linked under its old name is the same one") {
  const World world;
  const std::string statistics = fs::path(MILTER_REPORT).parent_path() / "milter-report-statistics";
  const auto run = world.run("--samples 1 --interval 0.1 " + world.sleeper(), statistics);
  CHECK(run.status == 0);
  CHECK(run.output.ends_with(fmt::format(" {} 600\n", world.sleeper())));
  CHECK(world.run("--version", statistics).output.starts_with("milter-report "));
}

TEST_CASE("who asks for no process gets the help and fails") {
  const World world;
  for (const char* words : {"", "--filter x"}) {
    const auto run = world.run(words);
    CHECK(run.status == 1);
    CHECK(run.output.find("--pid-directory") != std::string::npos);
    CHECK(run.errors.find("name processes") != std::string::npos);
  }
  CHECK(world.run("--filter '(' x").errors.find("no regular expression") != std::string::npos);
  CHECK(world.run("--interval 31 --archive out x").errors.find("--interval") != std::string::npos);
  CHECK_FALSE(fs::exists(world / "out"));
}

TEST_CASE("looks that found nobody are told, and fail where they were counted") {
  const World world;
  const auto run = world.run("--samples 1 --interval 0.1 nobody-is-called-this");
  CHECK(run.status == 1);
  CHECK(run.output.ends_with(" not found\n"));
  const auto filtered = world.run("--samples 1 --interval 0.1 --filter '601$' " + world.sleeper());
  CHECK(filtered.output.ends_with(" not found\n"));
}

TEST_CASE("the program ends in good order when it is told to") {
  const World world;
  for (const char* signal : {"INT", "TERM"}) {
    const auto run =
        world.run("", fmt::format("{} processes --interval 0.1 {} >lines & first=$!\n"
                                  "until [ -s lines ]; do kill -0 $first || exit; sleep 0.01; done\n"
                                  "kill -{} $first; wait $first; echo $?; rm lines",
                                  MILTER_REPORT, world.sleeper(), signal));
    CHECK(run.output == "0\n");
  }
}

TEST_CASE("two programs do not store in one folder at once") {
  const World world;
  fs::create_directory(world / "out");
  const auto run = world.run("processes --samples 1 --archive out " + world.sleeper(),
                             "flock out/.milter-report-processes.lock " MILTER_REPORT);
  CHECK(run.status == 1);
  CHECK(run.errors.find("another run stores processes in out") != std::string::npos);
}

TEST_CASE("the program stores processes in archives of their names") {
  const World world;
  const auto run = world.run("--samples 2 --interval 0.1 --archive out nobody " + world.sleeper());
  CHECK(run.status == 0);
  CHECK(run.output.empty());
  CHECK(run.errors.empty());
  const auto kKind = archive::Kind::process;
  const auto stored = archive::Archive::open(world / ("out/" + archive::file_name(kKind, world.sleeper())),
                                             archive::layout(kKind));
  REQUIRE(stored);
  const auto table = stored->fetch(archive::Consolidation::maximum, stored->last(), stored->last(),
                                   std::chrono::seconds(60));
  REQUIRE(table);
  REQUIRE(table->rows() > 0);
  CHECK(table->at(0, 0) == 1);   // one process
  CHECK(table->at(0, 1) > 1e6);  // VSS
  CHECK(table->at(0, 2) > 1e5);  // RSS
  CHECK(table->at(0, 4) < 50);   // CPU: it sleeps
  CHECK(table->at(0, 6) == 1);   // threads
  const auto nobody = archive::Archive::open(world / "out/process.nobody.rrd", archive::layout(kKind));
  CHECK(nobody);
  CHECK(world.run("--samples 1 --interval 0.1 --archive out " + world.sleeper()).status == 0);
}

TEST_CASE("the manual names the options of the program, and no others") {
  const World world;
  std::ifstream file(PROJECT_ROOT "/share/man/milter-report-statistics.1", std::ios::binary);
  std::string manual(std::istreambuf_iterator<char>(file), {});
  for (std::size_t at = 0; (at = manual.find("\\-", at)) != std::string::npos;) manual.erase(at, 1);
  auto wanted = option_names(world.run("--help").output, "  ");
  wanted.insert("--version");
  CHECK(option_names(manual, ".B") == wanted);
}

TEST_CASE("an archive that can't be written is told, and the program fails") {
  const World world;
  std::ofstream(world / "file") << "";
  const auto run = world.run("--samples 1 --archive file/out " + world.sleeper());
  CHECK(run.status == 1);
  CHECK(run.errors.find("file/out") != std::string::npos);
}

}  // namespace milter_manager::report
