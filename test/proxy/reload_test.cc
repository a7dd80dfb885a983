// SPDX-License-Identifier: GPL-3.0-or-later
#include <poll.h>

#include "test/proxy/world.h"

namespace milter_manager::proxy {

namespace command = protocol::command;

namespace {

const command::Connect kConnect{"client.example.org", command::Family::inet, 2525, "192.0.2.1"};

void reload(World& world) { world.server->use(std::make_shared<config::Configuration>(world.configuration)); }

}  // namespace

TEST_CASE("no milter is contacted before the loop runs") {
  World world;
  world.milters[0].reset();
  auto socket = net::open_listening_socket(spec(world.milter_place(0)));
  REQUIRE(socket);
  world.start();
  reload(world);
  pollfd contact{socket->get(), POLLIN, 0};
  CHECK(poll(&contact, 1, 0) == 0);
  world.run_until([&] { return poll(&contact, 1, 0) == 1; });
}

TEST_CASE("a milter known to be dead is told of once, whatever is reloaded") {
  World world(2);
  world.milters[0].reset();
  world.start();
  world.run_until([&] { return count(world.log(), "[milter][dead]") == 1; });
  for (int i = 0; i < 3; ++i) {
    reload(world);
    FakeMta mta(world.loop, world.mta_place());
    mta.negotiate();
    CHECK(mta.ask(kConnect) == 'c');
    mta.send(command::Quit{});
    world.wait_for_sessions(static_cast<std::uint64_t>(i) + 1);
  }
  CHECK(count(world.log(), "[milter][dead]") == 1);
  // Its place changes: that is another milter.
  world.configuration.milters[0].connection_spec = world.milter_place(7);
  reload(world);
  world.run_until([&] { return count(world.log(), "[milter][dead]") == 2; });
  CHECK(count(world.log(), "[milter][dead] " + world.milter_place(7)) == 1);
}

TEST_CASE("a session that outlives its configuration reaches a milter that has come alive since") {
  for (const bool is_kept : {true, false}) {
    CAPTURE(is_kept);
    World world(2);
    world.milters[0].reset();
    world.start();
    world.run_until([&] { return count(world.log(), "[milter][dead]") == 1; });
    FakeMta mta(world.loop, world.mta_place());
    mta.negotiate();
    auto changed = world.configuration;
    if (!is_kept) changed.milters.erase(changed.milters.begin());
    world.server->use(std::make_shared<config::Configuration>(changed));
    world.milters[0] = std::make_unique<FakeMilter>(world.loop, world.milter_place(0));
    if (is_kept) world.run_until([&] { return count(world.log(), "[milter][alive]") == 1; });
    CHECK(mta.ask(kConnect) == 'c');
    CHECK(world.milters[0]->sessions().size() == 1);
  }
}

TEST_CASE("what is known of a milter survives the reload, and is asked anew") {
  World world;
  world.milters[0]->script = [](MilterPeer& peer, protocol::Packet packet) {
    if (packet.kind() == 'O') {
      peer.reply(protocol::reply::Negotiate{{6, 0, protocol::step::kNoHelo}, {}});
    } else {
      FakeMilter::obedient(peer, packet);
    }
  };
  world.start();
  const auto probes = [&] {
    std::size_t count = 0;
    for (const auto& peer : world.milters[0]->peers) count += peer->negotiated_by_probe ? 1 : 0;
    return count;
  };
  world.run_until([&] { return probes() == 1; });
  reload(world);
  // Before the second probe has an answer.
  FakeMta mta(world.loop, world.mta_place());
  mta.negotiate();
  CHECK((mta.told.steps & protocol::step::kNoHelo) != 0);
  world.run_until([&] { return probes() == 2; });
}

}  // namespace milter_manager::proxy
