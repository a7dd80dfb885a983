// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/loop.h"

#include <csignal>
#include <thread>

#include "core/net/signal.h"
#include "core/net/work.h"
#include "test/net/world.h"

namespace milter_manager::net {

TEST_CASE("functions posted from other threads run on the loop, each thread's in order") {
  constexpr int kEach = 1000;
  Loop loop;
  std::vector<int> first, second;
  const auto poster = [&](std::vector<int>& into) {
    return [&loop, &into] {
      for (int i = 0; i < kEach; ++i) loop.post([&into, i] { into.push_back(i); });
    };
  };
  std::thread a(poster(first)), b(poster(second));
  run_until(loop, [&] { return first.size() == kEach && second.size() == kEach; });
  a.join();
  b.join();
  for (int i = 0; i < kEach; ++i) {
    CHECK(first[static_cast<std::size_t>(i)] == i);
    CHECK(second[static_cast<std::size_t>(i)] == i);
  }
}

TEST_CASE("a function posted when the loop is not running runs when it does, or is dropped with the loop") {
  auto kept = std::make_shared<int>(0);
  {
    Loop loop;
    loop.post([&loop, kept] {
      ++*kept;
      loop.stop();
    });
    loop.run();
    CHECK(*kept == 1);
    loop.post([kept] { ++*kept; });
  }
  CHECK(*kept == 1);
  CHECK(kept.use_count() == 1);
}

TEST_CASE("what is queued in the round that stops the loop is still done") {
  struct Task : BurstTask {
    void burst_ended() override { ++runs; }
    int runs = 0;
  };
  Loop loop;
  Task task;
  loop.post([&] {
    loop.at_burst_end(task);
    loop.stop();
  });
  loop.run();
  CHECK(task.runs == 1);
}

TEST_CASE("within one task the loop's time stands still, afterwards it goes on") {
  struct Task : BurstTask {
    explicit Task(Loop& its_loop) : loop(its_loop) {}
    void burst_ended() override {
      const auto before = loop.now();
      while (std::chrono::steady_clock::now() <= before) {
      }
      stood_still = loop.now() == before;
      last = before;
    }
    Loop& loop;
    bool stood_still = false;
    std::chrono::steady_clock::time_point last;
  };
  Loop loop;
  Task first(loop), second(loop);
  loop.post([&] {
    loop.at_burst_end(first);
    loop.at_burst_end(second);
    loop.stop();
  });
  loop.run();
  CHECK(first.stood_still);
  CHECK(second.stood_still);
  CHECK(second.last > first.last);
  CHECK(loop.now() > second.last);
}

TEST_CASE("tasks run at the end of the burst in which they are queued, once, and also those they queue") {
  struct Task : BurstTask {
    explicit Task(std::function<void()> function) : run(std::move(function)) {}
    void burst_ended() override { run(); }
    std::function<void()> run;
  };
  Loop loop;
  std::string order;
  Task last(([&] {
    order += 'c';
    loop.stop();
  }));
  Task first([&] {
    order += 'b';
    loop.at_burst_end(last);
  });
  auto dropped = std::make_unique<Task>([&] { order += '!'; });
  loop.post([&] {
    loop.at_burst_end(first);
    loop.at_burst_end(*dropped);
    loop.at_burst_end(first);
    dropped.reset();
    order += 'a';
  });
  loop.run();
  CHECK(order == "abc");
}

TEST_CASE("a timer expires once, or again and again, and never early") {
  Loop loop;
  const auto start = loop.now();
  int expired = 0, ticks = 0;
  Timer once(loop, [&] {
    ++expired;
    CHECK(loop.now() - start >= std::chrono::milliseconds(20));
  });
  once.start_at(start + std::chrono::milliseconds(20));
  CHECK(once.active());
  Timer often(loop, [&] { ++ticks; });
  often.start_every(std::chrono::milliseconds(2));
  run_until(loop, [&] { return expired == 1 && ticks > 3; });
  CHECK_FALSE(once.active());
  Timer past(loop, [&] { ++expired; });
  past.start_at(start);
  CHECK(expired == 1);
  run_until(loop, [&] { return expired == 2; });
}

TEST_CASE("a timer may be destroyed, stopped or started by what it calls") {
  Loop loop;
  int expired = 0;
  auto timer = std::make_unique<Timer>(loop, [] {});
  timer = std::make_unique<Timer>(loop, [&, kept = std::make_shared<std::string>("still here")] {
    timer.reset();
    expired += static_cast<int>(kept->size());
  });
  timer->start_after(std::chrono::seconds(0));
  run_until(loop, [&] { return timer == nullptr; });
  CHECK(expired == 10);
  Timer stopped(loop, [&] { ++expired; });
  stopped.start_after(std::chrono::milliseconds(1));
  stopped.stop();
  CHECK_FALSE(stopped.active());
}

TEST_CASE("what has to wait is done on another thread, and its end told on the loop's") {
  Loop loop;
  std::thread::id worker, teller;
  Work work(
      loop, [&] { worker = std::this_thread::get_id(); }, [&] { teller = std::this_thread::get_id(); });
  Work moved = std::move(work);
  run_until(loop, [&] { return teller != std::thread::id(); });
  CHECK(teller == std::this_thread::get_id());
  CHECK(worker != teller);
}

TEST_CASE("work that nobody waits for any more is done, but not told") {
  bool done = false, told = false;
  {
    Loop loop;
    {
      const Work work(
          loop, [&] { done = true; }, [&] { told = true; });
    }
  }
  CHECK(done);
  CHECK_FALSE(told);
}

TEST_CASE("a signal is delivered on the loop") {
  Loop loop;
  int received = 0;
  auto signal = std::make_unique<Signal>(loop, SIGUSR2, [&] {
    ++received;
    loop.stop();
  });
  raise(SIGUSR2);
  loop.run();
  CHECK(received == 1);
}

}  // namespace milter_manager::net
