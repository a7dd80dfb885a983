// SPDX-License-Identifier: GPL-3.0-or-later
// Looking whether SMTP clients are still there.
#include "test/proxy/world.h"

namespace milter_manager::proxy {

namespace command = protocol::command;

namespace {

const command::Connect kConnect{"client.example.org", command::Family::inet, 2525, "192.0.2.1"};

// Answers as a test says, or later.
class Checker final : public ConnectionChecker {
 public:
  explicit Checker(net::Loop& loop) : loop_(loop) {}

  void ask(const config::Configuration& configuration, const session::Session& session, std::string_view mta,
           Answer answer) override {
    CHECK(configuration.manager.connection_checkers == std::vector<std::string>{"own"});
    CHECK(mta.substr(0, 5) == "unix:");
    CHECK(session.mta_waits());
    asked.push_back(session.tag());
    clients.emplace_back(session.client());
    macros = session.macros_seen().size();
    last = answer;
    if (answers) loop_.post([answer, connected = connected] { answer(connected); });
  }
  void session_ended(std::uint32_t tag) override { ended.push_back(tag); }

  bool answers = true;
  bool connected = true;
  std::vector<std::uint32_t> asked, ended;
  std::vector<std::string> clients;
  std::size_t macros = 0;
  Answer last;

 private:
  net::Loop& loop_;
};

// A manager that looks after its clients; its milter is silent at RCPT.
struct CheckedWorld {
  CheckedWorld() {
    world.configuration.manager.connection_check_interval = 1;
    world.configuration.manager.connection_checkers = {"own"};
    world.options.connection_checker = &checker;
    world.milters[0]->script = [](MilterPeer& peer, protocol::Packet packet) {
      if (packet.kind() != 'R') FakeMilter::obedient(peer, packet);
    };
  }
  ~CheckedWorld() { world.server.reset(); }

  // An MTA that has sent MAIL.
  std::unique_ptr<FakeMta> mta() {
    auto made = std::make_unique<FakeMta>(world.loop, world.mta_place());
    made->negotiate();
    const std::string macros("v\0Postfix 3.7.11\0j\0mx.example.com\0", 34);
    made->send(command::DefineMacro{protocol::CommandKind::connect, protocol::StringList(macros)});
    CHECK(made->ask(kConnect) == 'c');
    CHECK(made->ask(command::Helo{"client.example.org"}) == 'c');
    CHECK(made->ask(command::Mail{"<from@example.org>", {}}) == 'c');
    return made;
  }
  // … and waits for an answer to RCPT.
  std::unique_ptr<FakeMta> waiting_mta() {
    auto made = mta();
    made->send(command::Recipient{"<to@example.net>", {}});
    return made;
  }

  World world;
  Checker checker{world.loop};
};

}  // namespace

TEST_CASE("an SMTP client that leaves while a milter takes its time ends the wait") {
  CheckedWorld checked;
  checked.world.configuration.manager.fallback_status_at_disconnect = config::FallbackStatus::reject;
  checked.world.start();
  checked.checker.connected = false;
  const auto mta = checked.waiting_mta();
  CHECK(mta->reply() == 'r');
  std::string packet;
  protocol::encode(kConnect, packet);
  CHECK(checked.checker.clients == std::vector<std::string>{packet});
  CHECK(checked.checker.macros == 2);
  mta->send(command::Quit{});
  checked.world.wait_for_sessions(1);
  CHECK(checked.world.milters[0]->sessions()[0]->kinds == "OCHMRAQ");
  CHECK(checked.checker.ended == checked.checker.asked);
  CHECK(count(checked.world.log(), "[session][disconnected][") == 1);
}

TEST_CASE("while the client is there the milter has its time, and whoever waits for nothing is not checked") {
  CheckedWorld checked;
  checked.world.start();
  const auto idle = checked.mta();
  const auto mta = checked.waiting_mta();
  auto& asked = checked.checker.asked;
  checked.world.run_until([&] { return asked.size() == 2; });
  CHECK(asked[0] == asked[1]);
  checked.checker.connected = false;
  CHECK(mta->reply() == 't');
  CHECK(idle->replies.empty());
  CHECK_FALSE(idle->is_closed());
}

TEST_CASE("what is found out about a client after its session has ended is of no consequence") {
  CheckedWorld checked;
  checked.checker.answers = false;
  checked.world.start();
  const auto mta = checked.waiting_mta();
  checked.world.run_until([&] { return !checked.checker.asked.empty(); });
  const auto answer = checked.checker.last;
  checked.world.milters[0]->sessions()[0]->reply(protocol::reply::Continue{});
  CHECK(mta->reply() == 'c');
  mta->send(command::QuitNewConnection{});
  CHECK(mta->ask(kConnect) == 'c');
  answer(false);
  CHECK(mta->ask(command::Helo{"other.example.org"}) == 'c');
  mta->close();
  checked.world.wait_for_sessions(1);
  CHECK(checked.checker.ended == checked.checker.asked);
  answer(false);
  CHECK_THAT(checked.world.log(), !Catch::Contains("[session][disconnected]"));
}

}  // namespace milter_manager::proxy
