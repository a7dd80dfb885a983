// SPDX-License-Identifier: GPL-3.0-or-later
// What milter proxies have been seen to do wrong on their sockets, a case each. More of it is in failure_test.cc
// (milters that die, hang or talk nonsense at each command) and mail_test.cc (bytes cut anywhere, edits).
#include "test/proxy/world.h"

namespace milter_manager::proxy {

namespace command = protocol::command;
namespace reply = protocol::reply;

namespace {

const command::Connect kConnect{"client.example.org", command::Family::inet, 2525, "192.0.2.1"};

std::string packet_of(const protocol::Command& sent) {
  std::string bytes;
  protocol::encode(sent, bytes);
  return bytes;
}

// A packet of any kind and payload.
std::string raw_packet(char kind, std::string_view payload) {
  std::string bytes;
  protocol::append_packet(bytes, kind, payload);
  return bytes;
}

FakeMilter::Script rejecting(char at) {
  return [at](MilterPeer& peer, protocol::Packet packet) {
    if (packet.kind() == at) {
      peer.reply(reply::Reject{});
    } else {
      FakeMilter::obedient(peer, packet);
    }
  };
}

}  // namespace

TEST_CASE("a dead milter's fallback is its answer to CONNECT, and bypasses no milter that lives") {
  struct Case {
    config::FallbackStatus fallback;
    bool alone;
    char answer;
  };
  using Fallback = config::FallbackStatus;
  for (const auto& [fallback, alone, answer] :
       {Case{Fallback::accept, false, 'r'}, Case{Fallback::accept, true, 'a'},
        Case{Fallback::temporary_failure, false, 't'}, Case{Fallback::temporary_failure, true, 't'},
        Case{Fallback::reject, false, 'r'}, Case{Fallback::reject, true, 'r'}}) {
    CAPTURE(static_cast<int>(fallback), alone);
    World world(alone ? 1 : 2);
    world.milters[0].reset();
    if (!alone) world.milters[1]->script = rejecting('C');
    world.configuration.milters[0].fallback_status = fallback;
    world.start();
    FakeMta mta(world.loop, world.mta_place());
    mta.negotiate();
    CHECK(mta.ask(kConnect) == answer);
    mta.send(command::Quit{});
    world.wait_for_sessions(1);
  }
}

TEST_CASE("a milter that hangs or dies in the header does not let the mail bypass another one") {
  for (const char stage : std::string_view("LNB")) {
    for (const bool dies : {false, true}) {
      CAPTURE(stage, dies);
      World world(2);
      world.configuration.milters[0].reading_timeout = std::chrono::milliseconds(20);
      world.milters[0]->script = [&](MilterPeer& peer, protocol::Packet packet) {
        if (packet.kind() != stage) {
          FakeMilter::obedient(peer, packet);
        } else if (dies) {
          peer.destroy();
        }
      };
      world.milters[1]->script = rejecting('E');
      world.start();
      FakeMta mta(world.loop, world.mta_place());
      mta.begin_mail();
      CHECK(send_message(mta) == 'r');
      mta.send(command::Quit{});
      world.wait_for_sessions(1);
    }
  }
}

TEST_CASE("what the MTA may not say closes its connection, at once and without an answer to it") {
  using namespace std::string_literals;
  const std::string negotiation = packet_of(command::Negotiate{{6, protocol::action::kAll, 0}});
  const std::string connect = packet_of(kConnect), helo = packet_of(command::Helo{"client"});
  const std::string mail = packet_of(command::Mail{"<from@example.org>", {}});
  struct Case {
    const char* what;
    std::string before;
    std::string bytes;
  };
  const Case cases[] = {
      {"no length", negotiation, std::string(4, '\0')},
      {"the greatest length", negotiation, "\xff\xff\xff\xff"s},
      {"the greatest length before the negotiation", "", "\xff\xff\xff\xff"s + "O"},
      {"a length with the sign's bit", negotiation, "\x80\0\0\1C"s},
      {"more than a packet may have", negotiation, "\x7f\xff\xff\xffL"s},
      {"a command that nobody knows", negotiation, raw_packet('?', "")},
      {"a reply instead of a command", negotiation, raw_packet('c', "")},
      {"HELO without NUL", negotiation + connect, raw_packet('H', "client")},
      {"MAIL without NUL", negotiation + connect + helo, raw_packet('M', "<from@example.org>")},
      {"RCPT without NUL", negotiation + connect + helo + mail, raw_packet('R', "<to@example.net>")},
      {"a header without value", negotiation + connect + helo + mail, raw_packet('L', "Subject\0"s)},
      {"CONNECT without family", negotiation, raw_packet('C', "client\0"s)},
      {"CONNECT with an unknown family", negotiation, raw_packet('C', "client\0X\x0a\x0bplace\0"s)},
      {"CONNECT with half a port", negotiation,
       raw_packet('C',
                  "client\0"
                  "4\x0a"s)},
      {"CONNECT with an address that is none", negotiation,
       raw_packet('C',
                  "client\0"
                  "4\x0a\x0bnowhere\0"s)},
      {"CONNECT without the address's NUL", negotiation,
       raw_packet('C',
                  "client\0"
                  "4\x0a\x0b"
                  "192.0.2.1"s)},
      {"half a negotiation", "", raw_packet('O', "\0\0\0\6\0\0"s)},
      {"CONNECT before the negotiation", "", connect},
      {"MAIL before the negotiation", "", mail},
      {"RCPT before MAIL", negotiation + connect + helo,
       packet_of(command::Recipient{"<to@example.net>", {}})},
      {"a body before MAIL", negotiation + connect + helo, packet_of(command::Body{"text"})},
      {"the end of message before MAIL", negotiation + connect + helo, packet_of(command::EndOfMessage{})},
  };
  for (const bool at_once : {true, false}) {
    World world;
    world.start();
    std::uint64_t sessions = 0;
    for (const auto& [what, before, bytes] : cases) {
      CAPTURE(what, at_once);
      FakeMta mta(world.loop, world.mta_place());
      const std::size_t answers =
          (before.find(negotiation) == 0 ? 1 : 0) + (before.find(connect) != before.npos ? 1 : 0) +
          (before.find(helo) != before.npos ? 1 : 0) + (before.find(mail) != before.npos ? 1 : 0);
      if (at_once) {
        mta.write(before + bytes);
      } else {
        mta.write(before);
        world.run_until([&] { return mta.replies.size() == answers; });
        mta.write(bytes);
      }
      world.run_until([&] { return mta.is_closed(); });
      // In order, and never one for what was not understood.
      std::string kinds;
      for (const auto& packet : mta.replies) kinds += packet[4];
      CHECK(kinds == std::string("Occc").substr(0, kinds.size()));
      if (!at_once) CHECK(kinds.size() == answers);
      world.wait_for_sessions(++sessions);
    }
    CHECK(count(world.log(), "[session][end]") == sessions);
  }
}

TEST_CASE("several commands in one write are answered one by one, in order") {
  World world(2);
  world.start();
  std::string expected;
  FakeMta mta(world.loop, world.mta_place());
  mta.write(whole_mail());
  world.run_until([&] { return mta.is_closed(); });
  for (const auto& packet : mta.replies) {
    CHECK(packet.size() == (packet[4] == 'O' ? 17u : 5u));
    expected += packet[4];
  }
  CHECK(expected == "Occccccccc");
}

TEST_CASE("a connection may be used for another client, with statistics of its own") {
  World world(2);
  world.start();
  FakeMta mta(world.loop, world.mta_place());
  mta.begin_mail();
  CHECK(send_message(mta) == 'c');
  mta.send(command::QuitNewConnection{});
  CHECK(mta.ask(kConnect) == 'c');  // without negotiation
  CHECK(mta.ask(command::Helo{"another.example.org"}) == 'c');
  CHECK(mta.ask(command::Mail{"<from@example.org>", {}}) == 'c');
  CHECK(mta.ask(command::Recipient{"<to@example.net>", {}}) == 'c');
  CHECK(send_message(mta) == 'c');
  mta.send(command::Quit{});
  world.wait_for_sessions(1);
  CHECK(count(world.log(), "[session][end][end-of-message][pass]") == 2);
  CHECK(count(world.log(), "[milter][end][end-of-message][pass]") == 4);
  for (const auto& milter : world.milters) {
    REQUIRE(milter->sessions().size() == 2);
    for (const auto* peer : milter->sessions()) CHECK(peer->kinds == "OCHMRTLNBEQ");
  }
}

TEST_CASE("three messages in a connection are three messages of one session") {
  World world(2);
  world.start();
  FakeMta mta(world.loop, world.mta_place());
  mta.begin_mail();
  CHECK(send_message(mta) == 'c');
  for (int i = 0; i < 2; ++i) {
    CHECK(mta.ask(command::Mail{"<from@example.org>", {}}) == 'c');
    CHECK(mta.ask(command::Recipient{"<to@example.net>", {}}) == 'c');
    CHECK(send_message(mta) == 'c');
  }
  mta.send(command::Quit{});
  world.wait_for_sessions(1);
  const auto log = world.log();
  CHECK(count(log, "[session][end]") == 1);
  CHECK(count(log, "[milter][end]") == 2);
  CHECK(count(log, "[message][end]") == 3);
  CHECK(count(log, "[milter][message]") == 6);
}

}  // namespace milter_manager::proxy
