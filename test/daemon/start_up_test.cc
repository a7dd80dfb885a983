// SPDX-License-Identifier: GPL-3.0-or-later
// What a start does and refuses, in one process and with workers.
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <set>
#include <string>

#include "test/daemon/manager.h"
#include "test/daemon/peers.h"
#include "test/daemon/processes.h"

namespace fs = std::filesystem;

namespace {

bool is_root() {
  if (::geteuid() == 0) return true;
  WARN("only root can become somebody else");
  return false;
}

std::string status_of(pid_t pid) { return read_file("/proc/" + std::to_string(pid) + "/status"); }

}  // namespace

TEST_CASE("a living manager's socket is not taken by another one") {
  for (const std::string workers : {"0", "2"}) {
    CAPTURE(workers);
    Manager first("manager.n_workers = " + workers + "\n");
    const Ended second =
        run({"-c", first.folder().path(), "-s", "unix:" + first.socket(), "--pid-file",
             first.file("other-pid"), "-u", std::to_string(::getuid()), "-g", std::to_string(::getgid())});
    CHECK(second.status == 1);
    CHECK_THAT(second.err,
               Catch::StartsWith("failed to listen: ") && Catch::Contains("another process answers there"));
    const Mta mta(first.socket());
    CHECK_FALSE(fs::exists(first.file("other-pid")));
  }
}

TEST_CASE("the socket of a manager that was killed is taken") {
  const Folder folder;
  folder.write("milter-manager.conf", "log.use_syslog = false\n");
  const std::vector<std::string> arguments = {"-c",         folder.path(),
                                              "-s",         "unix:" + folder.file("sock"),
                                              "--pid-file", folder.file("pid"),
                                              "-u",         std::to_string(::getuid()),
                                              "-g",         std::to_string(::getgid())};
  {
    const Program killed(arguments);
    REQUIRE(eventually([&] { return !read_file(folder.file("pid")).empty(); }));
  }
  REQUIRE(fs::is_socket(folder.file("sock")));
  fs::remove(folder.file("pid"));
  Program next(arguments);
  REQUIRE(eventually([&] { return !read_file(folder.file("pid")).empty(); }));
  const Mta mta(folder.file("sock"));
}

TEST_CASE("a socket's path that the system can't take is refused, wherever it is set") {
  const std::string path = "unix:/" + std::string(120, 'x');
  const Ended typed = run({"-s", path});
  CHECK(typed.status == 1);
  CHECK_THAT(typed.err, Catch::StartsWith("-s: ") && Catch::Contains("path is longer than 107 bytes"));
  const Folder folder;
  folder.write("milter-manager.conf", "manager.connection_spec = '" + path + "'\n");
  const Ended configured = run({"-c", folder.path(), "--check-config"});
  CHECK(configured.status == 1);
  CHECK_THAT(folder.without_path(configured.err),
             Catch::StartsWith("CONFIG/milter-manager.conf:1: error: ") &&
                 Catch::Contains("path is longer than 107 bytes"));
}

TEST_CASE("the limit of open files holds in every process") {
  for (const std::string workers : {"0", "2"}) {
    Manager manager("manager.n_workers = " + workers + "\nmanager.max_file_descriptors = 321\n");
    std::set<pid_t> processes = children_of(manager.pid());
    CHECK(processes.size() == static_cast<std::size_t>(std::stoi(workers)));
    processes.insert(manager.pid());
    for (const pid_t one : processes) {
      const std::string limits = read_file("/proc/" + std::to_string(one) + "/limits");
      const auto line = limits.substr(limits.find("Max open files"), 60);
      CHECK_THAT(line, Catch::Contains(" 321 "));
    }
  }
}

TEST_CASE("what is odd in the first configuration is logged, also when root has started the manager") {
  if (!is_root()) return;
  const passwd* nobody = ::getpwnam("nobody");
  REQUIRE(nobody);
  const Folder folder;
  REQUIRE(::chown(folder.path().c_str(), nobody->pw_uid, nobody->pw_gid) == 0);
  folder.write("milter-manager.conf", "log.use_syslog = false\nlog.path = '" + folder.file("log") +
                                          "'\n"
                                          "define_milter('slow') do |milter|\n"
                                          "  milter.connection_spec = 'unix:/nowhere'\n"
                                          "  milter.reading_timeout = 60\n"
                                          "end\n");
  Program program({"-c", folder.path(), "-s", "unix:" + folder.file("sock"), "--pid-file", folder.file("pid"),
                   "-u", "nobody"});
  REQUIRE(eventually([&] { return !read_file(folder.file("pid")).empty(); }));
  CHECK(eventually([&] {
    return read_file(folder.file("log")).find("[milter][deadline] the MTA may wait") != std::string::npos;
  }));
}

TEST_CASE(
    "started by root, supervisor and workers all become the effective user, with that user's groups alone") {
  if (!is_root()) return;
  const passwd* nobody = ::getpwnam("nobody");
  REQUIRE(nobody);
  const Folder folder;
  REQUIRE(::chown(folder.path().c_str(), nobody->pw_uid, nobody->pw_gid) == 0);
  folder.write("milter-manager.conf",
               "log.use_syslog = false\nlog.path = '" + folder.file("log") + "'\nmanager.n_workers = 2\n");
  Program program({"-c", folder.path(), "-s", "unix:" + folder.file("sock"), "--pid-file", folder.file("pid"),
                   "-u", "nobody"});
  REQUIRE(eventually([&] { return !read_file(folder.file("pid")).empty(); }));
  std::set<pid_t> processes = children_of(program.pid());
  CHECK(processes.size() == 2);
  processes.insert(program.pid());
  const std::string uid = std::to_string(nobody->pw_uid), gid = std::to_string(nobody->pw_gid);
  for (const pid_t one : processes) {
    const std::string status = status_of(one);
    CHECK_THAT(status, Catch::Contains("Uid:\t" + uid + "\t" + uid + "\t" + uid + "\t" + uid + "\n"));
    CHECK_THAT(status, Catch::Contains("Gid:\t" + gid + "\t" + gid + "\t" + gid + "\t" + gid + "\n"));
    CHECK_THAT(status, Catch::Contains("Groups:\t" + gid + " \n"));
    CHECK_THAT(status, Catch::Contains("CapEff:\t0000000000000000\n"));
  }
  for (const char* name : {"sock", "log", "pid"}) {
    struct stat about {};
    REQUIRE(::stat(folder.file(name).c_str(), &about) == 0);
    CHECK(about.st_uid == nobody->pw_uid);
  }
  program.signal(SIGTERM);
  CHECK(program.wait().status == 0);
  CHECK_FALSE(fs::exists(folder.file("sock")));
}

TEST_CASE("a reload follows the socket's mode") {
  Manager manager("manager.unix_socket_mode = 0660\n");
  const auto mode = [&] { return fs::status(manager.socket()).permissions(); };
  CHECK(mode() == fs::perms(0660));
  manager.configure("manager.unix_socket_mode = 0600\n");
  manager.program().signal(SIGHUP);
  CHECK(eventually([&] { return mode() == fs::perms(0600); }));
}

TEST_CASE("a pid file that can't be written ends workers, too") {
  const Folder folder;
  folder.write("milter-manager.conf", "log.use_syslog = false\nlog.level = 'none'\nmanager.n_workers = 2\n");
  const Ended ended =
      run({"-c", folder.path(), "-s", "unix:" + folder.file("sock"), "--pid-file", "/nowhere/pid", "-u",
           std::to_string(::getuid()), "-g", std::to_string(::getgid())});
  CHECK(ended.status == 1);
  CHECK(ended.err == "failed to save the process number: </nowhere/pid>: No such file or directory\n");
  CHECK_FALSE(fs::exists(folder.file("sock")));
}

TEST_CASE("a start without threads for conditions fails, and leaves nothing behind") {
  for (const std::string workers : {"0", "1"}) {
    CAPTURE(workers);
    const Folder folder;
    folder.write("milter-manager.conf",
                 "log.use_syslog = false\nlog.level = 'none'\nmanager.n_workers = " + workers +
                     "\nclass Milter::Manager::Evaluation\n"
                     "  def initialize(*) = raise('there are no threads')\nend\n");
    const Ended ended =
        run({"-c", folder.path(), "-s", "unix:" + folder.file("sock"), "--pid-file", folder.file("pid"), "-u",
             std::to_string(::getuid()), "-g", std::to_string(::getgid())});
    CHECK(ended.status == 1);
    CHECK_THAT(ended.err, Catch::Contains("can't start the threads for conditions: ") &&
                              Catch::Contains("there are no threads"));
    CHECK_FALSE(fs::exists(folder.file("sock")));
    CHECK_FALSE(fs::exists(folder.file("pid")));
  }
}
