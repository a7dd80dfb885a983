// SPDX-License-Identifier: GPL-3.0-or-later
// More questions than the Ruby threads can answer: which ones are answered, and what becomes of the others.
#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "core/net/timer.h"
#include "core/ruby/exchange.h"
#include "test/ruby/pool_world.h"

namespace {

using milter_manager::config::Stage;
using std::chrono::milliseconds;

// "Gate" keeps the only thread until there is a file "open", and leaves one named "begun" before that.
std::string gate_and(const std::string& others) {
  return "folder = __dir__\n"
         "define_applicable_condition('Gate') do |condition|\n"
         "  condition.define_data_stopper do\n"
         "    File.write(File.join(folder, 'begun'), '')\n"
         "    sleep 0.001 until File.exist?(File.join(folder, 'open'))\n"
         "  end\n"
         "end\n" +
         others;
}

const char* const kKind =
    "define_applicable_condition('Kind') { |condition| condition.define_data_stopper { true } }\n";

void open_gate(PoolWorld& world) { std::ofstream(world.file("open")) << "open"; }

void wait_for(const std::string& path) {
  while (!std::filesystem::exists(path)) std::this_thread::sleep_for(milliseconds(1));
}

PoolWorld::Snapshot of_session(std::uint32_t session) {
  auto snapshot = snapshot_at(Stage::data);
  snapshot.session = session;
  return snapshot;
}

}  // namespace

// The second question of a session is put when its first one is answered, behind all that were asked meanwhile.
TEST_CASE(
    "questions are taken in the order in which they were asked, not in that in which they may be taken") {
  using milter_manager::ruby::Call;
  milter_manager::net::Loop loop;
  milter_manager::ruby::Exchange exchange(loop, [](const std::shared_ptr<Call>&) {});
  exchange.set_threads(1);
  std::vector<std::shared_ptr<Call>> calls;
  for (std::uint64_t number = 0; number < 6; ++number) {
    calls.push_back(std::make_shared<Call>());
    calls.back()->number = number;
  }
  for (const std::size_t number : {1, 3, 5, 2, 4, 0}) exchange.put(calls[number]);
  exchange.withdraw(*calls[3]);
  exchange.withdraw(*calls[3]);
  std::string order;
  for (int i = 0; i < 5; ++i) {
    order += std::to_string(milter_manager::ruby::Exchange::Wait(exchange).call(0)->number) + " ";
  }
  CHECK(order == "0 1 2 4 5 ");
}

TEST_CASE("a question that no thread has taken in time is not kept until one is free") {
  PoolWorld world(gate_and(kKind), 1);
  std::weak_ptr<const PoolWorld::Snapshot> kept;
  bool timed_out = false;
  world.run([&] {
    world.ask(of_session(9), {"Gate"}, [](const PoolWorld::Verdict&) {});
    wait_for(world.file("begun"));
    auto snapshot = std::make_shared<const PoolWorld::Snapshot>(of_session(1));
    kept = snapshot;
    world.pool().ask({world.generation(), {"Kind"}, std::move(snapshot), world.loop().now()},
                     [&](const PoolWorld::Verdict& verdict) {
                       timed_out = verdict.timed_out;
                       world.loop().post([&] { world.end(); });
                     });
  });
  CHECK(timed_out);
  CHECK(kept.expired());
  open_gate(world);
}

TEST_CASE("what a session asked that has ended meanwhile is run no more") {
  PoolWorld world(
      gate_and(
          "ran = false\n"
          "define_applicable_condition('Run') { |condition| condition.define_data_stopper { ran = true } }\n"
          "define_applicable_condition('Ran') { |condition| condition.define_data_stopper { ran } }\n"),
      1);
  bool ran = true;
  world.run([&] {
    world.ask(of_session(9), {"Gate"}, [](const PoolWorld::Verdict&) {});
    wait_for(world.file("begun"));
    world.ask(of_session(1), {"Run"}, [](const PoolWorld::Verdict&) { FAIL("there is nobody to tell"); });
    world.ask(of_session(2), {"Ran"}, [&](const PoolWorld::Verdict& verdict) {
      ran = verdict.stop;
      world.end();
    });
    world.pool().session_ended(1);
    open_gate(world);
  });
  CHECK_FALSE(ran);
}

TEST_CASE(
    "an answer in time counts though the loop was too busy to see it, and comes before what is due later") {
  PoolWorld world(gate_and(kKind), 1);
  std::string order;
  std::unique_ptr<milter_manager::net::Timer> later;
  world.run([&] {
    const auto deadline = world.loop().now() + milliseconds(200);
    later = std::make_unique<milter_manager::net::Timer>(world.loop(), [&] {
      order += "later";
      world.loop().post([&] { world.end(); });
    });
    later->start_at(deadline + milliseconds(3));
    world.ask(
        of_session(1), {"Kind"},
        [&](const PoolWorld::Verdict& verdict) { order += verdict.timed_out ? "late " : "stop "; },
        milliseconds(200));
    world.ask(of_session(9), {"Gate"}, [](const PoolWorld::Verdict&) {});
    // The one thread has answered by then.
    wait_for(world.file("begun"));
    std::this_thread::sleep_until(deadline + milliseconds(20));
  });
  later.reset();
  open_gate(world);
  CHECK(order == "stop later");
}

TEST_CASE("who waited for the earlier questions of the same session is told so") {
  PoolWorld world(gate_and(kKind), 2);
  world.run([&] {
    world.ask(of_session(1), {"Gate"}, [](const PoolWorld::Verdict&) {});
    world.ask(
        of_session(1), {"Kind"}, [&](const PoolWorld::Verdict&) { world.end(); }, milliseconds(10));
  });
  open_gate(world);
  CHECK_THAT(world.log(),
             Catch::Contains("error: [condition][timeout] <Kind>: the conditions that its session had to ask "
                             "before have taken all the time; it does not stop the milter\n"));
}

TEST_CASE("a connection checker does not wait for the condition that its session is asking") {
  PoolWorld world(
      "manager.define_connection_checker('Gone') { |context| false }\nmanager.connection_check_interval = "
      "1\n" +
          gate_and(""),
      2);
  std::string order;
  world.run([&] {
    world.ask(of_session(1), {"Gate"}, [&](const PoolWorld::Verdict&) {
      order += 'g';
      world.end();
    });
    PoolWorld::Pool::Question question;
    question.generation = world.generation();
    question.conditions = {"Gone"};
    question.snapshot = std::make_shared<const PoolWorld::Snapshot>(of_session(1));
    question.deadline = world.loop().now() + std::chrono::hours(1);
    world.pool().ask_connected(std::move(question), [&](bool connected) {
      order += connected ? '!' : 'c';
      open_gate(world);
    });
  });
  CHECK(order == "cg");
  CHECK(world.pool().sessions() == 0);
}

TEST_CASE("a session that ends waits for no connection checker") {
  PoolWorld world(
      "manager.define_connection_checker('Gone') { |context| false }\nmanager.connection_check_interval = "
      "1\n" +
          gate_and(kKind),
      1);
  bool answered = false;
  world.run([&] {
    world.ask(of_session(1), {"Gate"}, [&](const PoolWorld::Verdict&) { world.end(); });
    PoolWorld::Pool::Question question;
    question.generation = world.generation();
    question.conditions = {"Gone"};
    question.snapshot = std::make_shared<const PoolWorld::Snapshot>(of_session(2));
    question.deadline = world.loop().now() + std::chrono::hours(1);
    world.pool().ask_connected(std::move(question), [&](bool) { answered = true; });
    world.pool().session_ended(2);
    CHECK(world.pool().sessions() == 1);
    open_gate(world);
  });
  CHECK(world.ask(of_session(3), {"Kind"}).stop);
  CHECK_FALSE(answered);
}
