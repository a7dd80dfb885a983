// SPDX-License-Identifier: GPL-3.0-or-later
#include <map>
#include <sstream>

#include "test/proxy/world.h"

namespace milter_manager::proxy {

namespace command = protocol::command;

namespace {

// A log's events, line by line; lines that are none are left out.
std::vector<statistics::Event> events_of(const std::string& log, std::vector<std::string>& scratches) {
  std::vector<statistics::Event> events;
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);) {
    scratches.push_back(line);
    std::string scratch;
    if (const auto event = statistics::parse(scratches.back(), statistics::Escapes::undone, scratch))
      events.push_back(*event);
  }
  return events;
}

}  // namespace

TEST_CASE("loads and heartbeats are written each minute") {
  CHECK(ServerOptions{}.heartbeat_interval == std::chrono::minutes(1));
}

TEST_CASE("an idle proxy tells of each milter, and that it lives") {
  World world(2);
  world.configuration.milters[0].name = "first";
  world.configuration.milters[1].name = "out of use";
  world.configuration.milters[1].enabled = false;
  world.options.heartbeat_interval = std::chrono::milliseconds(50);
  world.start();
  world.run_until([&] { return count(world.log(), "[heartbeat]") >= 2; });
  std::vector<std::string> scratches;
  scratches.reserve(1000);
  const auto events = events_of(world.log(), scratches);
  REQUIRE(events.size() >= 4);
  double epoch = 0;
  for (std::size_t i = 0; i < 4; i += 2) {
    auto load = std::get<statistics::MilterLoad>(events[i]);
    auto beat = std::get<statistics::Heartbeat>(events[i + 1]);
    CHECK(load.span > 0);
    CHECK(load.epoch == beat.epoch);
    CHECK(load.epoch > epoch);
    epoch = load.epoch;
    load.span = load.epoch = 0;
    statistics::MilterLoad idle;
    idle.name = "first";
    CHECK(load == idle);
    CHECK(beat.span > 0);
    CHECK(beat.lines == i + 1);  // those before it, of which its milters' are
    beat.span = beat.epoch = 0;
    beat.lines = 0;
    CHECK(beat == statistics::Heartbeat{});
  }
  // To the letter, but for the times.
  const auto text = world.log();
  CHECK(text.find("][0][0][0.000000][0][-][-][-][0][0][0]: first\n") != std::string::npos);
}

TEST_CASE("loads add up to what the milters did; each heartbeat counts the lines before it") {
  World world(4);  // one that answers, one that hangs, one that dies, one that nobody reaches
  world.configuration.milters[1].reading_timeout = std::chrono::milliseconds(100);
  world.milters[1]->script = [](MilterPeer& peer, protocol::Packet packet) {
    if (packet.kind() != 'M') FakeMilter::obedient(peer, packet);
  };
  world.milters[2]->script = [](MilterPeer& peer, protocol::Packet packet) {
    packet.kind() == 'H' ? peer.destroy() : FakeMilter::obedient(peer, packet);
  };
  world.milters[3].reset();
  world.options.heartbeat_interval = std::chrono::milliseconds(20);
  world.start();
  world.run_until([&] { return count(world.log(), "[milter][dead]") == 1; });
  constexpr std::uint64_t kSessions = 3;
  for (std::uint64_t i = 0; i < kSessions; ++i) {
    FakeMta mta(world.loop, world.mta_place());
    mta.begin_mail();
    CHECK(send_message(mta) == 'c');
    mta.send(command::Quit{});
    world.wait_for_sessions(i + 1);
  }
  FakeMta open(world.loop, world.mta_place());
  open.begin_mail();
  const auto beats = count(world.log(), "[heartbeat]");
  world.run_until([&] { return count(world.log(), "[heartbeat]") >= beats + 2; });

  struct Sum {
    std::uint64_t messages = 0, errors = 0, timeouts = 0, busy_max = 0, open = 0, busy = 0;
    bool quantiles = false;
  };
  std::map<std::string, Sum> sums;
  std::vector<std::string> scratches;
  scratches.reserve(10000);
  std::uint64_t lines = 0;
  statistics::Heartbeat last;
  for (const auto& event : events_of(world.log(), scratches)) {
    if (const auto* load = std::get_if<statistics::MilterLoad>(&event)) {
      auto& sum = sums[std::string(load->name)];
      sum.messages += load->messages;
      sum.errors += load->errors;
      sum.timeouts += load->timeouts;
      sum.busy_max = std::max(sum.busy_max, load->busy_max);
      sum.open = load->open;
      sum.busy = load->busy;
      CHECK(load->p50.has_value() == (load->messages > 0));
      CHECK(load->p99.has_value() == (load->messages > 0));
      CHECK(load->busy_mean <= static_cast<double>(load->busy_max));
      if (load->messages > 0) CHECK(*load->p50 <= *load->p99);
    } else if (const auto* beat = std::get_if<statistics::Heartbeat>(&event)) {
      CHECK(beat->lines == lines);
      last = *beat;
    }
    ++lines;
  }
  REQUIRE(sums.size() == 4);
  const auto check = [&](const char* name, std::uint64_t errors, std::uint64_t timeouts,
                         std::uint64_t busy_max, std::uint64_t still_open) {
    CAPTURE(name);
    const Sum& sum = sums[name];
    CHECK(sum.messages == kSessions);
    CHECK(sum.errors == errors);
    CHECK(sum.timeouts == timeouts);
    CHECK(sum.busy_max == busy_max);
    CHECK(sum.open == still_open);
    CHECK(sum.busy == 0);
  };
  check("milter0", 0, 0, 1, 1);
  check("milter1", kSessions + 1, kSessions + 1, 1, 0);
  check("milter2", kSessions + 1, 0, 1, 0);
  check("milter3", kSessions + 1, 0, 0, 0);
  CHECK(last.sessions == kSessions);
  CHECK(last.open == 1);
  CHECK(last.children == 1);
  CHECK(last.dropped == 0);
}

}  // namespace milter_manager::proxy
