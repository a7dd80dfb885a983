// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/proxy/world.h"

namespace milter_manager::proxy {

namespace command = protocol::command;
namespace reply = protocol::reply;

TEST_CASE("a mail passes through no, one and three milters") {
  for (const std::size_t milters : {0u, 1u, 3u}) {
    CAPTURE(milters);
    World world(milters);
    world.start();
    FakeMta mta(world.loop, world.mta_place());
    if (milters == 0) {
      mta.negotiate(0);
      CHECK(mta.ask(command::Connect{"client.example.org", command::Family::inet, 2525, "192.0.2.1"}) == 'a');
    } else {
      mta.begin_mail();
      CHECK(send_message(mta) == 'c');
    }
    mta.send(command::Quit{});
    world.wait_for_sessions(1);
    world.run_until([&] { return mta.is_closed(); });
    const auto log = world.log();
    CHECK(count(log, "[session][end]") == 1);
    CHECK(count(log, "[milter][end][end-of-message][pass]") == milters);
    CHECK(count(log, "[message][end][end-of-message][pass]") == (milters == 0 ? 0 : 1));
    CHECK(count(log, "[sessions][finished] 1(+1) 0\n") == 1);
    for (const auto& milter : world.milters) {
      REQUIRE(milter->sessions().size() == 1);
      CHECK(milter->sessions()[0]->kinds == "OCHMRTLNBEQ");
      CHECK(milter->sessions()[0]->body == "a body\r\n");
    }
  }
}

TEST_CASE("without message statistics the other lines remain") {
  World world;
  world.configuration.statistics.messages = false;
  world.configuration.statistics.start_lines = true;
  world.start();
  FakeMta mta(world.loop, world.mta_place());
  mta.begin_mail();
  CHECK(send_message(mta) == 'c');
  mta.send(command::Quit{});
  world.wait_for_sessions(1);
  const auto log = world.log();
  CHECK(count(log, "[session][start](") == 1);
  CHECK(count(log, "[milter][start](") == 1);
  CHECK(count(log, "[milter][end]") == 1);
  CHECK(count(log, "[message]") == 0);
}

TEST_CASE("what a milter changes reaches the MTA before the answer") {
  World world;
  world.milters[0]->script = [](MilterPeer& peer, protocol::Packet packet) {
    if (packet.kind() == 'E') peer.reply(reply::AddHeader{"X-Seen", "yes"});
    FakeMilter::obedient(peer, packet);
  };
  world.start();
  FakeMta mta(world.loop, world.mta_place());
  mta.begin_mail();
  CHECK(send_message(mta) == 'h');
  CHECK(mta.reply() == 'c');
}

TEST_CASE("milters are known before the first mail, so the MTA is spared what nobody wants") {
  World world;
  world.milters[0]->script = [](MilterPeer& peer, protocol::Packet packet) {
    if (packet.kind() == 'O') {
      peer.reply(reply::Negotiate{{6, 0, protocol::step::kNoBody | protocol::step::kNoHelo}, {}});
    } else {
      FakeMilter::obedient(peer, packet);
    }
  };
  world.start();
  world.run_until(
      [&] { return world.milters[0]->peers.size() == 1 && world.milters[0]->peers[0]->negotiated_by_probe; });
  FakeMta mta(world.loop, world.mta_place());
  mta.negotiate();
  CHECK((mta.told.steps & protocol::step::kNoBody) != 0);
  CHECK((mta.told.steps & protocol::step::kNoHelo) != 0);
  CHECK((mta.told.steps & protocol::step::kNoMail) == 0);
}

TEST_CASE("it makes no difference how the MTA's bytes are cut") {
  World world(2);
  world.start();
  const auto mail = whole_mail();
  std::string expected;
  for (const std::size_t piece : {mail.size(), std::size_t{1}, std::size_t{7}}) {
    CAPTURE(piece);
    FakeMta mta(world.loop, world.mta_place());
    std::size_t sent = 0;
    world.run_until([&] {
      if (sent < mail.size()) {
        mta.write(std::string_view(mail).substr(sent, piece));
        sent += piece;
      }
      return mta.is_closed();
    });
    std::string kinds;
    for (const auto& packet : mta.replies) kinds += packet[4];
    if (expected.empty()) expected = kinds;
    CHECK(kinds == expected);
    CHECK(kinds.front() == 'O');
    CHECK(kinds.size() == 10);
  }
  world.wait_for_sessions(3);
}

TEST_CASE("a big body goes whole to each milter, through memory or a spool file") {
  std::string body(3 * 1024 * 1024 + 17, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 31 + i / 253);
  for (const std::uint64_t memory : {64u << 20, 100u << 10, 1u}) {
    CAPTURE(memory);
    World world(3);
    world.configuration.manager.body_memory = memory;
    world.start();
    FakeMta mta(world.loop, world.mta_place());
    mta.begin_mail();
    CHECK(send_message(mta, body) == 'c');
    for (const auto& milter : world.milters) CHECK((milter->sessions()[0]->body == body));
    mta.send(command::Quit{});
    world.wait_for_sessions(1);
  }
}

TEST_CASE("a body that can't be spooled is no reason to lose the mail or to hang") {
  World world(2);
  world.configuration.manager.body_memory = 1;
  world.configuration.manager.fallback_status = config::FallbackStatus::temporary_failure;
  world.options.spool_directory = world.directory.file("missing");
  world.start();
  FakeMta mta(world.loop, world.mta_place());
  mta.begin_mail();
  CHECK(mta.ask(command::Data{}) == 'c');
  CHECK(mta.ask(command::EndOfHeader{}) == 'c');
  mta.send(command::Body{std::string(1000, 'x')});
  mta.send(command::EndOfMessage{});
  std::string kinds;
  while (kinds.find_first_of("ta") == kinds.npos && !mta.is_closed()) kinds += mta.reply();
  CHECK(kinds.back() == 't');
  mta.send(command::Quit{});
  world.wait_for_sessions(1);
}

TEST_CASE("an MTA that goes away at any byte leaves nothing behind") {
  World world(2);
  world.start();
  const auto mail = whole_mail();
  std::uint64_t sessions = 0;
  for (std::size_t size = 0; size < mail.size(); ++size) {
    CAPTURE(size);
    FakeMta mta(world.loop, world.mta_place());
    mta.write(std::string_view(mail).substr(0, size));
    mta.close();
    world.wait_for_sessions(++sessions);
  }
  const auto log = world.log();
  CHECK(count(log, "[session][end]") == sessions);
}

TEST_CASE("what is no packet closes the MTA's connection") {
  World world;
  world.start();
  for (const auto& bytes :
       {std::string(4, '\0'), std::string("\xff\xff\xff\xff", 4), std::string("\0\0\0\1!", 5)}) {
    FakeMta mta(world.loop, world.mta_place());
    mta.write(bytes);
    CHECK(mta.reply() == 0);
  }
  world.wait_for_sessions(3);
}

}  // namespace milter_manager::proxy
