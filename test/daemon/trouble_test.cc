// SPDX-License-Identifier: GPL-3.0-or-later
// What goes wrong around a manager that serves: it says so, in one line, and goes on.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "core/net/descriptor.h"
#include "test/daemon/manager.h"
#include "test/daemon/peers.h"
#include "test/daemon/processes.h"

namespace fs = std::filesystem;
namespace command = milter_manager::protocol::command;
using milter_manager::net::Descriptor;

namespace {

char first_answer(const std::string& socket) {
  Mta mta(socket);
  const char answer =
      mta.ask(command::Connect{"client.example.net", command::Family::inet, 40000, "192.0.2.1"});
  mta.send(command::Quit{});
  return answer;
}

bool serves(const std::string& socket) { return first_answer(socket) != 0; }

std::vector<std::string> arguments_for(const Folder& folder) {
  return {"-c",         folder.path(),
          "-s",         "unix:" + folder.file("sock"),
          "--pid-file", folder.file("pid"),
          "-u",         std::to_string(::getuid()),
          "-g",         std::to_string(::getgid())};
}

bool has_started(const Folder& folder) {
  return eventually([&] { return !read_file(folder.file("pid")).empty(); });
}

Descriptor connected_to(const std::string& path) {
  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  REQUIRE(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  return socket;
}

// Of another process; the hard limit stays.
void limit(pid_t pid, __rlimit_resource what, rlim_t number) {
  rlimit now{};
  REQUIRE(::prlimit(pid, what, nullptr, &now) == 0);
  now.rlim_cur = std::min(number, now.rlim_max);
  REQUIRE(::prlimit(pid, what, &now, nullptr) == 0);
}

}  // namespace

namespace {

// The manager in a /dev of its own, where `log` is that socket; "": nothing.
class OwnDevices {
 public:
  explicit OwnDevices(const std::string& log) {
    folder_.write("milter-manager",
                  "#!/bin/sh -e\n"
                  "[ -n \"$OWN\" ] || OWN=1 exec unshare --mount \"$0\" \"$@\"\n"
                  "mount -t tmpfs tmpfs /mnt\n"
                  "mkdir /mnt/dev\n"
                  "for name in null zero random urandom; do\n"
                  "  touch /mnt/dev/$name\n"
                  "  mount --bind /dev/$name /mnt/dev/$name\n"
                  "done\n" +
                      (log.empty() ? "" : "touch /mnt/dev/log\nmount --bind " + log + " /mnt/dev/log\n") +
                      "mount --rbind /mnt/dev /dev\n"
                      "exec " MILTER_MANAGER " \"$@\"\n");
    fs::permissions(folder_.file("milter-manager"), fs::perms::owner_all);
  }
  InstalledManager manager() const { return {folder_.file("milter-manager"), {}}; }

 private:
  Folder folder_;
};

// What it reads now, one after the other; "" when nothing came for a while.
std::string datagram(const Descriptor& socket) {
  char text[8192];
  const ssize_t size = ::recv(socket.get(), text, sizeof text, 0);
  return size > 0 ? std::string(text, static_cast<std::size_t>(size)) : std::string();
}

}  // namespace

TEST_CASE("without a log daemon the manager serves, and the file says so once") {
  const OwnDevices devices("");
  Manager manager("log.use_syslog = true\n", {}, devices.manager());
  CHECK(serves(manager.socket()));
  CHECK(manager.logs("[logger][syslog][stuck] /dev/log: No such file or directory: lines wait"));
  CHECK(serves(manager.socket()));
  CHECK(manager.end().status == 0);
  CHECK(count(manager.log(), "/dev/log") == 1);
}

TEST_CASE("with a log daemon that does not read the manager serves, and the file says so once") {
  const int workers = GENERATE(0, 2);
  CAPTURE(workers);
  const Folder folder;
  const Descriptor daemon(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, folder.file("log").c_str(), sizeof address.sun_path - 1);
  REQUIRE(::bind(daemon.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  const timeval patience{60, 0};
  REQUIRE(::setsockopt(daemon.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0);
  const OwnDevices devices(folder.file("log"));
  Manager manager("log.use_syslog = true\nmanager.n_workers = " + std::to_string(workers) + "\n", {},
                  devices.manager());
  constexpr std::size_t kSessions = 200;
  for (std::size_t i = 0; i < kSessions; ++i) CHECK(serves(manager.socket()));
  CHECK(manager.logs("[logger][syslog][stuck] /dev/log: "));
  CHECK(serves(manager.socket()));
  CHECK(eventually([&] { return count(manager.log(), "[session][end]") == kSessions + 1; }));
  // Each process that has lines for it says so once.
  CHECK(count(manager.log(), "[stuck]") <= static_cast<std::size_t>(workers) + 1);
  // It reads again: nothing of what waited is lost.
  std::size_t ends = 0;
  while (ends < kSessions + 1) {
    const std::string line = datagram(daemon);
    if (line.empty()) break;
    ends += count(line, "[session][end]");
  }
  CHECK(ends == kSessions + 1);
  CHECK(manager.logs("[logger][syslog][again] it takes lines again; 0 lines are lost so far"));
  CHECK(manager.end().status == 0);
}

TEST_CASE("with a full disk under the log the manager serves, and standard error says so once") {
  const Folder folder;
  fs::create_symlink("/dev/full", folder.file("log"));
  folder.write("milter-manager.conf", "log.use_syslog = false\nlog.level = 'default|info'\nlog.path = '" +
                                          folder.file("log") + "'\n");
  Program program(arguments_for(folder));
  REQUIRE(has_started(folder));
  CHECK(serves(folder.file("sock")));
  CHECK(eventually([&] { return !program.err().empty(); }));
  CHECK(serves(folder.file("sock")));
  fs::remove(folder.file("log"));
  program.signal(SIGUSR1);
  // What could not be written then is written now.
  CHECK(eventually([&] { return count(read_file(folder.file("log")), "[session][end]") == 2; }));
  program.signal(SIGTERM);
  const Ended ended = program.wait();
  CHECK(ended.status == 0);
  CHECK(count(ended.err, "\n") == 1);
  CHECK_THAT(folder.without_path(ended.err),
             Catch::Contains("[logger][file][stuck] CONFIG/log: No space left on device: lines wait"));
}

TEST_CASE("with a dead name server mail goes on, and the log says so once") {
  // Takes questions and never answers.
  const Descriptor silent(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  REQUIRE(::bind(silent.get(), reinterpret_cast<const sockaddr*>(&address), length) == 0);
  REQUIRE(::getsockname(silent.get(), reinterpret_cast<sockaddr*>(&address), &length) == 0);
  const std::string port = std::to_string(ntohs(address.sin_port));
  for (const int servers : {1, 2}) {
    CAPTURE(servers);
    const Folder folder;
    const Milter strict(folder.file("milter"), 'R', 'r');
    const std::string server = "'127.0.0.1:" + port + "'";
    Manager manager(
        "manager.condition_timeout = 0.5\nload('applicable-conditions/dnsbl.conf')\n"
        "dnsbl.clear\ndnsbl.add_service('dnsbl.example.org')\ndnsbl.name_servers = [" +
            server + (servers > 1 ? ", " + server : "") +
            "]\n"
            "define_milter('strict') do |milter|\n  milter.connection_spec = 'unix:" +
            folder.file("milter") + "'\n  milter.applicable_conditions = ['DNSBL Listed']\nend\n",
        {{"applicable-conditions/dnsbl.conf",
          read_file(PROJECT_ROOT "/share/applicable-conditions/dnsbl.conf")}});
    for (int i = 0; i < 3; ++i) CHECK(serves(manager.socket()));
    CHECK(manager.end().status == 0);
    CHECK(count(manager.log(), "[dnsbl]") == 1);
  }
}

TEST_CASE("a configuration that is deleted is told at a reload, and the one in force stays") {
  for (const std::string workers : {"0", "2"}) {
    CAPTURE(workers);
    const Folder sockets;
    const Milter strict(sockets.file("milter"), 'C', 'r');
    Manager manager("manager.n_workers = " + workers +
                    "\ndefine_milter('m') { |m| m.connection_spec = 'unix:" + sockets.file("milter") +
                    "' }\n");
    fs::remove(manager.file("milter-manager.conf"));
    CHECK(first_answer(manager.socket()) == 'r');
    manager.program().signal(SIGHUP);
    CHECK(manager.logs("the old one stays"));
    CHECK(first_answer(manager.socket()) == 'r');
    CHECK(manager.end().status == 0);
    CAPTURE(manager.log());
    CHECK(count(manager.log(), "the old one stays") == 1);
    CHECK(count(manager.log(), "milter-manager.conf") == 1);
  }
}

TEST_CASE("a clock that is set is told once, and nobody is timed out by it") {
  if (kSanitized) return;  // they have a clock of their own to hand
  for (const std::string workers : {"0", "2"}) {
    CAPTURE(workers);
    const Folder clock;
    Manager manager(
        "manager.n_workers = " + workers + "\n", {},
        {MILTER_MANAGER, {"LD_PRELOAD=" CLOCK_SHIFT_LIBRARY, "CLOCK_SHIFT=" + clock.file("shift")}});
    Mta mta(manager.socket());
    clock.write("shift", std::string(100'000, 's'));
    CHECK(manager.logs("[clock][step] the system's clock was set forward by 100000 seconds"));
    CHECK(mta.ask(command::Connect{"client", command::Family::inet, 40000, "192.0.2.1"}) == 'a');
    mta.send(command::Quit{});
    clock.write("shift", "");
    CHECK(manager.logs("[clock][step] the system's clock was set back by 100000 seconds"));
    CHECK(manager.end().status == 0);
    CHECK(count(manager.log(), "[clock]") == 2);
    CHECK(count(manager.log(), "[error]") == 0);
  }
}

TEST_CASE("without descriptors accepting rests, says so once, and goes on when there are some") {
  if (kSanitized) return;  // they take descriptors of their own, for looking whether memory may be read
  Manager manager("manager.n_workers = 0\n");
  CHECK(serves(manager.socket()));
  limit(manager.pid(), RLIMIT_NOFILE, descriptors_of(manager.pid()));
  std::vector<Descriptor> waiting;
  for (int i = 0; i < 20; ++i) waiting.push_back(connected_to(manager.socket()));
  CHECK(manager.logs("[client][accept][error] Too many open files: trying again until it works"));
  limit(manager.pid(), RLIMIT_NOFILE, 1024);
  CHECK(serves(manager.socket()));
  waiting.clear();
  CHECK(manager.end().status == 0);
  CHECK(count(manager.log(), "Too many open files") == 1);
}

TEST_CASE("a worker that gets no more memory says so once, and another one takes its place") {
  if (kSanitized) return;  // they take terabytes, and say themselves when there is no more
  Manager manager("manager.n_workers = 1\n");
  const pid_t worker = *children_of(manager.pid()).begin();
  limit(worker, RLIMIT_AS, 1);
  // Each takes some.
  std::vector<Descriptor> connections;
  const std::string much = std::string("\0\1\0\0B", 5) + std::string(60'000, 'x');
  CHECK(eventually([&] {
    if (children_of(manager.pid()).count(worker) == 0) return true;
    for (int i = 0; i < 50; ++i) {
      connections.push_back(connected_to(manager.socket()));
      ::send(connections.back().get(), much.data(), much.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    }
    return false;
  }));
  CHECK(manager.logs("[worker][ended] worker 1 ended: signal 6 (Aborted)"));
  connections.clear();
  CHECK(serves(manager.socket()));
  CHECK(manager.end().status == 0);
  CHECK(count(manager.log(), "[memory][error] the system gives no more memory") == 1);
}
