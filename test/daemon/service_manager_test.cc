// SPDX-License-Identifier: GPL-3.0-or-later
// The manager and systemd: with a notification socket of the test's own, and with systemd-socket-activate.
#ifdef MILTER_MANAGER_WITH_SYSTEMD
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "test/daemon/peers.h"
#include "test/daemon/processes.h"
#include "test/daemon/program.h"

namespace fs = std::filesystem;

namespace {

// What a service tells its manager, one text a datagram.
class NotifySocket {
 public:
  explicit NotifySocket(const std::string& path) : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    REQUIRE(::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    thread_ = std::thread([this] { receive(); });
  }
  ~NotifySocket() {
    ::shutdown(socket_, SHUT_RDWR);
    thread_.join();
    ::close(socket_);
  }

  // How many have held `text` so far.
  std::size_t told(const std::string& text) const {
    const std::lock_guard lock(lock_);
    std::size_t n = 0;
    for (const std::string& one : all_) n += one.find(text) != std::string::npos ? 1 : 0;
    return n;
  }
  std::string all() const {
    const std::lock_guard lock(lock_);
    std::string text;
    for (const std::string& one : all_) text += one + "\n--\n";
    return text;
  }

 private:
  void receive() {
    char bytes[4096];
    for (;;) {
      const ssize_t length = ::recv(socket_, bytes, sizeof bytes, 0);
      if (length <= 0) return;
      const std::lock_guard lock(lock_);
      all_.emplace_back(bytes, static_cast<std::size_t>(length));
    }
  }

  int socket_;
  mutable std::mutex lock_;
  std::vector<std::string> all_;
  std::thread thread_;
};

std::vector<std::string> arguments_for(const Folder& folder, const std::string& socket) {
  return {"-c",         folder.path(),
          "-s",         "unix:" + folder.file(socket),
          "--pid-file", folder.file("pid"),
          "-u",         std::to_string(::getuid()),
          "-g",         std::to_string(::getgid())};
}

std::string configuration(const Folder& folder, int workers) {
  return "log.use_syslog = false\nlog.path = '" + folder.file("log") +
         "'\nmanager.n_workers = " + std::to_string(workers) + "\n";
}

}  // namespace

TEST_CASE("the service manager is told when the manager serves, reads anew and stops, and that it is alive") {
  for (const int workers : {0, 2}) {
    CAPTURE(workers);
    const Folder folder;
    folder.write("milter-manager.conf", configuration(folder, workers));
    const NotifySocket notified(folder.file("notify"));
    Program program(arguments_for(folder, "sock"),
                    {"NOTIFY_SOCKET=" + folder.file("notify"), "WATCHDOG_USEC=40000"});
    REQUIRE(eventually([&] { return notified.told("READY=1") == 1; }));
    CHECK(fs::is_socket(folder.file("sock")));
    CHECK(notified.told("STATUS=Serving on unix:" + folder.file("sock")) >= 1);
    CHECK((workers == 0 || notified.told("2 of 2 workers") >= 1));
    CHECK(eventually([&] { return notified.told("WATCHDOG=1") >= 3; }));

    program.signal(SIGHUP);
    CHECK(eventually([&] { return notified.told("READY=1") == 2; }));
    CHECK(notified.told("RELOADING=1\nMONOTONIC_USEC=") == 1);
    // One that is refused is over, too.
    folder.write("milter-manager.conf", "raise 'broken'\n");
    program.signal(SIGHUP);
    CHECK(eventually([&] { return notified.told("READY=1") == 3; }));

    program.signal(SIGTERM);
    CHECK(program.wait().status == 0);
    CAPTURE(notified.all());
    CHECK(eventually([&] { return notified.told("STOPPING=1\nEXTEND_TIMEOUT_USEC=") == 1; }));
  }
}

TEST_CASE("a reload during the start does not make the manager ready before it is") {
  const Folder folder;
  folder.write("milter-manager.conf",
               configuration(folder, 1) +
                   "log.level = 'default|info'\n"
                   "if File.read('/proc/self/cmdline').start_with?('milter-manager: worker')\n"
                   "  sleep(0.01) until File.exist?('" +
                   folder.file("go") + "')\nend\n");
  const NotifySocket notified(folder.file("notify"));
  Program program(arguments_for(folder, "sock"), {"NOTIFY_SOCKET=" + folder.file("notify")});
  REQUIRE(eventually([&] {
    const auto children = children_of(program.pid());
    return !children.empty() && command_line_of(*children.begin()).find("worker 1") != std::string::npos;
  }));
  program.signal(SIGHUP);
  REQUIRE(eventually([&] {
    return read_file(folder.file("log")).find("the new configuration holds") != std::string::npos;
  }));
  CHECK(notified.told("READY=1") == 0);
  CHECK(notified.told("RELOADING=1") == 0);
  folder.write("go", "");
  CHECK(eventually([&] { return notified.told("READY=1") == 1; }));
  program.signal(SIGTERM);
  CHECK(program.wait().status == 0);
  CHECK(notified.told("READY=1") == 1);
}

TEST_CASE("a manager that can't start is never ready") {
  const Folder folder;
  folder.write("milter-manager.conf", configuration(folder, 1));
  const NotifySocket notified(folder.file("notify"));
  Program program({"-c", folder.path(), "-s", "unix:" + folder.file("nowhere/sock")},
                  {"NOTIFY_SOCKET=" + folder.file("notify")});
  CHECK(program.wait().status == 1);
  CHECK(notified.told("READY=1") == 0);
}

TEST_CASE("sockets that the service manager has opened are served, wherever the configuration would listen") {
  for (const int workers : {0, 2}) {
    CAPTURE(workers);
    const Folder folder;
    folder.write("milter-manager.conf", configuration(folder, workers));
    std::vector<std::string> arguments = {"-l", folder.file("activated")};
    // It hands on nothing else of the environment.
    for (const char* sanitizer : {"ASAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS"}) {
      if (std::getenv(sanitizer) != nullptr) arguments.insert(arguments.end(), {"-E", sanitizer});
    }
    arguments.emplace_back(MILTER_MANAGER);
    for (const std::string& one : arguments_for(folder, "configured")) arguments.push_back(one);
    Program program(arguments, {}, "/usr/bin/systemd-socket-activate");
    REQUIRE(eventually([&] { return fs::is_socket(folder.file("activated")); }));
    {
      const Mta mta(folder.file("activated"));  // the first connection is what starts the manager
      const Mta other(folder.file("activated"));
    }
    CHECK(eventually([&] { return !read_file(folder.file("pid")).empty(); }));
    CHECK_FALSE(fs::exists(folder.file("configured")));
    program.signal(SIGHUP);
    { const Mta mta(folder.file("activated")); }
    program.signal(SIGTERM);
    CHECK(program.wait().status == 0);
    CHECK(fs::exists(folder.file("activated")));  // it is not ours
  }
}

TEST_CASE("more sockets than can be served end the start, which says so") {
  for (const int workers : {0, 2}) {
    CAPTURE(workers);
    const Folder folder;
    folder.write("milter-manager.conf", configuration(folder, workers));
    std::vector<std::string> arguments;
    for (int i = 0; i < 65; ++i) {
      arguments.insert(arguments.end(), {"-l", folder.file("s" + std::to_string(i))});
    }
    for (const char* sanitizer : {"ASAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS"}) {
      if (std::getenv(sanitizer) != nullptr) arguments.insert(arguments.end(), {"-E", sanitizer});
    }
    arguments.emplace_back(MILTER_MANAGER);
    for (const std::string& one : arguments_for(folder, "configured")) arguments.push_back(one);
    Program program(arguments, {}, "/usr/bin/systemd-socket-activate");
    REQUIRE(eventually([&] { return fs::is_socket(folder.file("s64")); }));
    const int first = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, folder.file("s0").c_str(), sizeof address.sun_path - 1);
    REQUIRE(eventually(
        [&] { return ::connect(first, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0; }));
    const Ended ended = program.wait();
    ::close(first);
    CHECK(ended.status == 1);
    CHECK_THAT(ended.err,
               Catch::Contains("failed to listen: 65 sockets were handed over at the start; at most "
                               "64 can be served"));
    CHECK_FALSE(fs::exists(folder.file("pid")));
  }
}
#endif
