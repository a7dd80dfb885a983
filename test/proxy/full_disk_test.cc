// SPDX-License-Identifier: GPL-3.0-or-later
#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "test/proxy/world.h"

namespace milter_manager::proxy {

namespace command = protocol::command;

namespace {

// A file system of one MiB, which only a process of its own sees; we reach it through /proc.
class SmallFileSystem {
 public:
  explicit SmallFileSystem(const std::string& mount_point)
      : mount_point_(mount_point),
        user_map_(fmt::format("{0} {0} 1", geteuid())),
        group_map_(fmt::format("{0} {0} 1", getegid())) {
    std::filesystem::create_directory(mount_point);
    int ready[2] = {-1, -1};
    REQUIRE(pipe2(ready, O_CLOEXEC) == 0);
    holder_ = fork();
    REQUIRE(holder_ >= 0);
    if (holder_ == 0) hold(ready[1]);
    close(ready[1]);
    char byte = 0;
    const bool mounted = read(ready[0], &byte, 1) == 1;
    close(ready[0]);
    path_ = "/proc/" + std::to_string(holder_) + "/root" + mount_point;
    usable_ = mounted && access(path_.c_str(), W_OK) == 0;
  }
  ~SmallFileSystem() {
    kill(holder_, SIGKILL);
    waitpid(holder_, nullptr, 0);
  }
  // Not where a process may have no file systems of its own.
  bool usable() const { return usable_; }
  const std::string& path() const { return path_; }

 private:
  // Of a program with threads: system calls only.
  [[noreturn]] void hold(int ready) const {
    const bool own = unshare(CLONE_NEWNS) == 0 || own_user();
    if (own && mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
        mount("tmpfs", mount_point_.c_str(), "tmpfs", 0, "size=1m,mode=777") == 0 &&
        ::write(ready, "+", 1) == 1) {
      close(ready);
      for (;;) pause();
    }
    _exit(1);
  }

  // Who we are stays the same there, so that we may write to its files.
  bool own_user() const {
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
    prctl(PR_SET_DUMPABLE, 1);  // its /proc is ours, too
    return put("/proc/self/uid_map", user_map_) && put("/proc/self/setgroups", "deny") &&
           put("/proc/self/gid_map", group_map_);
  }

  static bool put(const char* path, std::string_view text) {
    const int file = open(path, O_WRONLY | O_CLOEXEC);
    const bool done = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    close(file);
    return done;
  }

  const std::string mount_point_, user_map_, group_map_;
  pid_t holder_ = -1;
  bool usable_ = false;
  std::string path_;
};

// Where that can't be had: files of this process may not grow beyond one MiB.
class FileSizeLimit {
 public:
  FileSizeLimit() {
    signal(SIGXFSZ, SIG_IGN);
    REQUIRE(getrlimit(RLIMIT_FSIZE, &before_) == 0);
    const rlimit small{1 << 20, before_.rlim_max};
    REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    signal(SIGXFSZ, SIG_DFL);
  }

 private:
  rlimit before_{};
};

// Sends a mail whose body has that many bytes; gives the first answer that is not "continue", else the last.
char send_body(FakeMta& mta, std::size_t bytes) {
  REQUIRE(mta.ask(command::Mail{"<from@example.org>", {}}) == 'c');
  REQUIRE(mta.ask(command::Recipient{"<to@example.net>", {}}) == 'c');
  REQUIRE(mta.ask(command::Data{}) == 'c');
  REQUIRE(mta.ask(command::EndOfHeader{}) == 'c');
  const std::string piece(50000, 'x');
  for (std::size_t sent = 0; sent < bytes; sent += piece.size()) {
    const char answer = mta.ask(command::Body{piece});
    if (answer != 'c') return answer;
  }
  return mta.ask(command::EndOfMessage{});
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kMemoryIsOurs = false;  // the sanitizer's is counted, too
#else
constexpr bool kMemoryIsOurs = true;
#endif

std::size_t resident_mib() {
  std::ifstream file("/proc/self/statm");
  std::size_t size = 0, resident = 0;
  file >> size >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE)) >> 20;
}

}  // namespace

TEST_CASE("a full disk under the spool fails that message with the fallback, says why, and nothing else") {
  World world(2);
  const SmallFileSystem disk(world.directory.file("spool"));
  std::unique_ptr<FileSizeLimit> limit;
  std::string reason = ": No space left on device\n";
  world.options.spool_directory = disk.path();
  if (!disk.usable()) {
    limit = std::make_unique<FileSizeLimit>();
    reason = ": File too large\n";
    world.options.spool_directory = world.directory.file("spool");
  }
  world.configuration.manager.body_memory = 1000;
  world.configuration.manager.fallback_status = config::FallbackStatus::temporary_failure;
  world.start();

  FakeMta unlucky(world.loop, world.mta_place()), lucky(world.loop, world.mta_place());
  for (FakeMta* mta : {&unlucky, &lucky}) {
    mta->negotiate();
    REQUIRE(mta->ask(command::Connect{"client.example.org", command::Family::inet, 2525, "192.0.2.1"}) ==
            'c');
    REQUIRE(mta->ask(command::Helo{"client.example.org"}) == 'c');
  }
  CHECK(send_body(unlucky, 3 << 20) == 't');
  // The disk has room again, for the same connection and for others.
  unlucky.send(command::Abort{});
  CHECK(send_body(unlucky, 500000) == 'c');
  CHECK(send_body(lucky, 500000) == 'c');
  unlucky.send(command::Quit{});
  lucky.send(command::Quit{});
  world.wait_for_sessions(2);

  const auto log = world.log();
  CHECK(count(log, "[body][error] can't be kept in " + world.options.spool_directory + reason) == 1);
  CHECK(count(log, "[error]") <= 2);  // the reason, and what the session makes of it
  CHECK(count(log, "[message][end][body][temporary-failure]") == 1);
  CHECK(count(log, "[message][end][end-of-message][pass]") == 2);
  REQUIRE(world.milters[1]->sessions().size() == 2);
  CHECK(count(world.milters[1]->sessions()[0]->kinds, "E") == 1);
  CHECK(world.milters[1]->sessions()[0]->body.size() == 500000);
}

TEST_CASE("a mail of 100 MiB passes in constant memory") {
  constexpr std::size_t kBytes = std::size_t{100} << 20;
  constexpr std::size_t kGrowthMib = 30;
  World world(2);
  std::size_t seen[2] = {0, 0};
  for (std::size_t i : {0, 1}) {
    world.milters[i]->script = [&seen, i](MilterPeer& peer, protocol::Packet packet) {
      seen[i] += peer.body.size();
      peer.body.clear();
      peer.kinds.clear();
      FakeMilter::obedient(peer, packet);
    };
  }
  world.configuration.manager.body_memory = 1 << 20;
  world.start();
  FakeMta mta(world.loop, world.mta_place());
  mta.begin_mail();
  REQUIRE(mta.ask(command::Data{}) == 'c');
  REQUIRE(mta.ask(command::EndOfHeader{}) == 'c');
  const std::string piece(65535, 'x');
  const auto before = resident_mib();
  std::size_t most = before;
  // A few pieces at a time, as an MTA with answers under way has them.
  for (std::size_t sent = 0; sent < kBytes;) {
    int answers = 0;
    for (; answers < 16 && sent < kBytes; ++answers) {
      const auto size = std::min(piece.size(), kBytes - sent);
      mta.send(command::Body{std::string_view(piece).substr(0, size)});
      sent += size;
    }
    for (; answers > 0; --answers) REQUIRE(mta.reply() == 'c');
    most = std::max(most, resident_mib());
  }
  mta.send(command::EndOfMessage{});
  bool answered = false;
  world.run_until([&] {
    most = std::max(most, resident_mib());
    answered = !mta.replies.empty() && mta.replies.back()[4] == 'c';
    return answered;
  });
  CHECK(seen[0] == kBytes);
  CHECK(seen[1] == kBytes);
  if (kMemoryIsOurs) CHECK(most - before <= kGrowthMib);
  mta.send(command::Quit{});
  world.wait_for_sessions(1);
}

}  // namespace milter_manager::proxy
