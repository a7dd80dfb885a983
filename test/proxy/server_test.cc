// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/server.h"

#include "test/proxy/world.h"

namespace milter_manager::proxy {

namespace command = protocol::command;
namespace reply = protocol::reply;

namespace {

const command::Connect kConnect{"client.example.org", command::Family::inet, 2525, "192.0.2.1"};

// Stops milter0 where it is asked.
class StopEverywhere final : public ConditionEvaluator {
 public:
  explicit StopEverywhere(net::Loop& loop) : loop_(loop) {}
  void ask(const config::Configuration& configuration, const session::Session& session,
           const session::ConditionRequest& request, std::string_view mta, Answer answer) override {
    CHECK(mta.substr(0, 5) == "unix:");
    asked += std::string(session.child(request.child).name) + " of " +
             std::to_string(configuration.milters.size()) + "; ";
    last = answer;
    if (answers) loop_.post([answer] { answer({true, "Everybody", {}}); });
  }
  void session_ended(std::uint32_t tag) override { ended += std::to_string(tag) + "; "; }

  bool answers = true;
  std::string asked, ended;
  Answer last;

 private:
  net::Loop& loop_;
};

void add_condition(World& world, config::Stage stage) {
  config::Condition condition;
  condition.name = "Everybody";
  condition.stages = config::stage_bit(stage);
  world.configuration.conditions.push_back(condition);
  world.configuration.milters[0].applicable_conditions = {"Everybody"};
}

}  // namespace

TEST_CASE("beyond max_connections an MTA waits, and is served as soon as another one has ended") {
  World world;
  world.configuration.manager.max_connections = 2;
  world.start();
  CHECK(world.server->counters().max_connections == 2);
  FakeMta first(world.loop, world.mta_place()), second(world.loop, world.mta_place());
  first.negotiate();
  second.negotiate();
  CHECK_FALSE(world.server->counters().accepting);
  FakeMta third(world.loop, world.mta_place());
  third.send(command::Negotiate{{6, 0, 0}});
  CHECK(first.ask(kConnect) == 'c');
  CHECK(third.replies.empty());
  first.send(command::Quit{});
  CHECK(third.reply() == 'O');
  second.send(command::Quit{});
  third.send(command::Quit{});
  world.wait_for_sessions(3);
  CHECK(world.server->counters().accepting);
  const auto log = world.log();
  CHECK(log.find("[client][accept][suspend] too many processing connection: 2, max: 2\n") !=
        std::string::npos);
  CHECK(log.find("[client][accept][resume] resume accepting connection\n") != std::string::npos);
}

TEST_CASE("who sends a command byte by byte makes place for the next one") {
  World world;
  world.configuration.manager.max_connections = 1;
  world.options.packet_timeout = std::chrono::milliseconds(200);
  world.start();
  FakeMta slow(world.loop, world.mta_place());
  slow.negotiate();
  FakeMta next(world.loop, world.mta_place());
  next.send(command::Negotiate{{6, 0, 0}});
  // A whole command now and then is no reason: it may rest as long as it likes.
  bool rested = false;
  net::Timer rest(world.loop, [&] { rested = true; });
  rest.start_after(std::chrono::milliseconds(500));
  world.run_until([&] { return rested; });
  CHECK_FALSE(slow.is_closed());
  std::string bytes;
  protocol::encode(command::Helo{std::string(1000, 'x')}, bytes);
  std::size_t at = 0;
  net::Timer byte(world.loop, [&] { slow.write(bytes.substr(at++, 1)); });
  byte.start_every(std::chrono::milliseconds(10));
  world.run_until([&] { return slow.is_closed(); });
  byte.stop();
  CHECK(at < bytes.size());
  CHECK(next.reply() == 'O');
  next.send(command::Quit{});
  world.wait_for_sessions(2);
  CHECK(count(world.log(), "a command is not whole 0.2 seconds after its first byte") == 1);
}

TEST_CASE("a command that has begun to come waits for a slow milter's answer without being too late itself") {
  World world;
  world.options.packet_timeout = std::chrono::milliseconds(500);
  MilterPeer* slow = nullptr;
  world.milters[0]->script = [&](MilterPeer& peer, protocol::Packet packet) {
    if (packet.kind() != 'H') return FakeMilter::obedient(peer, packet);
    slow = &peer;
  };
  net::Timer answer(world.loop, [&] { slow->reply(reply::Continue{}); });
  world.start();
  FakeMta mta(world.loop, world.mta_place());
  mta.negotiate();
  CHECK(mta.ask(kConnect) == 'c');
  std::string helo, mail;
  protocol::encode(command::Helo{"client.example.org"}, helo);
  protocol::encode(command::Mail{"sender@example.org", {}}, mail);
  mta.write(helo + mail.substr(0, 3));
  world.run_until([&] { return slow != nullptr; });
  answer.start_after(std::chrono::milliseconds(1200));
  CHECK(mta.reply() == 'c');
  CHECK_FALSE(mta.is_closed());
  mta.write(mail.substr(3));
  CHECK(mta.reply() == 'c');
}

TEST_CASE("a reload is for new sessions; running ones keep what they started with") {
  World world(2);
  world.start();
  FakeMta old(world.loop, world.mta_place());
  old.negotiate();
  auto changed = world.configuration;
  changed.milters.erase(changed.milters.begin());
  world.server->use(std::make_shared<config::Configuration>(changed));
  FakeMta young(world.loop, world.mta_place());
  young.negotiate();
  CHECK(young.ask(kConnect) == 'c');
  CHECK(world.milters[0]->sessions().empty());
  CHECK(world.milters[1]->sessions().size() == 1);
  CHECK(old.ask(kConnect) == 'c');
  CHECK(world.milters[0]->sessions().size() == 1);
  CHECK(world.milters[1]->sessions().size() == 2);
}

TEST_CASE("a server may go over to another place, and whoever has connected to the old one is served") {
  World world;
  world.start();
  const auto before = world.server->spec();
  FakeMta queued(world.loop, before);  // connected by the kernel, and not accepted yet
  world.listen_on("inet:0@[127.0.0.1]");
  CHECK(world.server->spec() != before);
  queued.negotiate();
  FakeMta mta(world.loop, world.server->spec());
  mta.negotiate();
}

TEST_CASE("at the place before, a server goes on for as long as it is told") {
  World world;
  world.start();
  const auto before = world.server->spec();
  world.listen_on("inet:0@[127.0.0.1]", std::chrono::hours(1));
  FakeMta late(world.loop, before);
  late.negotiate();
}

TEST_CASE("a graceful stop lets sessions end, accepts no new one, and then says so") {
  World world;
  world.start();
  FakeMta mta(world.loop, world.mta_place());
  mta.begin_mail();
  bool stopped = false;
  world.server->stop([&] { stopped = true; });
  CHECK(world.server->spec().empty());
  CHECK(mta.ask(command::Data{}) == 'c');
  CHECK_FALSE(stopped);
  mta.send(command::Quit{});
  world.run_until([&] { return stopped; });
  CHECK(world.log().find("[session][end]") != std::string::npos);
}

TEST_CASE("a stop that has waited long enough answers with a temporary failure") {
  World world;
  world.configuration.manager.stop_timeout = std::chrono::milliseconds(1);
  world.milters[0]->script = [](MilterPeer& peer, protocol::Packet packet) {
    if (packet.kind() != 'T') FakeMilter::obedient(peer, packet);
  };
  world.start();
  FakeMta waiting(world.loop, world.mta_place()), idle(world.loop, world.mta_place());
  waiting.begin_mail();
  idle.begin_mail();
  waiting.send(command::Data{});
  bool stopped = false;
  world.server->stop([&] { stopped = true; });
  CHECK(waiting.reply() == 't');
  CHECK(waiting.reply() == 0);
  CHECK(idle.reply() == 0);
  world.run_until([&] { return stopped; });
  CHECK(world.log().find("[sessions][finished] 2(+1) 0") != std::string::npos);
  std::size_t ends = 0;
  for (auto at = world.log().find("[session][end]"); at != std::string::npos;
       at = world.log().find("[session][end]", at + 1)) {
    ++ends;
  }
  CHECK(ends == 2);
}

TEST_CASE("an idle server stops at once, and may be destroyed by who is told") {
  World world;
  world.start();
  world.server->stop([&] { world.server.reset(); });
  world.run_until([&] { return world.server == nullptr; });
}

TEST_CASE("a server destroyed in the middle of sessions leaves nothing behind") {
  World world(2);
  world.start();
  FakeMta first(world.loop, world.mta_place()), second(world.loop, world.mta_place());
  first.begin_mail();
  second.negotiate();
  second.send(kConnect);
  world.server.reset();
  CHECK(first.reply() == 0);
}

TEST_CASE("MTAs are served over TCP") {
  World world;
  world.start();
  world.listen_on("inet:0@[127.0.0.1]");
  FakeMta mta(world.loop, world.server->spec());
  mta.begin_mail();
}

TEST_CASE("the heartbeat tells what there is") {
  World world;
  world.options.heartbeat_interval = std::chrono::milliseconds(5);
  world.start();
  FakeMta mta(world.loop, world.mta_place());
  mta.begin_mail();
  // Milter and MTA each have one connection in the last line of each kind.
  world.run_until([&] {
    const auto log = world.log();
    const auto load = log.rfind("[milter][load]");
    return load != std::string::npos && log.find("[1]", load) < log.find('\n', load);
  });
  std::string scratch;
  const auto log = world.log();
  const auto start = log.rfind("[heartbeat]", log.rfind('\n') - 1);
  REQUIRE(start != std::string::npos);
  const auto line = log.substr(start, log.find('\n', start) - start);
  const auto event = statistics::parse(line, statistics::Escapes::undone, scratch);
  REQUIRE(event);
  const auto& heartbeat = std::get<statistics::Heartbeat>(*event);
  CHECK(heartbeat.open == 1);
  CHECK(heartbeat.sessions == 0);
  CHECK(heartbeat.children == 1);
  CHECK(heartbeat.dropped == 0);
  // Every line so far is an event, and so before this one:
  std::uint64_t lines = 0;
  for (auto at = log.find('\n'); at < start; at = log.find('\n', at + 1)) ++lines;
  CHECK(heartbeat.lines == lines);
  CHECK(log.find("[milter][load]") != std::string::npos);
}

TEST_CASE("where somebody else writes the lines, what milters did is taken from the server") {
  World world;
  world.options.write_load = false;
  world.options.heartbeat_interval = std::chrono::milliseconds(5);
  world.start();
  FakeMta mta(world.loop, world.mta_place());
  mta.begin_mail();
  const auto loads = world.server->take_loads();
  REQUIRE(loads.size() == 1);
  CHECK(loads[0].name == "milter0");
  CHECK(loads[0].open == 1);
  CHECK(loads[0].busy == 0);
  world.run_until([&] { return world.log().find("[heartbeat]") != std::string::npos; });
  CHECK(world.log().find("[milter][load]") == std::string::npos);
}

TEST_CASE("a condition's answer decides, whenever it comes") {
  World world(2);
  add_condition(world, config::Stage::connect);
  StopEverywhere conditions(world.loop);
  world.options.conditions = &conditions;
  world.start();
  FakeMta mta(world.loop, world.mta_place());
  mta.begin_mail();
  CHECK(conditions.asked == "milter0 of 2; ");
  CHECK(world.milters[0]->sessions().empty());
  CHECK(world.milters[1]->sessions().size() == 1);
  mta.send(command::Quit{});
  world.wait_for_sessions(1);
  CHECK(conditions.ended == "1; ");
  CHECK(world.log().find("[milter][end][connect][stop][0](2): milter0\n") != std::string::npos);
}

TEST_CASE("an answer that comes after its session has ended does no harm") {
  World world;
  add_condition(world, config::Stage::connect);
  StopEverywhere conditions(world.loop);
  conditions.answers = false;
  world.options.conditions = &conditions;
  world.start();
  FakeMta mta(world.loop, world.mta_place());
  mta.negotiate();
  mta.send(kConnect);
  world.run_until([&] { return !conditions.asked.empty(); });
  mta.close();
  world.wait_for_sessions(1);
  conditions.last({true, "Everybody", {}});
}

TEST_CASE("where nobody evaluates conditions, none stops a milter") {
  World world;
  add_condition(world, config::Stage::mail);
  world.start();
  FakeMta mta(world.loop, world.mta_place());
  mta.begin_mail();
  CHECK(world.milters[0]->sessions()[0]->kinds == "OCHMR");
}

TEST_CASE("the SMTP client's leaving answers the pending command") {
  World world;
  world.milters[0]->script = [](MilterPeer& peer, protocol::Packet packet) {
    if (packet.kind() != 'T') FakeMilter::obedient(peer, packet);
  };
  world.start();
  FakeMta mta(world.loop, world.mta_place());
  mta.begin_mail();
  mta.send(command::Data{});
  world.run_until([&] {
    return !world.milters[0]->sessions().empty() && world.milters[0]->sessions()[0]->kinds == "OCHMRT";
  });
  world.server->for_each_connection([](Connection& connection) { connection.client_disconnected(); });
  CHECK(mta.reply() == 't');
}

}  // namespace milter_manager::proxy
