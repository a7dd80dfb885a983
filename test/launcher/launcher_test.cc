// SPDX-License-Identifier: GPL-3.0-or-later
// A launcher as a process of its own, and a manager's end of its channel.
#include "core/launcher/launcher.h"

#include <pwd.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>

#include "core/launcher/starter.h"
#include "core/log/logger.h"
#include "test/fake_manager/fake_manager.h"
#include "test/net/world.h"

using namespace milter_manager;
using namespace milter_manager::launcher;
using net::run_until;

namespace {

net::Program launcher_process() {
  net::Program program;
  program.path = LAUNCHER_PROCESS;
  program.arguments = {"launcher"};
  for (char** one = environ; *one; ++one) program.environment.emplace_back(*one);
  return program;
}

// A launcher that may start what is in `commands`; its log is a file.
class World {
 public:
  explicit World(std::map<std::string, Command> commands) : logger(settings()) {
    auto launched = start_launcher(launcher_process(), std::move(commands));
    REQUIRE(launched);
    pid = launched->pid;
    starter = std::make_unique<Starter>(loop, logger, std::move(*launched),
                                        [this](const std::string& milter, bool started) {
                                          outcomes.push_back(milter + (started ? " started" : " failed"));
                                        });
  }
  ~World() {
    starter.reset();
    int status = 0;
    ::waitpid(pid, &status, 0);
    CHECK(status == 0);
  }
  std::string log() {
    logger.flush(std::chrono::seconds(30));
    return read_file(directory.file("log"));
  }
  bool logs(const std::string& text) {
    run_until(loop, [&] { return log().find(text) != std::string::npos; });
    return true;
  }
  std::string script(const std::string& name, const std::string& text) {
    const std::string path = directory.file(name);
    {
      const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "w"), &std::fclose);
      REQUIRE(file);
      std::fputs(text.c_str(), file.get());
    }
    REQUIRE(::chmod(path.c_str(), 0755) == 0);
    return path;
  }

  net::TemporaryDirectory directory;
  net::Loop loop;
  log::Logger logger;
  pid_t pid = 0;
  std::vector<std::string> outcomes;
  std::unique_ptr<Starter> starter;

 private:
  log::Settings settings() {
    log::Settings settings;
    settings.use_syslog = false;
    settings.path = directory.file("log");
    settings.levels = log::kAllLevels;
    return settings;
  }
};

}  // namespace

TEST_CASE("a milter's command is started with its words, and nothing is expanded") {
  World world({{"m", {"/bin/echo 'a  b' $HOME *", ""}}});
  CHECK(world.starter->start("m"));
  CHECK(world.logs("[launcher][output] /bin/echo 'a  b' $HOME *: a  b $HOME *"));
  CHECK(world.logs("[launcher][end] /bin/echo 'a  b' $HOME *: exit status 0"));
  CHECK(world.outcomes == std::vector<std::string>{"m started"});
}

TEST_CASE("what can't be started says why") {
  World world({{"missing", {"/no/such/program start", ""}},
               {"relative", {"echo", ""}},
               {"quote", {"/bin/echo 'a", ""}},
               {"nobody", {"/bin/echo", "no-such-user-here"}},
               {"empty", {" ", ""}}});
  for (const char* milter : {"missing", "relative", "quote", "nobody", "empty"})
    CHECK(world.starter->start(milter));
  run_until(world.loop, [&] { return world.outcomes.size() == 5; });
  const std::string log = world.log();
  CHECK_THAT(log,
             Catch::Contains(
                 "Couldn't start new process: </no/such/program start>: No such file or directory: missing"));
  CHECK_THAT(log, Catch::Contains("Couldn't start new process: <echo>: No such file or directory: relative"));
  CHECK_THAT(
      log, Catch::Contains(
               "Command string has invalid character(s): </bin/echo 'a>: the quote ' is not closed: quote"));
  CHECK_THAT(log, Catch::Contains("No password entry: <no-such-user-here>: nobody"));
  CHECK_THAT(log, Catch::Contains("there is no command: empty"));
  for (const std::string& outcome : world.outcomes) CHECK_THAT(outcome, Catch::EndsWith("failed"));
}

TEST_CASE("nothing is started that was not allowed before the manager gave up its rights") {
  World world({{"m", {"/bin/echo harmless", ""}}});
  CHECK_FALSE(world.starter->start("other"));
  // A manager that somebody has taken over.
  auto launched = start_launcher(launcher_process(), {{"m", {"/bin/echo harmless", ""}}});
  REQUIRE(launched);
  const std::string mark = world.directory.file("mark");
  const std::string bytes = encode(Request{ToLauncher::allow, {"/usr/bin/touch " + mark, ""}}) +
                            encode(Request{ToLauncher::launch, {"/usr/bin/touch " + mark, ""}}) +
                            encode(Request{ToLauncher::launch, {"/bin/echo harmless", "nobody"}});
  REQUIRE(::send(launched->channel.get(), bytes.data(), bytes.size(), 0) ==
          static_cast<ssize_t>(bytes.size()));
  net::FrameReader reader(kMostBytes);
  std::vector<std::string> answers;
  char piece[4096];
  while (answers.size() < 2) {
    const ssize_t n = ::read(launched->channel.get(), piece, sizeof piece);
    REQUIRE(n > 0);
    reader.append({piece, static_cast<std::size_t>(n)});
    while (const auto content = reader.next().value())
      answers.push_back(decode_report(*content).value().text);
  }
  CHECK(answers ==
        std::vector<std::string>{"not a command of the configuration: </usr/bin/touch " + mark + ">",
                                 "not a command of the configuration: </bin/echo harmless>"});
  // What it can't read ends it.
  const std::string nonsense("\xff\xff\xff\xff", 4);
  REQUIRE(::send(launched->channel.get(), nonsense.data(), nonsense.size(), 0) == 4);
  int status = -1;
  CHECK(::waitpid(launched->pid, &status, 0) == launched->pid);
  CHECK(status == 0);
  CHECK_FALSE(std::filesystem::exists(mark));
}

TEST_CASE("a manager that asks and asks and reads no answer is left waiting, and loses none") {
  auto launched = start_launcher(launcher_process(), {});
  REQUIRE(launched);
  const int channel = launched->channel.get();
  const auto sleeps = [&] {
    const std::string status = read_file("/proc/" + std::to_string(launched->pid) + "/status");
    return status.find("\nState:\tS") != std::string::npos;
  };
  const std::string one = encode(Request{ToLauncher::launch, {"/bin/true " + std::string(8000, 'x'), ""}});
  std::size_t n_sent = 0;  // bytes
  const auto send_some = [&] {
    const std::size_t at = n_sent % one.size();
    const ssize_t n = ::send(channel, one.data() + at, one.size() - at, MSG_DONTWAIT);
    if (n < 0) REQUIRE(errno == EAGAIN);
    if (n > 0) n_sent += static_cast<std::size_t>(n);
    return n > 0;
  };
  // It sleeps while there is something to read from us.
  while (send_some() || !sleeps() || send_some()) REQUIRE(n_sent < (std::size_t{16} << 20));
  net::FrameReader reader(kMostBytes);
  char piece[65536];
  for (std::size_t n_answers = 0; n_answers < n_sent / one.size();) {
    const ssize_t n = ::read(channel, piece, sizeof piece);
    REQUIRE(n > 0);
    reader.append({piece, static_cast<std::size_t>(n)});
    while (reader.next().value()) ++n_answers;
  }
  launched->channel = net::Descriptor();
  int status = -1;
  CHECK(::waitpid(launched->pid, &status, 0) == launched->pid);
  CHECK(status == 0);
}

TEST_CASE("a command that runs, or has just ended, is not started a second time") {
  World world({{"m", {"/bin/sleep 0.05", ""}}});
  REQUIRE(world.starter->start("m"));
  REQUIRE(world.starter->start("m"));  // joins the first
  run_until(world.loop, [&] { return world.outcomes.size() == 1; });
  REQUIRE(world.starter->start("m"));
  CHECK(world.logs("already launched: </bin/sleep 0.05>"));
  CHECK(world.logs("[launcher][end] /bin/sleep 0.05: exit status 0"));
  REQUIRE(world.starter->start("m"));
  run_until(world.loop, [&] { return world.outcomes.size() == 3; });
  CHECK(world.outcomes == std::vector<std::string>{"m started", "m failed", "m failed"});
}

TEST_CASE(
    "a command is away from the manager: its own session, / as its folder, nothing open, no signal ignored") {
  net::TemporaryDirectory directory;
  World world({{"m",
                {"/bin/sh -c 'pwd; ls /proc/self/fd; grep SigIgn /proc/self/status; ps -o pid=,sid= -p $$ | "
                 "tr -s \" \"; umask; echo oops >&2'",
                 ""}}});
  REQUIRE(world.starter->start("m"));
  CHECK(world.logs("[launcher][end]"));
  const std::string log = world.log();
  CHECK_THAT(log, Catch::Contains("[launcher][complaint]"));
  std::vector<std::string> lines;
  for (std::size_t at = 0; (at = log.find("[launcher][output]", at)) != std::string::npos; ++at) {
    const std::string line = log.substr(at, log.find('\n', at) - at);
    lines.push_back(line.substr(line.rfind("': ") + 3));
  }
  CAPTURE(lines);
  REQUIRE(lines.size() == 8);
  CHECK(lines[0] == "/");
  CHECK(lines[1] + lines[2] + lines[3] == "012");  // and the folder that ls itself reads
  CHECK(lines[4] == "3");
  // But for those that the C library keeps for itself.
  CHECK_THAT(lines[5], Catch::StartsWith("SigIgn:") && Catch::EndsWith("0000000"));
  const std::string ids = lines[6].substr(lines[6].find_first_not_of(' '));
  CHECK(ids.substr(0, ids.find(' ')) == ids.substr(ids.find(' ') + 1));
  CHECK(lines[7] == "0022");
}

TEST_CASE("a command runs as its user, with that user's groups only") {
  REQUIRE(::geteuid() == 0);  // as the launcher is
  const passwd* nobody = ::getpwnam("nobody");
  REQUIRE(nobody != nullptr);
  World world({{"m", {"/usr/bin/id", "nobody"}}, {"e", {"/usr/bin/env", "nobody"}}});
  REQUIRE(world.starter->start("m"));
  REQUIRE(world.starter->start("e"));
  CHECK(world.logs("[launcher][end] /usr/bin/id: exit status 0"));
  CHECK(world.logs("[launcher][end] /usr/bin/env: exit status 0"));
  const std::string log = world.log();
  CHECK_THAT(log, Catch::Contains("uid=" + std::to_string(nobody->pw_uid) +
                                  "(nobody) gid=" + std::to_string(nobody->pw_gid)));
  CHECK(log.find("groups=0") == std::string::npos);
  CHECK_THAT(log, Catch::Contains("/usr/bin/env: USER=nobody"));
}

TEST_CASE("a command that writes without end fills neither memory nor the log's lines") {
  World world(
      {{"m", {"/bin/sh -c 'head -c 3000000 /dev/zero | tr \"\\\\0\" x; echo; printf \"\\033[2J\"'", ""}}});
  REQUIRE(world.starter->start("m"));
  CHECK(world.logs("[launcher][end]"));
  const std::string log = world.log();
  std::size_t longest = 0;
  for (std::size_t at = 0; at < log.size();) {
    const std::size_t end = std::min(log.find('\n', at), log.size());
    longest = std::max(longest, end - at);
    at = end + 1;
  }
  CHECK(longest < Launcher::kLongestLine + 300);
  CHECK(log.find('\x1b') == std::string::npos);
}

TEST_CASE("what was started outlives the manager, and what it writes does not end it") {
  net::TemporaryDirectory directory;
  const std::string go = directory.file("go"), done = directory.file("done");
  auto launched = start_launcher(launcher_process(),
                                 {{"m",
                                   {"/bin/sh -c 'until test -e " + go +
                                        "; do sleep 0.01; done; echo still here && echo yes > " + done + "'",
                                    ""}}});
  REQUIRE(launched);
  const std::string request = encode(Request{ToLauncher::launch, launched->commands["m"]});
  REQUIRE(::send(launched->channel.get(), request.data(), request.size(), 0) ==
          static_cast<ssize_t>(request.size()));
  char answer[64];
  REQUIRE(::read(launched->channel.get(), answer, sizeof answer) > 0);
  launched->channel = net::Descriptor();
  std::fclose(std::fopen(go.c_str(), "w"));
  int status = -1;
  CHECK(::waitpid(launched->pid, &status, 0) == launched->pid);
  CHECK(status == 0);
  CHECK(read_file(done) == "yes\n");
}

TEST_CASE("a reload's commands are not started by a launcher that does not know them, and the log says so") {
  World world({{"m", {"/bin/echo old", ""}}});
  config::Configuration configuration;
  configuration.security.privilege_mode = true;
  configuration.milters.resize(3);
  configuration.milters[0].name = "m";
  configuration.milters[0].command = "/bin/echo";
  configuration.milters[0].command_options = "new";
  configuration.milters[1].name = "without command";
  configuration.milters[2].name = "off";
  configuration.milters[2].command = "/bin/echo";
  configuration.milters[2].enabled = false;
  REQUIRE(world.starter->use(configuration));
  CHECK_THAT(world.log(), Catch::Contains("[launcher][changed]") && Catch::EndsWith("is started anew: m\n"));
  CHECK_FALSE(world.starter->start("m"));
  CHECK_FALSE(world.starter->start("without command"));
  CHECK_FALSE(world.starter->start("off"));
  configuration.milters[0].command_options = "old";
  REQUIRE(world.starter->use(configuration));
  CHECK(world.starter->start("m"));
  CHECK(world.logs("[launcher][start] /bin/echo old: m"));
  configuration.security.privilege_mode = false;
  REQUIRE(world.starter->use(configuration));
  CHECK_FALSE(world.starter->start("m"));
}

TEST_CASE("a launcher that dies is told of once, and nothing can be started") {
  net::TemporaryDirectory directory;
  auto launched = start_launcher(launcher_process(), {{"m", {"/bin/echo", ""}}});
  REQUIRE(launched);
  log::Settings settings;
  settings.use_syslog = false;
  settings.path = directory.file("log");
  log::Logger logger(settings);
  net::Loop loop;
  const pid_t pid = launched->pid;
  Starter starter(loop, logger, std::move(*launched), {});
  ::kill(pid, SIGKILL);
  run_until(loop, [&] { return !starter.start("m"); });
  logger.flush(std::chrono::seconds(30));
  const std::string log = read_file(directory.file("log"));
  const std::string told = "no milter can be started until the manager is started anew";
  CHECK(log.find(told) != std::string::npos);
  CHECK(log.find(told) == log.rfind(told));
}
