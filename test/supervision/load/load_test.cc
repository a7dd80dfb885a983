// SPDX-License-Identifier: GPL-3.0-or-later
// What happens to mail while workers are killed and configurations change.
#include <signal.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "core/control/client.h"
#include "core/net/connection_spec.h"
#include "test/daemon/manager.h"
#include "test/daemon/peers.h"
#include "test/daemon/processes.h"
#include "test/supervision/load/traffic.h"

using namespace milter_manager;

namespace {

// A manager with one milter that takes everything, and a controller.
class World {
 public:
  explicit World(const std::string& more)
      : milter_(folder_.file("milter"), 'E', 'c'), more_(more), manager_(configuration()) {}

  Manager& manager() { return manager_; }
  std::string configuration(const std::string& last = "") const {
    return more_ + "controller.connection_spec = 'unix:" + folder_.file("control") +
           "'\ndefine_milter('m') { |m| m.connection_spec = 'unix:" + folder_.file("milter") + "' }\n" + last;
  }
  int mails_at_milter() const { return milter_.asked(); }

  control::Reply ask(control::CommandKind kind, const std::string& text = "") const {
    const auto place = net::parse_connection_spec("unix:" + folder_.file("control"));
    const auto reply = control::ask(*place, {kind, text}, std::chrono::seconds(100));
    if (!reply) FAIL(reply.error().message);
    return *reply;
  }
  void reload() const {
    const auto reply = ask(control::CommandKind::reload);
    CHECK(reply.text == "");
    CHECK(reply.kind == control::ReplyKind::success);
  }
  nlohmann::json status() const { return nlohmann::json::parse(ask(control::CommandKind::get_status).text); }
  bool all_serve(std::size_t workers) const {
    return eventually([&] { return status().at("processes").size() == workers; });
  }

 private:
  Folder folder_;
  Milter milter_;
  const std::string more_;
  Manager manager_;
};

}  // namespace

TEST_CASE("when workers are killed under load, the others serve and new ones take their places") {
  constexpr std::size_t kWorkers = 4;
  constexpr int kMtas = 8, kKills = 12;
  World world("manager.n_workers = 4\n");
  REQUIRE(world.all_serve(kWorkers));
  Traffic traffic({world.manager().socket()}, kMtas);
  std::uint64_t finished = 0;
  for (int i = 0; i < kKills; ++i) {
    const int before = traffic.delivered();
    REQUIRE(eventually([&] { return traffic.delivered() >= before + 50; }));
    const std::set<pid_t> workers = children_of(world.manager().pid());
    ::kill(*std::next(workers.begin(), i % static_cast<int>(workers.size())), SIGKILL);
    // What is told never goes back, whoever has counted it.
    const auto now = world.status().at("sessions").at("finished").get<std::uint64_t>();
    CHECK(now >= finished);
    finished = now;
  }
  traffic.stop();
  CAPTURE(traffic.delivered(), traffic.broken());
  CHECK(traffic.refused() == 0);
  CHECK(traffic.answered_otherwise() == 0);
  CHECK(traffic.broken() <= kKills * kMtas);
  CHECK(eventually([&] { return children_of(world.manager().pid()).size() == kWorkers; }));
  CHECK(world.status().at("worker_restarts") == kKills);
  // Of a killed worker, what it did in its last quarter of a second may be missing; nothing is counted twice.
  REQUIRE(eventually([&] { return world.status().at("sessions").at("open") == 0; }));
  const auto counted = world.status().at("sessions").at("finished").get<int>();
  CHECK(counted <= traffic.delivered() + traffic.broken());
  CHECK(counted > 0);
  CHECK(world.manager().end().status == 0);
}

TEST_CASE("reloads under load lose no session, and leave nothing behind") {
  const std::string workers = GENERATE("", "manager.n_workers = 2\n");
  const int reloads = kSanitized ? 40 : 1000;
  CAPTURE(workers);
  World world("log.level = 'error'\n" + workers);
  Traffic traffic({world.manager().socket()}, 2);
  std::set<pid_t> processes = children_of(world.manager().pid());
  processes.insert(world.manager().pid());
  std::map<pid_t, long> before;
  std::map<pid_t, std::size_t> descriptors;
  for (int i = 0; i < reloads + 50; ++i) {
    if (i == 50) {
      for (const pid_t one : processes) before[one] = resident_of(one);
    }
    world.reload();
    if (i % 20 != 0) continue;
    const int delivered = traffic.delivered();
    REQUIRE(eventually([&] { return traffic.delivered() > delivered; }));
  }
  for (const auto& [one, kilobytes] : before) {
    const long grown = resident_of(one) - kilobytes;
    CAPTURE(kilobytes, grown, command_line_of(one));
    CHECK((kSanitized || grown <= 2048));
  }
  traffic.stop();
  CHECK(traffic.refused() == 0);
  CHECK(traffic.broken() == 0);
  CHECK(traffic.answered_otherwise() == 0);
  // Every mail has passed the milter, whichever configuration it came upon.
  CHECK(world.mails_at_milter() == traffic.delivered());
  CHECK(world.manager().end().status == 0);
}

TEST_CASE("the manager moves to other sockets under load and refuses nobody") {
  const std::string workers = GENERATE("", "manager.n_workers = 3\n");
  CAPTURE(workers);
  const Folder folder;
  Milter milter(folder.file("milter"), 'E', 'c');
  const auto configure = [&](const std::string& socket) {
    folder.write("milter-manager.conf",
                 "log.use_syslog = false\nlog.path = '" + folder.file("log") + "'\n" + workers +
                     "manager.connection_spec = 'unix:" + folder.file(socket) + "'\n" +
                     "controller.connection_spec = 'unix:" + folder.file("control") + "'\n" +
                     "define_milter('m') { |m| m.connection_spec = 'unix:" + folder.file("milter") + "' }\n");
  };
  configure("0");
  Program program({"-c", folder.path(), "--pid-file", folder.file("pid"), "-u", std::to_string(::getuid()),
                   "-g", std::to_string(::getgid())});
  REQUIRE(eventually([&] { return !read_file(folder.file("pid")).empty(); }));
  Traffic traffic({folder.file("0")}, 4);
  const auto place = net::parse_connection_spec("unix:" + folder.file("control"));
  for (int i = 1; i <= 20; ++i) {
    const int before = traffic.delivered();
    REQUIRE(eventually([&] { return traffic.delivered() >= before + 20; }));
    // Three places in turn: sometimes one where it listens still, sometimes one where it does no more.
    const std::string next = std::to_string(i % 3);
    configure(next);
    const auto reply = control::ask(*place, {control::CommandKind::reload, ""}, std::chrono::seconds(100));
    REQUIRE(reply);
    CHECK(reply->kind == control::ReplyKind::success);
    traffic.go_to({folder.file(next)});
  }
  // Where it was before, nobody is found in the end, and no file is left.
  CHECK(eventually([&] { return ::access(folder.file("1").c_str(), F_OK) != 0; }));
  traffic.stop();
  CHECK(traffic.refused() == 0);
  CHECK(traffic.broken() == 0);
  CHECK(traffic.answered_otherwise() == 0);
  CHECK(milter.asked() == traffic.delivered());
  program.signal(SIGTERM);
  CHECK(program.wait().status == 0);
}

TEST_CASE("fifty workers serve, and end together") {
  constexpr std::size_t kWorkers = kSanitized ? 8 : 50;  // the sanitizers' memory is not the manager's
  World world("manager.n_workers = " + std::to_string(kWorkers) + "\nlog.level = 'error|statistics'\n");
  REQUIRE(world.all_serve(kWorkers));
  Traffic traffic({world.manager().socket()}, 16);
  REQUIRE(eventually([&] { return traffic.delivered() >= 1000; }));
  traffic.stop();
  CHECK(traffic.broken() + traffic.refused() + traffic.answered_otherwise() == 0);
  REQUIRE(eventually([&] { return world.status().at("sessions").at("finished") == traffic.delivered(); }));
  REQUIRE(world.manager().end().status == 0);
  // Every session is in the log, and tags are unique in the whole manager.
  const std::string log = read_file(world.manager().file("log"));
  std::set<std::string> tags;
  int sessions = 0;
  for (auto at = log.find("[session][end]"); at != log.npos; at = log.find("[session][end]", at + 1)) {
    const auto begin = log.find('(', at);
    tags.insert(log.substr(begin, log.find(')', begin) - begin));
    ++sessions;
  }
  CHECK(sessions == traffic.delivered());
  CHECK(static_cast<int>(tags.size()) == sessions);
}
