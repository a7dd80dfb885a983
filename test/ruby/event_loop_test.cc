// SPDX-License-Identifier: GPL-3.0-or-later
#include <catch2/catch.hpp>

#include "test/ruby/pool_world.h"

TEST_CASE("timers run in order of time, whatever some of them do") {
  PoolWorld world(
      "$order = []\n"
      "manager.event_loop_created do |loop|\n"
      "  n = 0\n"
      "  loop.add_idle { ($idle = n += 1) < 3 }\n"
      "  removed = loop.add_timeout(0.001) { $order << :removed }\n"
      "  raise 'not removed' unless loop.remove(removed) && !loop.remove(removed)\n"
      "  loop.add_timeout(0.001) { $order << :kill; Thread.current.kill }\n"
      "  loop.add_timeout(0.002) { $order << :exit; exit }\n"
      "  loop.add_timeout(0.003) { $order << :throw; throw :done }\n"
      "  loop.add_timeout(0.004) do\n"
      "    pid = fork\n"
      "    $order << Process.wait2(pid)[1].exitstatus if pid\n"
      "    false\n"
      "  end\n"
      "  ticks = 0\n"
      "  loop.add_timeout(0.02) { $order << :tick; (ticks += 1) < 2 }\n"
      "  loop.add_timeout(0.001) { !($done = ticks == 2 && n == 3) }\n"
      "end\n"
      "define_applicable_condition('Done') do |condition|\n"
      "  condition.define_data_stopper do\n"
      "    sleep 0.001 until $done\n"
      "    raise [$idle, *$order].inspect\n"
      "  end\n"
      "end\n");
  world.pool().begin(world.generation());
  world.ask(snapshot_at(milter_manager::config::Stage::data), {"Done"});
  const std::string log = world.log();
  CHECK_THAT(log,
             Catch::Contains("milter-manager.conf:8: SystemExit: the configuration can't end the manager\n"));
  CHECK_THAT(log, Catch::Contains("milter-manager.conf:9: UncaughtThrowError: uncaught throw :done\n"));
  CHECK_THAT(log, Catch::Contains("RuntimeError: [3, :kill, :exit, :throw, 0, :tick, :tick]\n"));
}

TEST_CASE("a timer without a block or with an odd interval is an error of the hook") {
  for (const char* code :
       {"loop.add_timeout(1)", "loop.add_timeout(0) { }", "loop.add_timeout('soon') { }", "loop.add_idle"}) {
    CAPTURE(code);
    PoolWorld world("manager.event_loop_created do |loop|\n  " + std::string(code) + "\nend\n");
    world.pool().begin(world.generation());
    CHECK_THAT(world.log(),
               Catch::Contains("error: [event-loop][error] milter-manager.conf:2: ArgumentError: "));
  }
}
