// SPDX-License-Identifier: GPL-3.0-or-later
// A manager with workers, seen from outside.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "test/daemon/manager.h"
#include "test/daemon/peers.h"
#include "test/daemon/processes.h"

namespace fs = std::filesystem;
namespace command = milter_manager::protocol::command;

namespace {

const command::Connect kClient{"client.example.net", command::Family::inet, 40000, "192.0.2.1"};

bool all_serve(const Manager& manager, std::size_t n) {
  return eventually([&] { return children_of(manager.pid()).size() == n; });
}

// A milter that takes everything, and a configuration with it.
struct Chain {
  Folder folder;
  Milter milter{folder.file("milter"), 'R', 'c'};
  std::string configuration(const std::string& more) const {
    return more + "define_milter('m') { |m| m.connection_spec = 'unix:" + folder.file("milter") + "' }\n";
  }
};

// A mail's first steps; the answer to RCPT, or before it one that is not "continue".
char begin_mail(Mta& mta) {
  for (const milter_manager::protocol::Command& one :
       {milter_manager::protocol::Command(kClient),
        milter_manager::protocol::Command(command::Helo{"client"}),
        milter_manager::protocol::Command(command::Mail{"<from@example.org>", {}})}) {
    if (const char answer = mta.ask(one); answer != 'c') return answer;
  }
  return mta.ask(command::Recipient{"<to@example.net>", {}});
}

}  // namespace

TEST_CASE("workers serve, hold nothing that is not theirs, and all end with the manager") {
  const Chain chain;
  Manager manager(chain.configuration("manager.n_workers = 3\n"));
  REQUIRE(all_serve(manager, 3));
  const std::set<pid_t> workers = children_of(manager.pid());
  for (const pid_t worker : workers) {
    CHECK_THAT(command_line_of(worker), Catch::StartsWith("milter-manager: worker "));
    CHECK(name_of(worker) == "milter-manager");
  }
  Mta mta(manager.socket());
  CHECK(begin_mail(mta) == 'c');
  mta.send(command::Quit{});
  CHECK(manager.end().status == 0);
  for (const pid_t worker : workers) CHECK_FALSE(fs::exists("/proc/" + std::to_string(worker)));
  CHECK(manager.log().find("error") == std::string::npos);
  CHECK_FALSE(fs::exists(manager.socket()));
}

TEST_CASE("the supervisor has no Ruby") {
  Manager manager("manager.n_workers = 1\n");
  REQUIRE(all_serve(manager, 1));
  // What the interpreter maps when it boots, beside the library that the program is linked with.
  const auto has_ruby = [](pid_t pid) {
    const std::string maps = read_file("/proc/" + std::to_string(pid) + "/maps");
    return maps.find("encdb.so") != std::string::npos;
  };
  CHECK_FALSE(has_ruby(manager.pid()));
  CHECK(has_ruby(*children_of(manager.pid()).begin()));
}

TEST_CASE("a worker that is killed is replaced, also when the configuration on the disk is broken or gone") {
  Manager manager("manager.n_workers = 2\nload('more.conf') if Dir.exist?(DIR)\n",
                  {{"more.conf", "define_milter('kept') { |m| m.connection_spec = 'unix:/nowhere' }\n"}});
  REQUIRE(all_serve(manager, 2));
  const auto looked_for = [&] { return count(manager.log(), "[milter][dead] unix:/nowhere"); };
  REQUIRE(eventually([&] { return looked_for() == 2; }));
  manager.folder().write("milter-manager.conf", "raise 'broken'\n");
  fs::remove(manager.file("more.conf"));
  const std::set<pid_t> before = children_of(manager.pid());
  for (const pid_t worker : before) ::kill(worker, SIGKILL);
  REQUIRE(eventually([&] {
    const std::set<pid_t> now = children_of(manager.pid());
    return now.size() == 2 && now.count(*before.begin()) == 0 && now.count(*before.rbegin()) == 0;
  }));
  Mta mta(manager.socket());
  CHECK(mta.ask(kClient) == 'a');  // it answers, for milters that don't
  CHECK(manager.logs("[worker][ended] worker 1 ended: signal 9 (Killed); another one is started now"));
  CHECK(manager.logs("[worker][ended] worker 2 ended: signal 9 (Killed); another one is started now"));
  // Each of the new ones has looked for the milter that only the configuration in force has.
  CHECK(eventually([&] { return looked_for() == 4; }));
  mta.send(command::Quit{});
  CHECK(manager.end().status == 0);
}

TEST_CASE("a program and a library that are replaced on the disk do not mix with those that run") {
  const Folder installed;
  const std::string program = installed.file("sbin/milter-manager");
  const std::string library = installed.file("share/milter-manager/ruby");
  fs::create_directories(installed.file("sbin"));
  fs::copy_file(MILTER_MANAGER, program);
  fs::create_directories(library);
  fs::copy(PROJECT_ROOT "/share/ruby", library, fs::copy_options::recursive);
  Manager manager("manager.n_workers = 1\nMilter::Manager::PostfixCIDRTable if File.exist?(\"#{DIR}/now\")\n",
                  {}, {program, {}});
  REQUIRE(all_serve(manager, 1));
  fs::remove(program);
  fs::copy_file("/bin/false", program);
  std::vector<fs::path> files;
  for (const auto& file : fs::recursive_directory_iterator(library)) {
    if (file.is_regular_file()) files.push_back(file.path());
  }
  CHECK(files.size() > 30);
  for (const fs::path& file : files) {
    installed.write(fs::relative(file, installed.path()).string(), "raise 'another version'\n");
  }
  manager.folder().write("now", "");
  const pid_t before = *children_of(manager.pid()).begin();
  ::kill(before, SIGKILL);
  REQUIRE(eventually([&] {
    const std::set<pid_t> now = children_of(manager.pid());
    return now.size() == 1 && now.count(before) == 0;
  }));
  Mta mta(manager.socket());
  CHECK(mta.ask(kClient) == 'a');  // it answers, for milters that don't
  const std::string worker = std::to_string(*children_of(manager.pid()).begin());
  CHECK(fs::read_symlink("/proc/" + worker + "/exe") ==
        fs::read_symlink("/proc/" + std::to_string(manager.pid()) + "/exe"));
  mta.send(command::Quit{});
  // A reload reads with the same program, too.
  manager.program().signal(SIGHUP);
  CHECK(manager.logs("[configuration][reload] the new configuration holds"));
  CHECK(manager.end().status == 0);
}

TEST_CASE("a start whose workers can't read the configuration fails and says why") {
  const Folder folder;
  folder.write("milter-manager.conf",
               "log.use_syslog = false\nlog.level = 'none'\nmanager.n_workers = 2\n"
               "raise 'only once' if File.exist?('" +
                   folder.file("read") +
                   "')\n"
                   "File.write('" +
                   folder.file("read") + "', '')\n");
  const Ended ended =
      run({"-c", folder.path(), "-s", "unix:" + folder.file("sock"), "--pid-file", folder.file("pid"), "-u",
           std::to_string(::getuid()), "-g", std::to_string(::getgid())});
  CHECK(ended.status == 1);
  CHECK_THAT(folder.without_path(ended.err),
             Catch::StartsWith("worker ") &&
                 Catch::Contains("CONFIG/milter-manager.conf:4: RuntimeError: only once"));
  CHECK_FALSE(fs::exists(folder.file("sock")));
  CHECK_FALSE(fs::exists(folder.file("pid")));
}

TEST_CASE("workers take a new configuration, and refuse a broken one together") {
  const Folder sockets;
  Milter milter(sockets.file("milter"), 'R', 'r');
  const std::string defined =
      "manager.n_workers = 2\ndefine_milter('m') { |m| m.connection_spec = 'unix:" + sockets.file("milter") +
      "' }\n";
  {
    Manager manager(defined);
    REQUIRE(all_serve(manager, 2));
    const auto answer = [&] {
      Mta mta(manager.socket());
      const char got = begin_mail(mta);
      mta.send(command::Quit{});
      return got;
    };
    CHECK(answer() == 'r');
    manager.configure(defined + "manager.n_workers = 'x'\n");
    manager.program().signal(SIGHUP);
    CHECK(
        manager.logs("CONFIG/milter-manager.conf:7: manager.n_workers should be an integer but was \"x\"\n"));
    CHECK(manager.logs("the old one stays\n"));
    CHECK(answer() == 'r');
    Mta old(manager.socket());
    CHECK(old.ask(kClient) == 'c');
    manager.configure(defined + "define_milter('m') { |m| m.enabled = false }\n");
    manager.program().signal(SIGHUP);
    CHECK(eventually(
        [&] { return count(manager.log(), "the new configuration holds for new sessions") == 3; }));
    CHECK(answer() == 'a');  // at CONNECT: nobody wants to see any of it
    // A session that was there keeps what it began with.
    CHECK(old.ask(command::Mail{"<from@example.org>", {}}) == 'c');
    CHECK(old.ask(command::Recipient{"<to@example.net>", {}}) == 'r');
    old.send(command::Quit{});
    CHECK(manager.end().status == 0);
  }
}

TEST_CASE(
    "a graceful stop of workers lets sessions end; when its time is over the next command fails for now") {
  for (const bool in_time : {true, false}) {
    CAPTURE(in_time);
    const Chain chain;
    Manager manager(chain.configuration("manager.n_workers = 2\nmanager.stop_timeout = " +
                                        std::string(in_time ? "600\n" : "0\n")));
    REQUIRE(all_serve(manager, 2));
    Mta mta(manager.socket());
    CHECK(mta.ask(kClient) == 'c');
    manager.program().signal(SIGTERM);
    REQUIRE(eventually([&] { return !fs::exists(manager.socket()); }));
    CHECK(mta.ask(command::Helo{"client"}) == (in_time ? 'c' : 't'));
    if (in_time) {
      CHECK_FALSE(manager.program().has_ended());
      mta.send(command::Quit{});
    }
    CHECK(manager.program().wait().status == 0);
  }
}

TEST_CASE("a second signal ends workers at once") {
  const Chain chain;
  Manager manager(chain.configuration("manager.n_workers = 2\nmanager.stop_timeout = 600\n"));
  REQUIRE(all_serve(manager, 2));
  Mta mta(manager.socket());
  CHECK(mta.ask(kClient) == 'c');
  manager.program().signal(SIGTERM);
  REQUIRE(eventually([&] { return !fs::exists(manager.socket()); }));
  manager.program().signal(SIGTERM);
  CHECK(manager.program().wait().status == 0);
}

TEST_CASE("when the supervisor is killed its workers finish their sessions and end") {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  const Chain chain;
  Manager manager(chain.configuration("manager.n_workers = 2\n"));
  REQUIRE(all_serve(manager, 2));
  const std::set<pid_t> workers = children_of(manager.pid());
  Mta mta(manager.socket());
  CHECK(mta.ask(kClient) == 'c');
  manager.program().signal(SIGKILL);
  CHECK(manager.program().wait().status == 128 + SIGKILL);
  CHECK(manager.logs("the supervisor has gone: ending with the last session"));
  CHECK(mta.ask(command::Helo{"client"}) == 'c');
  mta.send(command::Quit{});
  for (const pid_t worker : workers) {
    int status = -1;
    REQUIRE(::waitpid(worker, &status, 0) == worker);
    CHECK(status == 0);
  }
}

TEST_CASE("when the supervisor is killed the end of one session leaves the worker's others alone") {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  const Chain chain;
  Manager manager(chain.configuration("manager.n_workers = 1\n"));
  REQUIRE(all_serve(manager, 1));
  const pid_t worker = *children_of(manager.pid()).begin();
  Mta first(manager.socket()), second(manager.socket());
  CHECK(first.ask(kClient) == 'c');
  CHECK(second.ask(kClient) == 'c');
  manager.program().signal(SIGKILL);
  CHECK(manager.program().wait().status == 128 + SIGKILL);
  CHECK(manager.logs("the supervisor has gone: ending with the last session"));
  first.send(command::Quit{});
  // More than a worker's time between two reports.
  std::this_thread::sleep_for(std::chrono::milliseconds(600));
  CHECK(second.ask(command::Helo{"client"}) == 'c');
  second.send(command::Quit{});
  int status = -1;
  REQUIRE(::waitpid(worker, &status, 0) == worker);
  CHECK(status == 0);
}

TEST_CASE("logs of all processes are opened anew") {
  Manager manager("manager.n_workers = 2\n");
  REQUIRE(all_serve(manager, 2));
  fs::rename(manager.file("log"), manager.file("log.1"));
  manager.program().signal(SIGUSR1);
  const auto open_files = [&](pid_t pid) {
    for (const auto& one : fs::directory_iterator("/proc/" + std::to_string(pid) + "/fd")) {
      std::error_code gone;
      if (fs::read_symlink(one.path(), gone) == manager.file("log")) return true;
    }
    return false;
  };
  for (const pid_t worker : children_of(manager.pid())) {
    CHECK(eventually([&] { return open_files(worker); }));
  }
  CHECK(open_files(manager.pid()));
  CHECK(manager.end().status == 0);
}

TEST_CASE("workers in the background hold no terminal") {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  const Folder folder;
  folder.write("milter-manager.conf", "log.use_syslog = false\nmanager.n_workers = 2\n");
  const Ended first =
      run({"-c", folder.path(), "-s", "unix:" + folder.file("sock"), "--pid-file", folder.file("pid"), "-u",
           std::to_string(::getuid()), "-g", std::to_string(::getgid()), "--daemon"});
  CHECK(first.status == 0);
  CHECK(first.out + first.err == "");
  const pid_t supervisor = std::atoi(read_file(folder.file("pid")).c_str());
  REQUIRE(supervisor > 0);
  for (const pid_t worker : children_of(supervisor)) {
    for (const char* standard : {"0", "1", "2"}) {
      CHECK(fs::read_symlink("/proc/" + std::to_string(worker) + "/fd/" + standard) == "/dev/null");
    }
  }
  REQUIRE(::kill(supervisor, SIGTERM) == 0);
  int status = -1;
  REQUIRE(::waitpid(supervisor, &status, 0) == supervisor);
  CHECK(status == 0);
}

TEST_CASE(
    "relative names stay names of where a manager in the background was started, also for later workers") {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  const Folder folder;
  folder.write("milter-manager.conf",
               "log.use_syslog = false\nlog.level = 'default|info'\nmanager.n_workers = 1\n");
  const auto before = fs::current_path();
  fs::current_path(folder.path());
  const Ended first = run({"-c", ".", "-s", "unix:sock", "--pid-file", "pid", "--log-path", "log", "-u",
                           std::to_string(::getuid()), "-g", std::to_string(::getgid()), "--daemon"});
  fs::current_path(before);
  REQUIRE(first.status == 0);
  const pid_t supervisor = std::atoi(read_file(folder.file("pid")).c_str());
  const pid_t worker = *children_of(supervisor).begin();
  ::kill(worker, SIGKILL);
  REQUIRE(eventually([&] {
    const std::set<pid_t> now = children_of(supervisor);
    return now.size() == 1 && now.count(worker) == 0;
  }));
  REQUIRE(::kill(supervisor, SIGHUP) == 0);
  // Both say so, in the one file.
  CHECK(eventually([&] { return count(read_file(folder.file("log")), "the new configuration holds") == 2; }));
  REQUIRE(::kill(supervisor, SIGTERM) == 0);
  int status = -1;
  REQUIRE(::waitpid(supervisor, &status, 0) == supervisor);
  CHECK(status == 0);
  CHECK_FALSE(fs::exists(folder.file("sock")));
}
