// SPDX-License-Identifier: GPL-3.0-or-later
// Conditions that do what no condition should: the mail goes on without them, the log names them, others are answered.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <vector>

#include "test/ruby/pool_world.h"

namespace {

using milter_manager::config::Stage;
using std::chrono::milliseconds;

// Long enough for a busy machine to have begun the call.
constexpr milliseconds kLimit(400);
constexpr milliseconds kPatience(150);

struct Row {
  const char* what;
  const char* code;
  const char* logged;
};

// "Hostile" runs the code, "Kind" stops and is asked by another session meanwhile.
std::string conditions(const std::string& code, const std::string& before = "") {
  return before +
         "define_applicable_condition('Hostile') do |condition|\n"
         "  condition.define_data_stopper do |context|\n" +
         code +
         "\n  end\nend\n"
         "define_applicable_condition('Kind') { |condition| condition.define_data_stopper { true } }\n";
}

// One question to the hostile one, and behind it one of another session to the kind one, then one more of the first
// session. Every one is answered.
void check_contained(const Row& row, milliseconds limit) {
  CAPTURE(row.what);
  PoolWorld world(conditions(row.code));
  bool other_stopped = false;
  bool later_stopped = false;
  PoolWorld::Verdict hostile;
  int answers = 0;
  const auto count = [&] {
    if (++answers == 3) world.end();
  };
  world.run([&] {
    auto other = snapshot_at(Stage::data);
    other.session = 8;
    const auto note = [&](const PoolWorld::Verdict& verdict) {
      hostile = verdict;
      count();
    };
    world.ask(snapshot_at(Stage::data), {"Hostile"}, note, limit);
    world.ask(other, {"Kind"}, [&](const PoolWorld::Verdict& verdict) {
      other_stopped = verdict.stop;
      count();
    });
    world.ask(snapshot_at(Stage::data), {"Kind"}, [&](const PoolWorld::Verdict& verdict) {
      later_stopped = verdict.stop;
      count();
    });
  });
  CHECK_FALSE(hostile.stop);
  CHECK(other_stopped);
  CHECK(later_stopped);
  CHECK_THAT(world.log(), Catch::Contains(row.logged));
}

}  // namespace

TEST_CASE(
    "code that ends in an exception, or tries to leave, counts as not stopped, and is logged with file and "
    "line") {
  const Row rows[] = {
      {"raise", "raise 'no such host'",
       "error: [condition][error] milter-manager.conf:3: <Hostile>: RuntimeError: no such host\n"},
      {"an exception that is no StandardError", "raise Exception, 'x'", "conf:3: <Hostile>: Exception: x\n"},
      {"throw", "throw :done", "conf:3: <Hostile>: UncaughtThrowError: uncaught throw :done\n"},
      {"break", "break true", "conf:3: <Hostile>: LocalJumpError: break from proc-closure\n"},
      {"return", "return true", "conf:3: <Hostile>: LocalJumpError: unexpected return\n"},
      {"exit", "exit(3)", "conf:3: <Hostile>: SystemExit: the configuration can't end the manager\n"},
      {"abort", "$stderr = File.open(File::NULL, 'w')\nabort", "conf:4: <Hostile>: SystemExit: "},
      {"exit!", "exit!",
       "conf:3: <Hostile>: NotImplementedError: exit! would end or change the manager itself"},
      {"Process.exit!", "Process.exit!(3)",
       "conf:3: <Hostile>: NotImplementedError: Process.exit! would end"},
      {"exec", "exec('true')", "conf:3: <Hostile>: NotImplementedError: exec would end or change"},
      {"Process.daemon", "Process.daemon", "conf:3: <Hostile>: NotImplementedError: Process.daemon would"},
      {"trap", "Signal.trap('TERM') { }",
       "conf:3: <Hostile>: NotImplementedError: trap(TERM) would end or change"},
      {"a killed thread", "Thread.current.kill",
       "error: [condition][error] milter-manager.conf:2: <Hostile>: it has ended its thread"},
      {"Thread.exit", "Thread.exit", "conf:2: <Hostile>: it has ended its thread"},
      {"stack overflow", "deep = ->(n) { deep.(n + 1) }\ndeep.(0)", "conf:3: <Hostile>: SystemStackError: "},
      {"no memory", "'x' * 2**45", "<Hostile>: NoMemoryError: failed to allocate memory\n"},
      {"a message that raises", "raise Class.new(StandardError) { def message = raise('again') }",
       "conf:3: <Hostile>: #<Class:"},
      {"a message that is no text", "raise Class.new(StandardError) { def message = nil }",
       "conf:3: <Hostile>: #<Class:"},
      {"raising in the main thread", "Thread.main.raise('there')\nraise 'here'",
       "conf:4: <Hostile>: RuntimeError: here\n"},
  };
  for (const Row& row : rows) check_contained(row, std::chrono::hours(1));
}

TEST_CASE("code that kills all threads harms only the calls that are under way") {
  PoolWorld world(conditions("(Thread.list - [Thread.main, Thread.current]).each(&:kill)\nraise 'all'"));
  CHECK_FALSE(world.ask(snapshot_at(Stage::data), {"Hostile"}).stop);
  CHECK(world.ask(snapshot_at(Stage::data), {"Kind"}).stop);
  CHECK_THAT(world.log(), Catch::Contains("milter-manager.conf:4: <Hostile>: RuntimeError: all\n"));
}

TEST_CASE("code that runs other programs or forks does so without harm to the manager") {
  const Row rows[] = {
      {"system", "raise \"status #{$?.exitstatus}\" unless system('exit 3')",
       "<Hostile>: RuntimeError: status 3\n"},
      {"backticks", "raise `echo from a shell`", "<Hostile>: RuntimeError: from a shell\n"},
      {"fork with a block", "pid = fork { exit(4) }\nProcess.wait(pid)\nraise \"status #{$?.exitstatus}\"",
       "<Hostile>: RuntimeError: status 4\n"},
      {"fork with a block that raises",
       "pid = fork { $stderr.reopen(File::NULL); raise 'x' }\nProcess.wait(pid)\nraise \"status "
       "#{$?.exitstatus}\"",
       "<Hostile>: RuntimeError: status 1\n"},
      {"fork without a block",
       "pid = fork\nnext unless pid\nProcess.wait(pid)\nraise \"status #{$?.exitstatus}\"",
       "<Hostile>: RuntimeError: status 0\n"},
  };
  for (const Row& row : rows) check_contained(row, std::chrono::hours(1));
}

// The limit only decides when the code is interrupted: nothing else is in time or not.
TEST_CASE("code that does not end is told to stop when its time is up, and the mail goes on") {
  const char* const late = "error: [condition][timeout] milter-manager.conf:2: <Hostile>: no answer in time";
  const Row rows[] = {
      {"sleep", "sleep", late},
      {"infinite loop", "nil while true", late},
      {"loop that rescues", "loop do\n  begin\n    sleep\n  rescue => e\n    e\n  end\nend", late},
      {"rescue Exception and retry",
       "tries = 0\nbegin\n  sleep\nrescue Exception\n  (tries += 1) < 2 ? retry : raise\nend", late},
      {"rescue Exception and retry for ever", "begin\n  sleep\nrescue Exception\n  retry\nend", late},
      {"a regular expression without end", "/(a+)+\\z/.match?('a' * 64 + 'b')", late},
  };
  for (const Row& row : rows) check_contained(row, kLimit);
}

TEST_CASE("what fails after its time was up is told once") {
  PoolWorld world(conditions("begin\n  sleep\nrescue Exception\n  raise 'too late'\nend"), 1);
  CHECK(world.ask(snapshot_at(Stage::data), {"Hostile"}, kLimit).timed_out);
  // On the same thread, once it has ended the one before.
  CHECK(world.ask(snapshot_at(Stage::data), {"Kind"}).stop);
  CHECK_THAT(world.log(), Catch::Contains("[condition][timeout] milter-manager.conf:2: <Hostile>") &&
                              !Catch::Contains("too late"));
}

TEST_CASE("an interrupt that arrives when its call has ended hits nobody") {
  PoolWorld world(
      "interrupts = Module.new do\n"
      "  def give_back(**)\n"
      "    super\n"
      "    return unless $interrupts\n"
      "    thread = Thread.current\n"
      "    Thread.new { $interrupts.times { thread.raise(Milter::Manager::DeadlineExceeded, 'late') } "
      "}.join\n"
      "  end\n"
      "end\n"
      "Milter::Manager::DatabaseConnection.singleton_class.prepend(interrupts)\n"
      "define_applicable_condition('Kind') do |condition|\n"
      "  condition.define_data_stopper { $threads_of_kind << Thread.current; true }\n"
      "end\n"
      "define_applicable_condition('Set') do |condition|\n"
      "  condition.define_data_stopper { $threads_of_kind = []; $interrupts = 2 }\n"
      "end\n"
      "define_applicable_condition('Told') do |condition|\n"
      "  condition.define_data_stopper { $interrupts = nil; raise \"#{$threads_of_kind.size} of "
      "#{$threads_of_kind.uniq.size}\" }\n"
      "end\n",
      1);
  CHECK(world.ask(snapshot_at(Stage::data), {"Set"}).stop);
  for (int i = 0; i < 3; ++i) CHECK(world.ask(snapshot_at(Stage::data), {"Kind"}).stop);
  world.ask(snapshot_at(Stage::data), {"Told"});
  CHECK_THAT(world.log(), Catch::Contains("RuntimeError: 3 of 1\n"));
}

TEST_CASE("a thread that can't be stopped is left behind, and another one takes its place") {
  // One thread: without a new one the second question would never be answered.
  PoolWorld world(
      conditions("begin\n  sleep\nrescue Exception\n  retry\nensure\n  sleep 0.01 until $let_go\nend"), 1);
  CHECK(world.ask(snapshot_at(Stage::data), {"Hostile"}, kLimit).timed_out);
  CHECK(world.ask(snapshot_at(Stage::data), {"Kind"}).stop);
  CHECK_THAT(
      world.log(),
      Catch::Contains("error: [condition][abandon] milter-manager.conf:2: <Hostile>: it can't be stopped\n"));
  PoolWorld lets_go(
      "define_applicable_condition('Go') { |condition| condition.define_data_stopper { $let_go = true } }");
  CHECK(lets_go.ask(snapshot_at(Stage::data), {"Go"}).stop);
}

namespace {

// "Hostile" reads from a pipe in C, which nothing interrupts, until its end is opened and closed; "Kind" stops.
class Pipe {
 public:
  explicit Pipe(bool keeps_rubys_lock)
      : world_(conditions(
            "File.open(File.join(__dir__, 'pipe')) { |pipe| $reads.call(pipe.fileno, ' ' * 9, 9) }",
            std::string("require 'fiddle'\n"
                        "$reads = Fiddle::Function.new(Fiddle::Handle::DEFAULT['read'],\n"
                        "  [Fiddle::TYPE_INT, Fiddle::TYPE_VOIDP, Fiddle::TYPE_SIZE_T], Fiddle::TYPE_INT, "
                        "need_gvl: ") +
                (keeps_rubys_lock ? "true)\n" : "false)\n"))) {
    REQUIRE(::mkfifo(world_.file("pipe").c_str(), 0600) == 0);
    // The readers' opening does not wait for a writer.
    writer_ = ::open(world_.file("pipe").c_str(), O_RDWR | O_CLOEXEC);
    REQUIRE(writer_ >= 0);
    world_.pool().use({1, std::chrono::hours(1), kPatience});
  }
  ~Pipe() { let_go(); }

  PoolWorld& world() { return world_; }
  void let_go() {
    const std::string bytes(4096, 'x');
    if (writer_ >= 0) static_cast<void>(::write(writer_, bytes.data(), bytes.size()));
  }

 private:
  PoolWorld world_;
  int writer_ = -1;
};

PoolWorld::Snapshot of_session(std::uint32_t session) {
  auto snapshot = snapshot_at(Stage::data);
  snapshot.session = session;
  return snapshot;
}

// Asks "Kind" until it stops again, now that nobody holds Ruby any more.
void ask_until_it_stops(PoolWorld& world) {
  while (!world.ask(of_session(100), {"Kind"}).stop) {
  }
}

}  // namespace

TEST_CASE("a condition that keeps Ruby from running costs those that wait, and who comes later, no time") {
  Pipe pipe(true);
  PoolWorld& world = pipe.world();
  std::string answers;
  world.run([&] {
    const auto note = [&](char sign) {
      return [&, sign](const PoolWorld::Verdict& verdict) {
        answers += verdict.timed_out && !verdict.stop ? sign : '!';
        if (sign == 'w')
          world.ask(of_session(3), {"Kind"}, [&](const PoolWorld::Verdict& late) {
            answers += late.timed_out ? 'l' : '!';
            pipe.let_go();
            world.end();
          });
      };
    };
    world.ask(of_session(1), {"Hostile"}, note('h'), kLimit);
    world.ask(of_session(2), {"Kind"}, note('w'));
  });
  CHECK(answers == "hwl");
  CHECK_THAT(world.log(), Catch::Contains("critical: [condition][held] conditions in Ruby stop no milter"));
  CHECK_THAT(world.log(),
             Catch::Contains(
                 "[condition][timeout] <Kind>: a condition that can't be stopped keeps Ruby from running"));
  ask_until_it_stops(world);
  CHECK_THAT(world.log(), Catch::Contains("message: [condition][held] conditions in Ruby are asked again\n"));
}

TEST_CASE("calls that can't be stopped are replaced up to a limit, past which nobody waits for his time") {
  Pipe pipe(false);
  PoolWorld& world = pipe.world();
  int kind = 0;
  int hostile = 0;
  // Each takes the only thread, is left behind, and makes room for the kind one that follows: but for the last.
  const std::function<void()> next = [&] {
    if (hostile == 3) {
      world.ask(of_session(50), {"Kind"}, [&](const PoolWorld::Verdict& verdict) {
        CHECK(verdict.timed_out);
        world.end();
      });
      return;
    }
    ++hostile;
    world.ask(
        of_session(1), {"Hostile"}, [](const PoolWorld::Verdict&) {}, kLimit);
    world.ask(of_session(2), {"Kind"}, [&](const PoolWorld::Verdict& verdict) {
      kind += verdict.stop ? 1 : 0;
      next();
    });
  };
  world.run(next);
  CHECK(hostile == 3);
  CHECK(kind == 2);
  CHECK_THAT(world.log(),
             Catch::Contains("[condition][abandon] 3 threads can't be stopped: no more are started"));
  pipe.let_go();
  ask_until_it_stops(world);
}

TEST_CASE("an interruption never reaches a call that it is not meant for") {
  PoolWorld world(
      "define_applicable_condition('Late') { |condition| condition.define_data_stopper { sleep(rand * 0.004) "
      "} }\n"
      "define_applicable_condition('Kind') { |condition| condition.define_data_stopper { true } }\n",
      1);
  int kind = 0;
  int answers = 0;
  const auto count = [&](const PoolWorld::Verdict& verdict, bool is_kind) {
    kind += is_kind && verdict.stop;
    if (++answers == 400) world.end();
  };
  world.run([&] {
    for (std::uint32_t i = 0; i < 200; ++i) {
      auto snapshot = snapshot_at(Stage::data);
      snapshot.session = i;
      world.ask(
          snapshot, {"Late"}, [&](const PoolWorld::Verdict& verdict) { count(verdict, false); },
          milliseconds(2 * (i + 1)));
      world.ask(snapshot, {"Kind"}, [&](const PoolWorld::Verdict& verdict) { count(verdict, true); });
    }
  });
  CHECK(kind == 200);
}

TEST_CASE("what a condition did before its time was up counts, what it does later does not") {
  PoolWorld world(
      "define_applicable_condition('Slow') do |condition|\n"
      "  condition.define_data_stopper do |context|\n"
      "    context['before'] = 'x'\n"
      "    begin\n      sleep\n    ensure\n      context['late'] = 'y'\n      "
      "context.mail_transaction_shelf['late'] = 1\n    end\n"
      "  end\n"
      "end\n");
  const auto verdict = world.ask(snapshot_at(Stage::data), {"Slow"}, kLimit);
  CHECK(verdict.timed_out);
  REQUIRE(verdict.macros.size() == 1);
  CHECK(verdict.macros[0].name == "before");
  CHECK(world.pool().sessions() == 0);
}

TEST_CASE("a question for which no thread becomes free in time is answered all the same") {
  PoolWorld world(conditions("sleep"), 1);
  std::string order;
  world.run([&] {
    auto other = snapshot_at(Stage::data);
    other.session = 8;
    world.ask(
        snapshot_at(Stage::data), {"Hostile"},
        [&](const PoolWorld::Verdict&) {
          order += 'h';
          world.end();
        },
        6 * kLimit);
    world.ask(
        other, {"Kind"},
        [&](const PoolWorld::Verdict& verdict) { order += verdict.timed_out && !verdict.stop ? 't' : 's'; },
        kLimit);
  });
  CHECK(order == "th");
  CHECK_THAT(world.log(), Catch::Contains("error: [condition][timeout] <Kind>: no thread was free in time"));
}
