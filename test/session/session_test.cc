// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/session.h"

#include <catch2/catch.hpp>

#include "test/session/packet_text.h"
#include "test/session/world.h"

namespace milter_manager::session {

TEST_CASE("a session shows its children to conditions and status") {
  Settings settings;
  settings.children.resize(2);
  settings.children[0].name = "clamav-milter";
  settings.children[1].name = "spamass-milter";
  KnownChildren known(2);
  StoppedClock clock;
  World world(2);
  Session session(std::make_shared<const Settings>(settings), known, world, clock, world);
  const auto mta_says = [&](const std::vector<std::string>& words) {
    const std::string packet = command_packet(words);
    session.mta_received({packet});
  };
  const auto child_says = [&](int child, const std::vector<std::string>& words) {
    const std::string packet = reply_packet(words);
    session.child_received(child, {packet});
  };

  CHECK(session.tag() == 1);
  CHECK(session.child_count() == 0);
  mta_says({"negotiate"});
  REQUIRE(session.child_count() == 2);
  CHECK(session.child(0).name == "clamav-milter");
  CHECK(session.child(1).tag == 3);
  CHECK(session.child(1).state == statistics::State::start);
  CHECK(session.open_children() == 0);

  mta_says({"macro", "connect", "daemon_name=smtpd"});
  mta_says({"connect"});
  CHECK(session.open_children() == 2);
  for (int i = 0; i < 2; ++i) {
    session.child_connected(i);
    CHECK(session.child(i).state == statistics::State::negotiate);
    child_says(i, {"negotiate", "steps=none"});
  }
  child_says(0, {"accept"});
  child_says(1, {"continue"});
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

}  // namespace milter_manager::session
