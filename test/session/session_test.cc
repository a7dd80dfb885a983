// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/session.h"

#include <catch2/catch.hpp>

#include "test/session/packet_text.h"
#include "test/session/world.h"

namespace milter_manager::session {

namespace {

// A session with an MTA and milters that want every event and reply.
struct Play {
  explicit Play(const Settings& settings)
      : known(settings.children.size()),
        world(settings.children.size()),
        session(std::make_shared<const Settings>(settings), known, world, clock, world) {}

  void mta_says(const std::vector<std::string>& words) {
    const std::string packet = command_packet(words);
    session.mta_received({packet});
  }
  void child_says(int child, const std::vector<std::string>& words) {
    const std::string packet = reply_packet(words);
    session.child_received(child, {packet});
  }
  // The MTA has said CONNECT, which the milters have not answered yet.
  void connect() {
    mta_says({"negotiate"});
    mta_says({"connect"});
    for (int i = 0; i < session.child_count(); ++i) {
      session.child_connected(i);
      child_says(i, {"negotiate", "steps=none"});
    }
  }

  KnownChildren known;
  StoppedClock clock;
  World world;
  Session session;
};

}  // namespace

TEST_CASE("a session shows its children to conditions and status") {
  Settings settings;
  settings.children.resize(2);
  settings.children[0].name = "clamav-milter";
  settings.children[1].name = "spamass-milter";
  Play play(settings);
  Session& session = play.session;

  CHECK(session.tag() == 1);
  CHECK(session.child_count() == 0);
  play.mta_says({"negotiate"});
  REQUIRE(session.child_count() == 2);
  CHECK(session.child(0).name == "clamav-milter");
  CHECK(session.child(1).tag == 3);
  CHECK(session.child(1).state == statistics::State::start);
  CHECK(session.open_children() == 0);

  play.mta_says({"macro", "connect", "daemon_name=smtpd"});
  play.mta_says({"connect"});
  CHECK(session.open_children() == 2);
  for (int i = 0; i < 2; ++i) {
    session.child_connected(i);
    CHECK(session.child(i).state == statistics::State::negotiate);
    play.child_says(i, {"negotiate", "steps=none"});
  }
  play.child_says(0, {"accept"});
  play.child_says(1, {"continue"});
  CHECK(session.macros().find(protocol::CommandKind::connect, "daemon_name") == "smtpd");
  CHECK(session.child(0).status == statistics::Status::accept);
  CHECK(session.child(0).quitted);
  CHECK(session.child(1).state == statistics::State::connect);
  CHECK_FALSE(session.child(1).quitted);
  CHECK(session.open_children() == 1);

  session.mta_closed();
  CHECK(session.finished());
  CHECK(session.open_children() == 0);
}

TEST_CASE("what a milter answers an old MTA is not held against it when a newer one comes") {
  Settings settings;
  settings.children.resize(1);
  settings.children[0].name = "clamav-milter";
  const auto shared = std::make_shared<const Settings>(settings);
  KnownChildren known(1);
  StoppedClock clock;
  const auto open_children_of = [&](const std::vector<std::string>& offer,
                                    const std::vector<std::string>& answer) {
    World world(1);
    Session session(shared, known, world, clock, world);
    for (const auto& words : {offer, {"connect"}}) {
      const std::string packet = command_packet(words);
      session.mta_received({packet});
    }
    session.child_connected(0);
    const std::string packet = reply_packet(answer);
    session.child_received(0, {packet});
    const auto open = session.open_children();
    session.mta_closed();
    return open;
  };
  CHECK(open_children_of({"negotiate", "version=2", "actions=0x1f", "steps=0x7f"},
                         {"negotiate", "version=2", "steps=none"}) == 1);
  CHECK(known.find(0) == nullptr);
  CHECK(open_children_of({"negotiate"}, {"negotiate", "steps=none"}) == 1);
  CHECK(known.find(0)->option.version == 6);
  CHECK(open_children_of({"negotiate", "version=2", "actions=0x1f", "steps=0x7f"},
                         {"negotiate", "version=2", "steps=none"}) == 1);
  CHECK(known.find(0)->option.version == 6);
  CHECK(open_children_of({"negotiate"}, {"negotiate", "steps=none"}) == 1);
}

TEST_CASE("a milter that is older than the MTA is known by what it answered") {
  Settings settings;
  settings.children.resize(1);
  KnownChildren known(1);
  StoppedClock clock;
  World world(1);
  Session session(std::make_shared<const Settings>(settings), known, world, clock, world);
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"negotiate", "version=4"}, {"connect"}}) {
    const std::string packet = command_packet(words);
    session.mta_received({packet});
  }
  session.child_connected(0);
  const std::string packet = reply_packet({"negotiate", "version=2", "steps=none"});
  session.child_received(0, {packet});
  REQUIRE(known.find(0) != nullptr);
  CHECK(known.find(0)->option.version == 2);
}

TEST_CASE("what a condition has set at a recipient is what conditions at DATA see") {
  Settings settings;
  settings.children.resize(1);
  settings.children[0].condition_stages = stage_bit(Stage::recipient) | stage_bit(Stage::data);
  Play play(settings);
  Session& session = play.session;
  play.connect();
  play.child_says(0, {"continue"});
  const auto seen = [&](Stage stage) { return session.macro(0, stage, "{restricted}"); };
  for (std::uint32_t first_question : {1u, 4u}) {
    CAPTURE(first_question);
    play.mta_says({"mail"});
    play.child_says(0, {"continue"});
    play.mta_says({"rcpt", "<one@example.org>"});
    CHECK(seen(Stage::recipient) == std::nullopt);
    session.condition_answered(first_question, {true, "Restrict", {{"restricted", "true"}}});
    play.mta_says({"macro", "rcpt", "rcpt_addr=two@example.org"});
    play.mta_says({"rcpt", "<two@example.org>"});
    CHECK(seen(Stage::recipient) == "true");
    session.condition_answered(first_question + 1, {true, "Restrict", {}});
    play.mta_says({"macro", "data", "i=Q1"});
    play.mta_says({"data"});
    CHECK(seen(Stage::data) == "true");
    session.condition_answered(first_question + 2, {true, "Restrict", {}});
    CHECK(session.child(0).status == statistics::Status::stop);
    CHECK(session.wants_mta_packet());
    play.mta_says({"abort"});
  }
  session.mta_closed();
}

TEST_CASE("a milter that has left is waited for no more, also where it had not read all") {
  Settings settings;
  settings.children.resize(2);
  Play play(settings);
  play.connect();
  play.session.child_blocked(0);
  for (int i = 0; i < 2; ++i) play.child_says(i, {"accept"});
  CHECK(play.session.open_children() == 0);
  REQUIRE(play.session.deadline());
  CHECK(*play.session.deadline() > play.clock.now() + std::chrono::minutes(1));
  play.session.mta_closed();
}

TEST_CASE("a milter that changes headers without end has failed") {
  Settings settings;
  settings.children.resize(1);
  settings.children[0].fallback = Fallback::temporary_failure;
  Play play(settings);
  play.connect();
  play.child_says(0, {"continue"});
  for (const char* command : {"mail", "rcpt", "data", "end-of-header"}) {
    play.mta_says({command});
    play.child_says(0, {"continue"});
  }
  play.mta_says({"end-of-message"});
  for (int i = 0; i < 10000; ++i) play.child_says(0, {"add-header", "X", "1"});
  CHECK(play.session.child(0).status == statistics::Status::pass);
  play.child_says(0, {"insert-header", "1", "X", "1"});
  CHECK(play.session.child(0).status == statistics::Status::error);
  CHECK(play.world.to_mta.back()[4] == 't');
  play.session.mta_closed();
}

TEST_CASE("whose time is over, and for whom only the MTA can't wait, are told apart") {
  for (const bool own_time : {true, false}) {
    CAPTURE(own_time);
    Settings settings;
    settings.children.resize(1);
    settings.children[0].name = "slow";
    settings.children[0].reading_timeout = Seconds(own_time ? 5 : 60);
    Play play(settings);
    play.connect();
    play.clock.advance_to(play.clock.now() + std::chrono::seconds(own_time ? 5 : 9));
    play.session.deadline_passed();
    CHECK(play.world.errors[0] == 1);
    CHECK(play.world.reply_deadline_hits[0] == (own_time ? 0 : 1));
  }
}

}  // namespace milter_manager::session
