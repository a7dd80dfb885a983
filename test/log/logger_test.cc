// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/log/logger.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <thread>
#include <vector>

#include "core/log/file_destination.h"

namespace milter_manager::log {
namespace {

constexpr auto kLong = std::chrono::seconds(60);

class Directory {
 public:
  Directory() {
    auto name = (std::filesystem::temp_directory_path() / "milter-manager-log-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Directory() { std::filesystem::remove_all(path_); }
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

std::string contents(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// A log daemon's socket.
class Daemon {
 public:
  explicit Daemon(const std::string& path) : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    unlink(path.c_str());
    REQUIRE(bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  }
  ~Daemon() { close(socket_); }

  // What stands behind "milter-manager[PID]: ".
  std::string receive() {
    pollfd readable{socket_, POLLIN, 0};
    REQUIRE(poll(&readable, 1, 60000) == 1);
    char bytes[4096];
    const auto size = recv(socket_, bytes, sizeof bytes, 0);
    REQUIRE(size > 0);
    const std::string line(bytes, static_cast<std::size_t>(size));
    return line.substr(line.find(": ") + 2);
  }

 private:
  int socket_;
};

Settings file_settings(const std::string& path) {
  Settings settings;
  settings.path = path;
  settings.items = 0;
  return settings;
}

Settings syslog_settings(const std::string& socket) {
  Settings settings;
  settings.use_output = false;
  settings.use_syslog = true;
  settings.syslog_socket = socket;
  return settings;
}

Settings settings_of_both(const Directory& directory) {
  auto settings = file_settings(directory.file("a.log"));
  settings.use_syslog = true;
  settings.syslog_socket = directory.file("socket");
  return settings;
}

const statistics::Event kEvent = statistics::SessionDisconnected{0.5, 7};

}  // namespace

TEST_CASE("lines go to the file in order, those of other levels don't") {
  const Directory directory;
  const auto path = directory.file("a.log");
  {
    Logger logger(file_settings(path));
    CHECK_FALSE(logger.problem());
    CHECK(logger.is_interesting(Level::error));
    CHECK_FALSE(logger.is_interesting(Level::debug));
    logger.log(Level::error, "first");
    logger.log(Level::debug, "unseen");
    logger.report(kEvent);
    logger.log(Level::message, "third");
    CHECK(logger.flush(kLong));
    CHECK(contents(path) == "first\n[session][disconnected][0.5](7)\nthird\n");
    CHECK(logger.lines() == 1);
    CHECK(logger.dropped() == 0);
    logger.log(Level::message, "last");
  }
  CHECK(contents(path) == "first\n[session][disconnected][0.5](7)\nthird\nlast\n");
}

TEST_CASE("many threads log at once, and no line is torn or lost") {
  const Directory directory;
  const auto path = directory.file("a.log");
  constexpr int kEach = 2000;
  {
    Logger logger(file_settings(path));
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&logger, i] {
        for (int n = 0; n < kEach; ++n)
          logger.log(Level::message, std::string(40, static_cast<char>('a' + i)));
      });
    }
    for (auto& thread : threads) thread.join();
  }
  std::ifstream file(path);
  int lines = 0;
  for (std::string line; std::getline(file, line); ++lines) REQUIRE(line == std::string(40, line[0]));
  CHECK(lines == 4 * kEach);
}

TEST_CASE("a rotated file is left, its path opened anew") {
  const Directory directory;
  const auto path = directory.file("a.log");
  auto settings = file_settings(path);
  settings.levels |= bit(Level::info);
  Logger logger(settings);
  logger.log(Level::message, "old");
  REQUIRE(logger.flush(kLong));
  std::filesystem::rename(path, path + ".1");
  logger.log(Level::message, "still old");
  logger.reopen();
  logger.log(Level::message, "new");
  REQUIRE(logger.flush(kLong));
  CHECK(contents(path + ".1") == "old\nstill old\n[logger][reopen][close]\n");
  CHECK(contents(path) == "[logger][reopen][open]\nnew\n");
}

TEST_CASE(
    "a file that takes nothing, on a full disk, can still be left for another one, and no line is lost") {
  const Directory directory;
  const auto path = directory.file("a.log");
  std::filesystem::create_symlink("/dev/full", path);
  Logger logger(file_settings(path));
  logger.log(Level::message, "for the full one");
  CHECK_FALSE(logger.flush(std::chrono::milliseconds(50)));
  std::filesystem::remove(path);
  logger.reopen();
  logger.log(Level::message, "for the new one");
  REQUIRE(logger.flush(kLong));
  CHECK(contents(path) == "for the full one\nfor the new one\n");
}

TEST_CASE("a full disk is told to syslog once, and its end, too") {
  const Directory directory;
  Daemon daemon(directory.file("socket"));
  auto settings = settings_of_both(directory);
  std::filesystem::create_symlink("/dev/full", settings.path);
  Logger logger(settings);
  logger.log(Level::message, "one");
  CHECK(daemon.receive() == "one");
  CHECK(daemon.receive() ==
        "[logger][file][stuck] " + settings.path +
            ": No space left on device: lines wait, and are lost when there are too many");
  CHECK(logger.waiting_bytes() >= 4);
  logger.log(Level::message, "two");
  CHECK(daemon.receive() == "two");
  std::filesystem::remove(settings.path);
  logger.reopen();
  CHECK(daemon.receive() == "[logger][file][again] it takes lines again; 0 lines are lost so far");
  REQUIRE(logger.flush(kLong));
  CHECK(contents(settings.path) == "one\ntwo\n");
  CHECK(logger.waiting_bytes() == 0);
}

TEST_CASE("of a disk that was full is told how many lines the file lost, whatever syslog got") {
  const Directory directory;
  Daemon daemon(directory.file("socket"));
  auto settings = settings_of_both(directory);
  settings.syslog_levels = bit(Level::message) | bit(Level::error);
  std::filesystem::create_symlink("/dev/full", settings.path);
  Logger logger(settings);
  const std::string value(60'000, 'x');
  const statistics::Event event = statistics::SessionHeaderAdd{7, "X-Long", value, false};
  constexpr int kLines = 100;  // more than wait for a disk
  for (int i = 0; i < kLines; ++i) logger.report(event);
  CHECK(daemon.receive().find("[logger][file][stuck]") == 0);
  std::filesystem::remove(settings.path);
  logger.reopen();
  const auto again = daemon.receive();
  REQUIRE(logger.flush(kLong));
  const auto written = contents(settings.path);
  const auto lost = kLines - std::count(written.begin(), written.end(), '\n');
  CHECK(lost > 0);
  CHECK(again ==
        "[logger][file][again] it takes lines again; " + std::to_string(lost) + " lines are lost so far");
}

TEST_CASE("while nobody reads standard error, either, everybody can go on logging") {
  const Directory directory;
  auto settings = file_settings("/dev/full");
  settings.items = bit(Item::name);
  settings.program = std::string(1 << 20, 'p');  // more than a pipe holds
  int ends[2] = {-1, -1};
  REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
  const int standard_error = dup(STDERR_FILENO);
  dup2(ends[1], STDERR_FILENO);
  {
    Logger logger(settings);
    logger.log(Level::message, "one");
    pollfd readable{ends[0], POLLIN, 0};
    CHECK(poll(&readable, 1, 60000) == 1);  // it has begun to tell
    auto logged = std::async(std::launch::async, [&] { logger.log(Level::message, "two"); });
    CHECK(logged.wait_for(std::chrono::seconds(10)) == std::future_status::ready);
    std::string told;
    for (char bytes[4096]; told.empty() || told.back() != '\n';) {
      const auto size = read(ends[0], bytes, sizeof bytes);
      REQUIRE(size > 0);
      told.append(bytes, static_cast<std::size_t>(size));
    }
    CHECK(told.find("[logger][file][stuck]") != std::string::npos);
  }
  dup2(standard_error, STDERR_FILENO);
  for (const int descriptor : {standard_error, ends[0], ends[1]}) close(descriptor);
}

TEST_CASE("a log daemon that is not there is told to the file once, and that it has come, too") {
  const Directory directory;
  auto settings = settings_of_both(directory);
  Logger logger(settings);
  const std::string stuck = "one\n[logger][syslog][stuck] " + settings.syslog_socket +
                            ": No such file or directory: lines wait, and are lost when there are too many\n";
  logger.log(Level::message, "one");
  while (contents(settings.path).size() < stuck.size())
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  CHECK_FALSE(logger.flush(std::chrono::milliseconds(300)));
  Daemon daemon(settings.syslog_socket);
  CHECK(daemon.receive() == "one");
  REQUIRE(logger.flush(kLong));  // now it has been told
  REQUIRE(logger.flush(kLong));
  CHECK(contents(settings.path) ==
        stuck + "[logger][syslog][again] it takes lines again; 0 lines are lost so far\n");
}

TEST_CASE("a named pipe without a reader does not hold up the opening anew") {
  const Directory directory;
  const auto path = directory.file("a.log");
  std::string why;
  auto file = open_file_destination(path, [&](std::string_view reason) {
    why = reason;
    return "";  // nothing on the test's own output
  });
  REQUIRE(file);
  std::filesystem::remove(path);
  REQUIRE(mkfifo(path.c_str(), 0600) == 0);
  (*file)->reopen();
  CHECK(why == path + ": No such device or address");
  const int reader = open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  (*file)->reopen();
  Lines lines;
  lines.add("hello\n");
  CHECK((*file)->write(lines, 0) == 1);
  char bytes[16];
  CHECK(read(reader, bytes, sizeof bytes) == 6);
  close(reader);
}

TEST_CASE("a path that can't be opened is said, and the log goes on elsewhere") {
  const Directory directory;
  const auto missing = directory.file("missing/a.log");
  const auto problem = "failed to set log output path: <" + missing + ">: No such file or directory";
  auto settings = file_settings(missing);
  settings.levels = kNoLevels;  // nothing on the test's own output
  const Logger without(settings);
  REQUIRE(without.problem());
  CHECK(without.problem()->message == problem);

  const auto path = directory.file("a.log");
  Logger logger(file_settings(path));
  const auto used = logger.use(file_settings(missing));
  REQUIRE_FALSE(used);
  CHECK(used.error().message == problem);
  logger.log(Level::message, "still here");
  REQUIRE(logger.flush(kLong));
  CHECK(contents(path) == "still here\n");
}

TEST_CASE("a pipe that nobody reads holds nobody up; one whose reader leaves takes and forgets everything") {
  int ends[2] = {-1, -1};
  REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
  auto file =
      open_file_destination("/dev/fd/" + std::to_string(ends[1]), [](std::string_view) { return ""; });
  REQUIRE(file);
  Lines lines;
  lines.add(std::string(1024 * 1024, 'x') + '\n');  // more than a pipe holds
  CHECK((*file)->write(lines, 0) == 0);
  CHECK((*file)->write(lines, 0) == 0);
  struct sigaction ignore {
  }, before{};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &ignore, &before);  // a Writer's thread does not get it
  close(ends[0]);
  CHECK((*file)->write(lines, 0) == 1);
  lines.clear();
  lines.add("short\n");
  CHECK((*file)->write(lines, 0) == 1);
  sigaction(SIGPIPE, &before, nullptr);
  close(ends[1]);
}

TEST_CASE("new settings take effect at once") {
  const Directory directory;
  Logger logger(file_settings(directory.file("a.log")));
  auto settings = file_settings(directory.file("b.log"));
  settings.levels = bit(Level::debug);
  logger.log(Level::message, "one");
  REQUIRE(logger.use(settings));
  CHECK(logger.is_interesting(Level::debug));
  logger.log(Level::message, "two");
  logger.log(Level::debug, "three");
  REQUIRE(logger.flush(kLong));
  CHECK(contents(directory.file("a.log")) == "one\n");
  CHECK(contents(directory.file("b.log")) == "three\n");
}

TEST_CASE("a new file that takes long to open keeps nobody from logging") {
  const Directory directory;
  const auto path = directory.file("a.log"), fifo = directory.file("fifo");
  REQUIRE(mkfifo(fifo.c_str(), 0600) == 0);
  Logger logger(file_settings(path));
  std::thread reload([&] { CHECK(logger.use(file_settings(fifo))); });  // waits for a reader
  for (int i = 0; i < 50; ++i) {
    logger.log(Level::message, "still here");
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  CHECK(logger.flush(kLong));
  CHECK(contents(path).find("still here\n") == 0);
  const int reader = open(fifo.c_str(), O_RDONLY | O_CLOEXEC);
  reload.join();
  close(reader);
}

TEST_CASE("syslog gets each line as a datagram, statistics with their prefix") {
  const Directory directory;
  Daemon daemon(directory.file("log"));
  Logger logger(syslog_settings(directory.file("log")));
  logger.log(Level::warning, "hello");
  logger.report(kEvent);
  CHECK(daemon.receive() == "hello");
  CHECK(daemon.receive() == "[statistics] [session][disconnected][0.5](7)");
  CHECK(logger.lines() == 1);
}

TEST_CASE("syslog may have levels of its own") {
  const Directory directory;
  Daemon daemon(directory.file("log"));
  auto settings = syslog_settings(directory.file("log"));
  settings.syslog_levels = bit(Level::trace);
  Logger logger(settings);
  CHECK(logger.is_interesting(Level::trace));
  CHECK_FALSE(logger.is_interesting(Level::error));
  logger.log(Level::error, "unseen");
  logger.log(Level::trace, "seen");
  CHECK(daemon.receive() == "seen");
}

TEST_CASE("lines wait for a log daemon that starts later, and for one that is started anew") {
  const Directory directory;
  Logger logger(syslog_settings(directory.file("log")));
  logger.log(Level::message, "early");
  {
    Daemon daemon(directory.file("log"));
    CHECK(daemon.receive() == "early");
    REQUIRE(logger.flush(kLong));
  }
  logger.log(Level::message, "meanwhile");
  Daemon daemon(directory.file("log"));
  logger.log(Level::message, "late");
  CHECK(daemon.receive() == "meanwhile");
  CHECK(daemon.receive() == "late");
}

TEST_CASE("without a log daemon lines beyond the limit are dropped and counted, and nobody waits") {
  const Directory directory;
  Logger logger(syslog_settings(directory.file("log")));
  const std::string value(2000, 'x');
  const statistics::Event event = statistics::SessionHeaderAdd{7, "X-Long", value, false};
  constexpr std::uint64_t kLines = 5000;
  for (std::uint64_t i = 0; i < kLines; ++i) logger.report(event);
  CHECK(logger.dropped() > 0);
  CHECK(logger.lines() > 0);
  CHECK(logger.lines() + logger.dropped() == kLines);
}

TEST_CASE("a line longer than what syslog's socket carries counts as dropped, and the log says so once") {
  const Directory directory;
  Daemon daemon(directory.file("log"));
  auto settings = syslog_settings(directory.file("log"));
  settings.use_output = true;
  settings.path = directory.file("a.log");
  settings.items = 0;
  settings.levels = bit(Level::warning) | bit(Level::statistics);
  settings.program = std::string(1 << 20, 'p');  // stands in each line
  {
    Logger logger(settings);
    for (int i = 0; i < 3; ++i) logger.report(kEvent);
    REQUIRE(logger.flush(kLong));
    CHECK(logger.lines() == 0);
    CHECK(logger.dropped() == 3);
  }
  const auto log = contents(settings.path);
  const auto told = log.find("[logger][syslog][lost] a line of 10486");
  CHECK(told != std::string::npos);
  CHECK(log.find("[logger][syslog][lost]", told + 1) == std::string::npos);
}

TEST_CASE("a log daemon that does not read keeps nobody waiting, and what was taken arrives") {
  const Directory directory;
  Daemon daemon(directory.file("log"));
  Logger logger(syslog_settings(directory.file("log")));
  const std::string value(2000, 'x');
  const statistics::Event event = statistics::SessionHeaderAdd{7, "X-Long", value, false};
  constexpr std::uint64_t kLines = 8000;
  for (std::uint64_t i = 0; i < kLines; ++i) logger.report(event);
  CHECK(logger.dropped() > 0);
  const auto taken = logger.lines();
  CHECK(taken + logger.dropped() == kLines);
  for (std::uint64_t i = 0; i < taken; ++i) daemon.receive();
  logger.log(Level::message, "room again");
  CHECK(daemon.receive() == "room again");
}

}  // namespace milter_manager::log
