// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/control/ctl.h"

#include <catch2/catch.hpp>
#include <thread>

#include "core/control/controller.h"
#include "core/control/presentation.h"
#include "core/control/status.h"
#include "test/fake_manager/fake_manager.h"
#include "test/net/world.h"

using namespace milter_manager;
using namespace milter_manager::control;

namespace {

constexpr double kNow = 1'700'003'661;

std::string example_status() {
  return status_json(example_snapshot(), example_configuration(), "3.0.0", kNow);
}

// A manager on a thread of its own, and milter-managerctl beside it.
class World {
 public:
  World() : thread_([this] { serve(); }) {
    while (!ready_) std::this_thread::yield();
  }
  ~World() {
    loop_.post([this] { loop_.stop(); });
    thread_.join();
  }

  int ctl(std::vector<std::string> arguments) {
    out.clear();
    err.clear();
    CtlWorld world;
    world.print = [this](std::string_view text) { out += text; };
    world.print_error = [this](std::string_view text) { err += text; };
    world.sleep = [this](std::chrono::duration<double> time) { slept.push_back(time.count()); };
    world.default_place = "unix:" + directory.file("sock");
    return run_ctl(arguments, world);
  }

  net::TemporaryDirectory directory;
  std::string out, err;
  std::vector<double> slept;
  std::atomic<bool> refuses{false};
  std::atomic<int> stopped{0};

 private:
  void serve() {
    log::Logger logger(silent());
    FakeManager manager(loop_);
    auto configuration = example_configuration();
    configuration.controller.connection_spec = "unix:" + directory.file("sock");
    manager.configured = std::make_shared<const config::Configuration>(configuration);
    manager.snapshot = example_snapshot();
    manager.folders = {directory.file(".")};
    net::Timer look(loop_, [&] {
      manager.outcome = refuses ? Result<void>(failure("milter-manager.conf:1: error: no")) : Result<void>();
      stopped = static_cast<int>(manager.stopped.size());
    });
    look.start_every(std::chrono::milliseconds(1));
    Controller controller(loop_, logger, manager, "3.0.0");
    if (controller.use(*manager.configured)) ready_ = true;
    loop_.run();
  }

  net::Loop loop_;
  std::atomic<bool> ready_{false};
  std::thread thread_;
};

}  // namespace

TEST_CASE("what milter-managerctl shows of a status is as in the manual") {
  check_golden(TEST_SOURCE_DIR "/golden/status.json", example_status());
  check_golden(TEST_SOURCE_DIR "/golden/status.txt", show_status(example_status(), kNow).value());
  check_golden(TEST_SOURCE_DIR "/golden/milters.txt", show_milters(example_status(), kNow).value());
  supervision::Snapshot before = example_snapshot();
  before.sessions_finished -= 20;
  before.measurements = before.processes[0].measurements;
  const std::string old = status_json(before, example_configuration(), "3.0.0", kNow - 2);
  check_golden(TEST_SOURCE_DIR "/golden/rates.txt", show_rates(example_status(), old, 2).value());
}

TEST_CASE("a status of another manager is shown as far as it goes") {
  for (const char* text : {"{\"milters\": []}", "{\"milters\": [1, {}, {\"name\": 7}], \"sessions\": 3}",
                           "{\"milters\": [{\"name\": \"x\", \"verdicts\": {\"reject\": \"many\"}, \"wait\": "
                           "[]}], \"processes\": {}}"}) {
    CAPTURE(text);
    CHECK(show_status(text, kNow));
    CHECK(show_milters(text, kNow));
    CHECK(show_rates(text, "[]", 1));
    CHECK(show_rates(text, text, 0));
  }
  // "FIXME" is all that older managers say of their status.
  for (const char* text : {"", "FIXME", "[]", "{}", "{\"milters\": 1}"}) {
    CAPTURE(text);
    CHECK(show_status(text, kNow).error().message == "the manager's answer is no status");
    CHECK_FALSE(show_rates(text, "", 1));
  }
}

TEST_CASE("nothing that a manager tells reaches the terminal raw") {
  const std::string text =
      "{\"version\": \"\\u001b[2J\", \"milters\": [{\"name\": \"a\\nb\", \"state\": \"\\u0007\", "
      "\"last_error\": \"\\u001b]0;x\"}]}";
  const std::string shown = show_status(text, kNow).value();
  CHECK(shown.find('\x1b') == std::string::npos);
  CHECK(shown.find('\x07') == std::string::npos);
  CHECK_THAT(shown, Catch::Contains("a\\x0ab"));
}

TEST_CASE("times are told as people tell them") {
  CHECK(duration_text(0) == "00:00:00");
  CHECK(duration_text(86399.9) == "23:59:59");
  CHECK(duration_text(3 * 86400 + 4 * 3600 + 5 * 60 + 6) == "3 d 04:05:06");
  CHECK(wait_text(-1) == "-");
  CHECK(wait_text(0.00085) == "850 µs");
  CHECK(wait_text(0.0123) == "12 ms");
  CHECK(wait_text(1.46) == "1.5 s");
  CHECK(wait_text(290) == "290 s");
}

TEST_CASE("milter-managerctl does what it is asked, or says why not") {
  World world;
  CHECK(world.ctl({"reload"}) == 0);
  CHECK(world.out + world.err == "");
  CHECK(world.ctl({"status"}) == 0);
  CHECK_THAT(world.out, Catch::StartsWith("milter-manager 3.0.0, pid 1000"));
  CHECK(world.ctl({"status", "--json"}) == 0);
  CHECK_THAT(world.out, Catch::StartsWith("{\n  \"version\": \"3.0.0\""));
  CHECK(world.ctl({"milters"}) == 0);
  CHECK_THAT(world.out, Catch::StartsWith("MILTER "));
  CHECK(world.ctl({"config"}) == 0);
  CHECK_THAT(world.out, Catch::StartsWith("<configuration>"));
  CHECK(world.ctl({"stop-child", "milter-greylist"}) == 0);
  CHECK(world.ctl({"top", "-n", "3", "--interval", "0.5"}) == 0);
  CHECK(world.slept == std::vector<double>{0.5, 0.5});
  CHECK_THAT(world.out, Catch::Contains("MESSAGES/s"));

  world.refuses = true;
  CHECK(world.ctl({"stop-child", "x"}) == 1);
  while (world.stopped < 2) std::this_thread::yield();
  CHECK(world.ctl({"reload"}) == 1);
  CHECK(world.err == "milter-managerctl: milter-manager.conf:1: error: no\n");
}

TEST_CASE("milter-managerctl sends a file") {
  World world;
  const std::string file = world.directory.file("new.xml");
  {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> written(std::fopen(file.c_str(), "w"),
                                                                  &std::fclose);
    REQUIRE(written);
    std::fputs("<configuration/>\n", written.get());
  }
  CHECK(world.ctl({"set-config", file}) == 0);
  CHECK(read_file(world.directory.file("milter-manager.custom.conf")) == "<configuration/>\n");
  CHECK(world.ctl({"set-config", world.directory.file("missing")}) == 1);
  CHECK(world.err ==
        "milter-managerctl: " + world.directory.file("missing") + ": No such file or directory\n");
}

TEST_CASE("a manager that is not there is told of") {
  World world;
  CHECK(world.ctl({"-s", "unix:" + world.directory.file("none"), "status"}) == 1);
  CHECK(world.err == "milter-managerctl: can't reach the manager at unix:" + world.directory.file("none") +
                         ": No such file or directory\n");
  CHECK(world.ctl({"-s", "nonsense", "status"}) == 1);
  CHECK(world.err == "milter-managerctl: spec doesn't have colon: <nonsense>\n");
}

TEST_CASE("a wrong command line of milter-managerctl is told") {
  World world;
  CHECK(world.ctl({}) > 1);
  CHECK_THAT(world.err, Catch::Contains("subcommand is required"));
  CHECK(world.ctl({"stop-child"}) > 1);
  CHECK(world.ctl({"status", "--jsn"}) > 1);
  CHECK(world.ctl({"--timeout", "0", "status"}) > 1);
  CHECK(world.ctl({"--version"}) == 0);
  CHECK(world.out == "milter-managerctl " MILTER_MANAGER_VERSION "\n");
  CHECK(world.ctl({"top", "--help"}) == 0);
  CHECK_THAT(world.out, Catch::Contains("milter-managerctl top"));
}
