// SPDX-License-Identifier: GPL-3.0-or-later
#include <sys/socket.h>

#include "test/proxy/world.h"

namespace milter_manager::proxy {

namespace command = protocol::command;
namespace reply = protocol::reply;

namespace {

// Sends a whole mail at once and gives the kinds of the answers.
std::string mail_answers(World& world, const std::string& mail = whole_mail()) {
  FakeMta mta(world.loop, world.mta_place());
  mta.write(mail);
  world.run_until([&] { return mta.is_closed(); });
  std::string kinds;
  for (const auto& packet : mta.replies) kinds += packet[4];
  return kinds;
}

}  // namespace

TEST_CASE("a milter that dies at any command has its fallback counted, and the mail goes on") {
  for (const char stage : std::string_view("OCHMRTLNBE")) {
    for (const auto fallback : {config::FallbackStatus::accept, config::FallbackStatus::temporary_failure}) {
      CAPTURE(stage, fallback);
      World world(2);
      world.configuration.milters[0].fallback_status = fallback;
      world.milters[0]->script = [stage](MilterPeer& peer, protocol::Packet packet) {
        if (packet.kind() == stage) {
          peer.destroy();
        } else {
          FakeMilter::obedient(peer, packet);
        }
      };
      world.start();
      const auto kinds = mail_answers(world);
      const bool passes = fallback == config::FallbackStatus::accept;
      CHECK((kinds.find('t') == kinds.npos) == passes);
      if (passes) CHECK(kinds == "Occccccccc");
      world.wait_for_sessions(1);
      CHECK(world.log().find("[error]") != std::string::npos);
    }
  }
}

TEST_CASE("a milter that hangs at any command is waited for only so long") {
  for (const char stage : std::string_view("OCHMRTLNBE")) {
    CAPTURE(stage);
    World world(2);
    world.configuration.milters[0].reading_timeout = std::chrono::milliseconds(20);
    world.configuration.milters[0].end_of_message_timeout = std::chrono::milliseconds(20);
    world.milters[0]->script = [stage](MilterPeer& peer, protocol::Packet packet) {
      if (packet.kind() != stage) FakeMilter::obedient(peer, packet);
    };
    world.start();
    CHECK(mail_answers(world) == "Occccccccc");
    world.wait_for_sessions(1);
    REQUIRE(world.milters[1]->sessions().size() == 1);
    CHECK(world.milters[1]->sessions()[0]->kinds == "OCHMRTLNBEQ");
  }
}

TEST_CASE("a milter's nonsense is its own failure") {
  for (const auto& nonsense :
       {std::string("\xff\xff\xff\xff", 4), std::string(4, '\0'), std::string("\0\0\0\1?", 5)}) {
    World world(2);
    world.milters[0]->script = [&](MilterPeer& peer, protocol::Packet packet) {
      if (packet.kind() == 'M') {
        peer.write_raw(nonsense);
      } else {
        FakeMilter::obedient(peer, packet);
      }
    };
    world.start();
    CHECK(mail_answers(world) == "Occccccccc");
    world.wait_for_sessions(1);
  }
}

TEST_CASE("a milter's answers may come a byte at a time") {
  World world;
  world.milters[0]->script = [](MilterPeer& peer, protocol::Packet packet) {
    peer.one_byte_at_a_time = true;
    FakeMilter::obedient(peer, packet);
  };
  world.start();
  CHECK(mail_answers(world) == "Occccccccc");
}

TEST_CASE("a dead milter costs nothing, and is found when it is alive again") {
  World world(2);
  world.milters[0].reset();
  world.start();
  CHECK(mail_answers(world) == "Occccccccc");
  CHECK(mail_answers(world) == "Occccccccc");
  world.wait_for_sessions(2);
  CHECK(world.log().find("[milter][dead] " + world.milter_place(0) +
                         ": No such file or directory: milter0\n") != std::string::npos);
  world.milters[0] = std::make_unique<FakeMilter>(world.loop, world.milter_place(0));
  world.run_until([&] { return world.log().find("[milter][alive]") != std::string::npos; });
  CHECK(mail_answers(world) == "Occccccccc");
  REQUIRE(world.milters[0]->sessions().size() == 1);
  CHECK(world.milters[0]->sessions()[0]->kinds == "OCHMRTLNBEQ");
}

TEST_CASE("a milter whose accept queue is full is waited for, and is not dead") {
  World world;
  world.milters[0].reset();
  auto socket = net::open_listening_socket(spec(world.milter_place(0)));
  REQUIRE(socket);
  REQUIRE(::listen(socket->get(), 0) == 0);
  // One fills the queue; the probe has to wait, and so has the session.
  struct Nobody : net::StreamEvents {
    void received(std::string_view) override {}
    void ended() override {}
    void failed(const net::StreamError&) override {}
  } nobody;
  const net::Stream filler(world.loop, spec(world.milter_place(0)), nobody);
  world.start();
  FakeMta mta(world.loop, world.mta_place());
  mta.negotiate();
  mta.send(command::Connect{"client.example.org", command::Family::inet, 2525, "192.0.2.1"});
  world.run_until([&] { return world.log().find("[milter][probe]") != std::string::npos; });
  CHECK(mta.replies.empty());
  std::vector<std::unique_ptr<MilterPeer>> peers;
  const MilterPeer::Script script = FakeMilter::obedient;
  const net::Listener listener(world.loop, std::move(*socket), [&](net::Descriptor accepted) {
    peers.push_back(std::make_unique<MilterPeer>(world.loop, std::move(accepted), script));
  });
  CHECK(mta.reply() == 'c');
  CHECK(world.log().find("[milter][dead]") == std::string::npos);
}

TEST_CASE("in privilege mode the session that has a milter started waits for it") {
  World world;
  world.milters[0].reset();
  world.configuration.security.privilege_mode = true;
  world.configuration.milters[0].command = "/usr/sbin/milter0";
  std::string started;
  world.options.start_milter = [&](const config::Milter& milter) {
    started = milter.name;
    return true;
  };
  world.start();
  // The probe is not mail: it starts nothing, so the milter dies once it is known to be alive.
  world.run_until([&] { return world.log().find("[milter][dead]") != std::string::npos; });
  CHECK(started.empty());
  world.milters[0] = std::make_unique<FakeMilter>(world.loop, world.milter_place(0));
  world.run_until([&] { return world.log().find("[milter][alive]") != std::string::npos; });
  world.milters[0].reset();
  FakeMta mta(world.loop, world.mta_place());
  mta.negotiate();
  mta.send(command::Connect{"client.example.org", command::Family::inet, 2525, "192.0.2.1"});
  world.run_until([&] { return started == "milter0"; });
  CHECK(mta.replies.empty());
  world.milters[0] = std::make_unique<FakeMilter>(world.loop, world.milter_place(0));
  CHECK(mta.reply() == 'c');
  REQUIRE(world.milters[0]->sessions().size() >= 1);
}

TEST_CASE(
    "in privilege mode mail starts a milter that was found dead without mail, but not again and again") {
  World world;
  world.milters[0].reset();
  world.configuration.security.privilege_mode = true;
  world.configuration.milters[0].command = "/usr/sbin/milter0";
  int started = 0;
  world.options.start_milter = [&](const config::Milter&) { return ++started > 0; };
  world.start();
  world.run_until([&] { return world.log().find("[milter][dead]") != std::string::npos; });
  CHECK(started == 0);
  const auto connect = [](FakeMta& mta) {
    mta.negotiate();
    mta.send(command::Connect{"client.example.org", command::Family::inet, 2525, "192.0.2.1"});
  };
  FakeMta first(world.loop, world.mta_place());
  connect(first);
  world.run_until([&] { return started == 1; });
  FakeMta second(world.loop, world.mta_place());
  connect(second);
  CHECK(second.reply() == 'a');  // its fallback: nobody is asked to start it a second time
  CHECK(first.replies.empty());
  world.milters[0] = std::make_unique<FakeMilter>(world.loop, world.milter_place(0));
  CHECK(first.reply() == 'c');
  CHECK(world.milters[0]->sessions().size() == 1);
  CHECK(started == 1);
}

}  // namespace milter_manager::proxy
