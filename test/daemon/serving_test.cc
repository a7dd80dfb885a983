// SPDX-License-Identifier: GPL-3.0-or-later
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <filesystem>

#include "test/daemon/program.h"

namespace {

// As the tests may run as root or not, the manager stays who they are.
std::string own_user() { return std::to_string(::getuid()); }
std::string own_group() { return std::to_string(::getgid()); }

std::vector<std::string> arguments_for(const Folder& folder, const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments = {"-c",         folder.path(),      "-s", "unix:" + folder.file("sock"),
                                        "--pid-file", folder.file("pid"), "-u", own_user(),
                                        "-g",         own_group()};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

bool serves(const Folder& folder) {
  return eventually([&] { return !read_file(folder.file("pid")).empty(); });
}

// A session that the MTA has begun and not ended.
int begin_session(const std::string& path) {
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
  REQUIRE(::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
  const unsigned char negotiate[] = {0, 0, 0, 13, 'O', 0, 0, 0, 6, 0, 0, 1, 0xff, 0, 0x1f, 0xff, 0xff};
  REQUIRE(::write(descriptor, negotiate, sizeof(negotiate)) == sizeof(negotiate));
  unsigned char answer[17] = {};
  REQUIRE(::recv(descriptor, answer, sizeof(answer), MSG_WAITALL) == sizeof(answer));
  CHECK(answer[4] == 'O');
  return descriptor;
}

}  // namespace

TEST_CASE(
    "the manager listens with mode 0660, says nothing, and leaves nothing behind when it is terminated") {
  for (const int number : {SIGTERM, SIGINT}) {
    const Folder folder;
    folder.write("milter-manager.conf", "log.use_syslog = false\n");
    Program program(arguments_for(folder));
    REQUIRE(serves(folder));
    CHECK(read_file(folder.file("pid")) == std::to_string(program.pid()) + "\n");
    struct stat about {};
    REQUIRE(::stat(folder.file("sock").c_str(), &about) == 0);
    CHECK((about.st_mode & 0777) == 0660);
    program.signal(number);
    const Ended ended = program.wait();
    CHECK(ended.status == 0);
    CHECK(ended.out + ended.err == "");
    CHECK_FALSE(exists(folder.file("sock")));
    CHECK_FALSE(exists(folder.file("pid")));
  }
}

TEST_CASE("a manager that can't listen says why and fails") {
  const Folder folder;
  folder.write("milter-manager.conf", "log.use_syslog = false\n");
  const Ended ended = run({"-c", folder.path(), "-s", "unix:/nowhere/at/all.sock"});
  CHECK_THAT(ended.err, Catch::Matchers::StartsWith("failed to listen: "));
  CHECK(ended.status == 1);
}

TEST_CASE("a manager whose pid file can't be written fails") {
  const Folder folder;
  folder.write("milter-manager.conf", "log.use_syslog = false\n");
  const Ended ended = run(arguments_for(folder, {"--pid-file", "/nowhere/pid"}));
  CHECK(ended.err == "failed to save the process number: </nowhere/pid>: No such file or directory\n");
  CHECK(ended.status == 1);
  CHECK_FALSE(exists(folder.file("sock")));
}

TEST_CASE("a configuration that ends in an exception is no reason to serve half of it") {
  const Folder folder;
  folder.write("milter-manager.conf", "raise 'not yet'\n");
  const Ended ended = run(arguments_for(folder));
  CHECK(folder.without_path(ended.err) == "CONFIG/milter-manager.conf:1: error: RuntimeError: not yet\n");
  CHECK(ended.status == 1);
  CHECK_FALSE(exists(folder.file("sock")));
}

TEST_CASE("a reload with errors is refused and told; one without holds") {
  const Folder folder;
  folder.write("milter-manager.conf",
               "log.use_syslog = false\nlog.level = 'error|info'\nlog.path = '" + folder.file("log") + "'\n");
  Program program(arguments_for(folder));
  REQUIRE(serves(folder));
  const auto logged = [&](const char* text) {
    return eventually([&] { return read_file(folder.file("log")).find(text) != std::string::npos; });
  };

  folder.write("broken.conf", "manager.n_workers = 'x'\n");
  const std::string sound = read_file(folder.file("milter-manager.conf"));
  folder.write("milter-manager.conf", sound + "load('broken.conf')\n");
  program.signal(SIGHUP);
  CHECK(logged("broken.conf:1: manager.n_workers should be an integer but was \"x\"\n"));
  CHECK(logged("the old one stays\n"));

  folder.write("milter-manager.conf", sound + "Milter::Logger.error('read again')\n");
  program.signal(SIGHUP);
  CHECK(logged("read again\n"));
  CHECK(logged("[configuration][reload] the new configuration holds"));

  ::rename(folder.file("log").c_str(), folder.file("log.1").c_str());
  program.signal(SIGUSR1);
  CHECK(eventually([&] { return exists(folder.file("log")); }));
  program.signal(SIGTERM);
  CHECK(program.wait().status == 0);
}

TEST_CASE("a graceful stop waits for the session, a second signal doesn't") {
  const Folder folder;
  folder.write("milter-manager.conf",
               "log.use_syslog = false\nlog.level = 'none'\nmanager.stop_timeout = 600\n");
  SECTION("the session ends") {
    Program program(arguments_for(folder));
    REQUIRE(serves(folder));
    const int session = begin_session(folder.file("sock"));
    program.signal(SIGTERM);
    CHECK(eventually([&] { return !exists(folder.file("sock")); }));
    CHECK_FALSE(program.has_ended());
    ::close(session);
    CHECK(program.wait().status == 0);
  }
  SECTION("a second signal") {
    Program program(arguments_for(folder));
    REQUIRE(serves(folder));
    const int session = begin_session(folder.file("sock"));
    program.signal(SIGTERM);
    CHECK(eventually([&] { return !exists(folder.file("sock")); }));
    program.signal(SIGTERM);
    CHECK(program.wait().status == 0);
    ::close(session);
  }
}

TEST_CASE("a reload that never ends does not keep the manager from ending") {
  const Folder folder;
  folder.write("milter-manager.conf",
               "log.use_syslog = false\nlog.level = 'error'\nlog.path = '" + folder.file("log") + "'\n");
  Program program(arguments_for(folder));
  REQUIRE(serves(folder));
  folder.write("milter-manager.conf", "File.write('" + folder.file("busy") + "', '')\nloop { sleep }\n");
  program.signal(SIGHUP);
  REQUIRE(eventually([&] { return exists(folder.file("busy")); }));
  const int session = begin_session(folder.file("sock"));  // mail goes on meanwhile
  ::close(session);
  program.signal(SIGTERM);
  CHECK(program.wait().status == 0);
  CHECK_FALSE(exists(folder.file("pid")));
  CHECK_THAT(read_file(folder.file("log")), Catch::Contains("a reload that does not end is abandoned\n"));
}

TEST_CASE("started by root, the manager becomes the effective user, who owns its socket and its log") {
  if (::geteuid() != 0) {
    WARN("only root can become somebody else");
    return;
  }
  const passwd* nobody = ::getpwnam("nobody");
  REQUIRE(nobody);
  const Folder folder;
  REQUIRE(::chown(folder.path().c_str(), nobody->pw_uid, nobody->pw_gid) == 0);
  folder.write("milter-manager.conf", "log.use_syslog = false\nlog.path = '" + folder.file("log") + "'\n");
  Program program({"-c", folder.path(), "-s", "unix:" + folder.file("sock"), "--pid-file", folder.file("pid"),
                   "-u", "nobody"});
  REQUIRE(serves(folder));
  const std::string status = read_file("/proc/" + std::to_string(program.pid()) + "/status");
  const std::string uid = std::to_string(nobody->pw_uid);
  const std::string gid = std::to_string(nobody->pw_gid);
  CHECK_THAT(status, Catch::Matchers::Contains("Uid:\t" + uid + "\t" + uid + "\t" + uid + "\t" + uid + "\n"));
  CHECK_THAT(status, Catch::Matchers::Contains("Gid:\t" + gid + "\t" + gid + "\t" + gid + "\t" + gid + "\n"));
  for (const char* name : {"sock", "log", "pid"}) {
    struct stat about {};
    REQUIRE(::stat(folder.file(name).c_str(), &about) == 0);
    CHECK(about.st_uid == nobody->pw_uid);
  }
  program.signal(SIGTERM);
  CHECK(program.wait().status == 0);
  CHECK_FALSE(exists(folder.file("sock")));
}

TEST_CASE("the log that the environment names is given to the effective user, too") {
  if (::geteuid() != 0) {
    WARN("only root can become somebody else");
    return;
  }
  const passwd* nobody = ::getpwnam("nobody");
  REQUIRE(nobody);
  const Folder folder, logs;
  REQUIRE(::chown(folder.path().c_str(), nobody->pw_uid, nobody->pw_gid) == 0);
  REQUIRE(::chmod(logs.path().c_str(), 0755) == 0);  // as /var/log: root's
  folder.write("milter-manager.conf", "log.use_syslog = false\n");
  Program program({"-c", folder.path(), "-s", "unix:" + folder.file("sock"), "--pid-file", folder.file("pid"),
                   "-u", "nobody"},
                  {"MILTER_LOG_PATH=" + logs.file("log")});
  REQUIRE(serves(folder));
  struct stat about {};
  REQUIRE(::stat(logs.file("log").c_str(), &about) == 0);
  CHECK(about.st_uid == nobody->pw_uid);
  program.signal(SIGTERM);
  const Ended ended = program.wait();
  CHECK(ended.out + ended.err == "");
}

TEST_CASE("an effective user that does not exist is told") {
  if (::geteuid() != 0) {
    WARN("only root can become somebody else");
    return;
  }
  const Folder folder;
  folder.write("milter-manager.conf", "log.use_syslog = false\n");
  const Ended ended = run({"-c", folder.path(), "-s", "unix:" + folder.file("sock"), "-u", "no-such-user"});
  CHECK(ended.err == "failed to find the effective user: <no-such-user>\n");
  CHECK(ended.status == 1);
}

TEST_CASE("in the background, the first process ends when the second serves, with its status") {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  const Folder folder;
  folder.write("milter-manager.conf", "log.use_syslog = false\n");
  for (const bool by_file : {false, true}) {
    if (by_file) folder.write("milter-manager.conf", "log.use_syslog = false\nmanager.daemon = true\n");
    const Ended first = run(
        arguments_for(folder, by_file ? std::vector<std::string>{} : std::vector<std::string>{"--daemon"}));
    CHECK(first.status == 0);
    CHECK(first.out + first.err == "");
    const pid_t second = std::stoi(read_file(folder.file("pid")));
    CHECK(::getsid(second) == second);
    ::close(begin_session(folder.file("sock")));
    REQUIRE(::kill(second, SIGTERM) == 0);
    int status = -1;
    REQUIRE(::waitpid(second, &status, 0) == second);
    CHECK(status == 0);
    CHECK_FALSE(exists(folder.file("pid")));
  }
  const Ended failed = run({"-c", folder.path(), "--daemon", "-s", "unix:/nowhere/at/all.sock"});
  CHECK_THAT(failed.err, Catch::Matchers::StartsWith("failed to listen: "));
  CHECK(failed.status == 1);
}

TEST_CASE("in the background, relative names stay names of where it was started") {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  const Folder folder;
  folder.write("milter-manager.conf", "log.use_syslog = false\n");
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  const Ended first = run({"-c", ".", "-s", "unix:sock", "--pid-file", "pid", "--log-path", "log", "-u",
                           own_user(), "-g", own_group(), "--daemon"});
  std::filesystem::current_path(before);
  REQUIRE(first.status == 0);
  const pid_t second = std::stoi(read_file(folder.file("pid")));
  ::rename(folder.file("log").c_str(), folder.file("log.1").c_str());
  REQUIRE(::kill(second, SIGUSR1) == 0);
  CHECK(eventually([&] { return exists(folder.file("log")); }));
  REQUIRE(::kill(second, SIGTERM) == 0);
  int status = -1;
  REQUIRE(::waitpid(second, &status, 0) == second);
  CHECK(status == 0);
  CHECK_FALSE(exists(folder.file("sock")));
  CHECK_FALSE(exists(folder.file("pid")));
}
