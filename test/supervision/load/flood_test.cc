// SPDX-License-Identifier: GPL-3.0-or-later
// More MTAs than the manager takes at once, and what it does for the next one.
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cerrno>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "core/control/client.h"
#include "core/net/connection_spec.h"
#include "core/net/descriptor.h"
#include "core/protocol/command.h"
#include "core/statistics/event.h"
#include "test/daemon/manager.h"
#include "test/daemon/peers.h"
#include "test/daemon/processes.h"

using namespace milter_manager;
namespace command = protocol::command;

namespace {

constexpr std::size_t kFlood = 5000;
constexpr int kMost = 500;

// Connections that negotiate and then say nothing; those for which the kernel's queue has no place are tried again by fill().
class Flood {
 public:
  explicit Flood(const std::string& path) {
    address_.sun_family = AF_UNIX;
    std::strncpy(address_.sun_path, path.c_str(), sizeof address_.sun_path - 1);
    protocol::encode(command::Negotiate{{6, 0, 0}}, greeting_);
  }
  std::size_t size() const { return connections_.size(); }
  // As many as there is place for.
  void fill() {
    while (connections_.size() < kFlood) {
      net::Descriptor one(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
      REQUIRE(one);
      if (::connect(one.get(), reinterpret_cast<const sockaddr*>(&address_), sizeof address_) != 0) {
        REQUIRE(errno == EAGAIN);
        return;
      }
      ::send(one.get(), greeting_.data(), greeting_.size(), MSG_NOSIGNAL);
      connections_.push_back(std::move(one));
    }
  }
  // The oldest go.
  void leave(std::size_t n) {
    connections_.erase(connections_.begin(),
                       connections_.begin() + static_cast<std::ptrdiff_t>(std::min(n, size())));
  }

 private:
  sockaddr_un address_{};
  std::string greeting_;
  std::vector<net::Descriptor> connections_;
};

nlohmann::json status_of(const Manager& manager) {
  const auto place = net::parse_connection_spec("unix:" + manager.file("control"));
  return nlohmann::json::parse(
      control::ask(*place, {control::CommandKind::get_status, ""}, std::chrono::seconds(100)).value().text);
}

}  // namespace

TEST_CASE(
    "five thousand connections where five hundred are taken: the others wait, and then all is as before") {
  rlimit files{16384, 16384};
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &files) == 0);
  const std::string workers = GENERATE("0", "4");
  CAPTURE(workers);
  Manager manager(
      "manager.n_workers = " + workers + "\nmanager.max_connections = " + std::to_string(kMost) +
      "\nlog.level = 'critical|error|warning'\ncontroller.connection_spec = \"unix:#{DIR}/control\"\n");
  const std::size_t processes = workers == "0" ? 1 : 4;
  REQUIRE(eventually([&] { return status_of(manager)["processes"].size() == processes; }));
  std::set<pid_t> serving = children_of(manager.pid());
  if (serving.empty()) serving = {manager.pid()};
  std::map<pid_t, std::size_t> descriptors;
  std::map<pid_t, long> memory;
  for (const pid_t one : serving) {
    descriptors[one] = descriptors_of(one);
    memory[one] = resident_of(one);
  }
  Flood flood(manager.socket());
  flood.fill();
  REQUIRE(eventually([&] {
    flood.fill();
    return status_of(manager)["sessions"]["open"] == kMost;
  }));
  CHECK(flood.size() > 2 * kMost);
  const auto status_in_flood = status_of(manager);
  for (const auto& process : status_in_flood["processes"]) CHECK(process["accepting"] == false);
  // All of them come, in the end.
  std::size_t gone = 0;
  CHECK(eventually([&] {
    flood.leave(kMost);
    gone += kMost;
    flood.fill();
    const int open = status_of(manager)["sessions"]["open"];
    CHECK(open <= kMost);
    return gone >= kFlood;
  }));
  flood.leave(kFlood);
  // Who comes behind them is served, and nothing is left of them.
  {
    Mta mta(manager.socket());
    CHECK(mta.ask(command::Connect{"client", command::Family::inet, 40000, "192.0.2.1"}) == 'a');
    mta.send(command::Quit{});
  }
  CHECK(eventually([&] { return status_of(manager)["sessions"]["open"] == 0; }));
  const auto status_afterwards = status_of(manager);
  for (const auto& process : status_afterwards["processes"]) CHECK(process["accepting"] == true);
  for (const pid_t one : serving) {
    CHECK(eventually([&] { return descriptors_of(one) <= descriptors[one] + 1; }));
    const long grown = resident_of(one) - memory[one];
    CAPTURE(grown);
    CHECK((kSanitized || grown < 16 * 1024));
  }
  const std::string log = manager.log();
  CHECK(count(log, "[client][accept][suspend]") >= 1);
  CHECK(count(log, "[client][accept][resume]") >= 1);
  CHECK(count(log, "[client][accept][error]") == 0);
  CHECK(manager.end().status == 0);
}

TEST_CASE("the supervisor's lines on milters' load are of all workers together") {
  const Folder folder;
  const Milter milter(folder.file("milter"), 'E', 'c');
  Manager manager(
      "manager.n_workers = 2\nlog.level = 'default|statistics'\ndefine_milter('m') { |m| "
      "m.connection_spec = 'unix:" +
      folder.file("milter") + "' }\n");
  constexpr int kMails = 40;
  const auto send_mail = [&] {
    Mta mta(manager.socket());
    mta.ask(command::Connect{"client", command::Family::inet, 40000, "192.0.2.1"});
    mta.ask(command::Helo{"client"});
    mta.ask(command::Mail{"<from@example.org>", {}});
    mta.ask(command::Recipient{"<to@example.net>", {}});
    mta.ask(command::Data{});
    mta.ask(command::EndOfHeader{});
    CHECK(mta.ask(command::EndOfMessage{}) != 0);
    mta.send(command::Quit{});
  };
  for (int i = 0; i < kMails; ++i) send_mail();
  // One that is open while the line is written, on one of the two.
  Mta open(manager.socket());
  open.ask(command::Connect{"client", command::Family::inet, 40000, "192.0.2.1"});
  open.ask(command::Helo{"client"});
  // A minute after the start.
  REQUIRE(eventually([&] { return manager.log().find("[milter][load]") != std::string::npos; }));
  const std::string log = manager.log();
  CHECK(count(log, "[milter][load]") == 1);
  const auto at = log.find("[milter][load]");
  const std::string line = log.substr(at, log.find('\n', at) - at);
  CAPTURE(line);
  std::string scratch;
  const auto event = statistics::parse(line, statistics::Escapes::literal, scratch);
  REQUIRE(event);
  const auto& load = std::get<statistics::MilterLoad>(*event);
  CHECK(load.name == "m");
  CHECK(load.messages == kMails);
  CHECK(load.open == 1);
  open.send(command::Quit{});
  // Each worker has a heartbeat of its own, and so has the supervisor.
  CHECK(eventually([&] { return count(manager.log(), "[heartbeat]") == 3; }));
  CHECK(manager.end().status == 0);
}
