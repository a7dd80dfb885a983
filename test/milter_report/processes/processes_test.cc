// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "milter-report/processes/minutes.h"
#include "milter-report/processes/process.h"
#include "milter-report/processes/sampler.h"
#include "milter-report/processes/selection.h"

namespace milter_manager::report::processes {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr Units kUnits{4096, 100};

struct Shown {
  int pid = 1;
  std::string title = "smtpd";
  std::string command = std::string("smtpd\0-n\0smtp\0", 14);
  std::uint64_t started = 1000;
  std::uint64_t user = 30;
  std::uint64_t system = 20;
  char state = 'S';
};

// A folder that looks like /proc.
class FakeProc {
 public:
  FakeProc() {
    std::string name = (fs::temp_directory_path() / "processes-test-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
    write("uptime", "12 34\n");
    fs::create_directory(path_ + "/self");
  }
  ~FakeProc() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  FakeProc(const FakeProc&) = delete;
  FakeProc& operator=(const FakeProc&) = delete;

  const std::string& path() const { return path_; }
  ProcessTable table() const { return ProcessTable(path_, kUnits); }

  void write(const std::string& name, std::string_view text) const {
    fs::create_directories(fs::path(path_ + "/" + name).parent_path());
    std::ofstream(path_ + "/" + name, std::ios::binary) << text;
  }
  void add(const Shown& shown) const {
    const std::string folder = std::to_string(shown.pid);
    write(folder + "/stat",
          fmt::format("{} ({}) {} 1 2 3 0 -1 4194560 5 6 7 8 {} {} 900 900 20 0 3 0 {} 8192000 90 184 1 1\n",
                      shown.pid, shown.title, shown.state, shown.user, shown.system, shown.started));
    write(folder + "/statm", "2000 100 50 1 0 600 0\n");
    write(folder + "/cmdline", shown.command);
    write(folder + "/smaps_rollup",
          "5-7 ---p 00 00:00 0 [rollup]\nRss:      400 kB\nPss:              123 kB\nPss_Dirty: 9 kB\n");
    for (const char* descriptor : {"0", "1", "27"}) write(folder + "/fd/" + descriptor, "");
  }
  void remove(int pid) const { fs::remove_all(path_ + "/" + std::to_string(pid)); }

 private:
  std::string path_;
};

Moment at(std::int64_t seconds, double uptime) {
  return {std::chrono::sys_seconds(std::chrono::seconds(seconds)), std::chrono::duration<double>(uptime)};
}

Selection named(const std::string& name) {
  Selection selection;
  selection.add_name(name);
  return selection;
}

std::vector<int> pids_of(const Sample& sample) {
  std::vector<int> pids;
  for (const Measured& one : sample.processes) pids.push_back(one.process.pid);
  return pids;
}

std::vector<int> selected(const FakeProc& proc, Selection selection) {
  Sampler sampler(proc.table(), std::move(selection), false);
  const auto sample = sampler.sample(at(0, 100));
  REQUIRE(sample);
  CHECK(sample->problems.empty());
  return pids_of(*sample);
}

}  // namespace

TEST_CASE("a process is read from /proc") {
  const FakeProc proc;
  proc.add({.pid = 42});
  auto process = proc.table().look(42);
  REQUIRE(process);
  CHECK(process->name() == "smtpd");
  CHECK(process->command() == "smtpd -n smtp");
  CHECK(process->cpu_ticks == 50);
  CHECK(process->started_ticks == 1000);
  CHECK(process->threads == 3);
  CHECK_FALSE(process->descriptors);
  REQUIRE(proc.table().look_closer(*process, true));
  CHECK(process->virtual_bytes == 8192000);
  CHECK(process->resident_bytes == 409600);
  CHECK(process->descriptors == 3u);  // and not "." and ".."
  CHECK(process->proportional_bytes == 123u * 1024);
}

TEST_CASE("what only others may see of a process is unknown, not zero") {
  const FakeProc proc;
  proc.add({.pid = 42});
  fs::remove_all(proc.path() + "/42/fd");
  fs::remove(proc.path() + "/42/smaps_rollup");
  auto process = proc.table().look(42);
  REQUIRE(process);
  REQUIRE(proc.table().look_closer(*process, true));
  CHECK_FALSE(process->descriptors);
  CHECK_FALSE(process->proportional_bytes);
}

TEST_CASE("a title may hold anything") {
  const FakeProc proc;
  for (const char* title : {"a) R 9 9", "(", ")", "", "x y", ") Z 1", "line\nbreak"}) {
    proc.add({.pid = 7, .title = title});
    const auto process = proc.table().look(7);
    REQUIRE(process);
    CHECK(process->title == title);
    CHECK(process->cpu_ticks == 50);
  }
}

TEST_CASE("what makes no sense is no process") {
  const FakeProc proc;
  for (const char* text : {"", "7", "7 (x", "7 x) S", "7 (x)", "7 (x) S 1 2 3", ")(",
                           "7 (x) S 1 2 3 0 -1 4 5 6 7 8 a b 9 9 20 0 3 0 1 2 3 4",
                           "7 (x) S 1 2 3 0 -1 4 5 6 7 8 99999999999999999999999 1 9 9 20 0 3 0 1 2 3 4"}) {
    INFO(text);
    proc.write("7/stat", text);
    CHECK_FALSE(proc.table().look(7));
  }
  proc.add({.pid = 7, .state = 'Z'});
  CHECK_FALSE(proc.table().look(7));  // dead, but its parent has not asked yet
  CHECK_FALSE(proc.table().look(8));
}

TEST_CASE("a very long command line is cut") {
  const FakeProc proc;
  proc.add({.pid = 7, .command = std::string(1 << 20, 'x')});
  CHECK(proc.table().look(7)->command().size() == 4096);
}

TEST_CASE("a process goes by the names that people know it by") {
  struct Case {
    std::string title;
    std::string command;
    std::string name;
    bool goes_by_it;
  };
  const Case cases[] = {
      {"smtpd", std::string("/usr/lib/postfix/sbin/smtpd\0-n", 31), "smtpd", true},
      {"smtpd", "smtpd", "smtp", false},
      {"smtpd", "smtpd", "SMTPD", false},
      {"milter-manager", "/build/.libs/lt-milter-manager", "milter-manager", true},
      {"perl", "spamd child", "spamd", true},
      {"x", "nginx: master process /usr/sbin/nginx", "nginx", true},
      {"opendkim", std::string("/bin/sh\0/usr/sbin/opendkim", 26), "opendkim", true},
      {"kworker/0:1", "", "kworker/0:1", true},
      {"kworker/0:1", "", "kworker", false},
      {"a", "/opt/my programs/b", "b", true},
  };
  for (const Case& one : cases) {
    CAPTURE(one.command, one.name);
    const FakeProc proc;
    proc.add({.pid = 7, .title = one.title, .command = one.command});
    CHECK(proc.table().look(7)->is_called(one.name) == one.goes_by_it);
  }
}

TEST_CASE("a thread of the kernel is shown by its title") {
  const FakeProc proc;
  proc.add({.pid = 2, .title = "kthreadd", .command = ""});
  CHECK(proc.table().look(2)->name() == "kthreadd");
  CHECK(proc.table().look(2)->command() == "[kthreadd]");
}

TEST_CASE("processes are selected by name, by number, and by file") {
  const FakeProc proc;
  proc.add({.pid = 10});
  proc.add({.pid = 11, .title = "qmgr", .command = "qmgr"});
  proc.add({.pid = 12, .title = "spamd", .command = "spamd"});
  proc.add({.pid = 13});
  CHECK(selected(proc, named("smtpd")) == std::vector<int>{10, 13});
  CHECK(selected(proc, named("nobody")).empty());

  Selection by_number;
  by_number.add_pid(12);
  by_number.add_pid(99);
  CHECK(selected(proc, std::move(by_number)) == std::vector<int>{12});

  proc.write("run/deep/er/spamd.pid", "   12\n");
  proc.write("run/stale.pid", "4711\n");
  proc.write("run/empty.pid", "");
  proc.write("run/words.pid", "12 is not written like this: 12x\n12x");
  proc.write("run/garbage.pid", "12x");
  proc.write("run/negative.pid", "-1");
  proc.write("run/huge.pid", "99999999999999999999");
  proc.write("run/other.txt", "11");
  fs::create_directory(proc.path() + "/run/folder.pid");
  REQUIRE(::mkfifo((proc.path() + "/run/pipe.pid").c_str(), 0600) == 0);
  fs::create_symlink(proc.path() + "/run", proc.path() + "/run/round");
  Selection by_file;
  by_file.add_pid_directory(proc.path() + "/run");
  by_file.add_name("qmgr");
  CHECK(selected(proc, std::move(by_file)) == std::vector<int>{11, 12});
}

TEST_CASE("filters leave those whose command line any of them fits, whatever the case") {
  const FakeProc proc;
  proc.add({.pid = 10, .command = std::string("smtpd\0-n\0smtp", 13)});
  proc.add({.pid = 11, .command = std::string("smtpd\0-n\0submission", 19)});
  proc.add({.pid = 12, .command = std::string("smtpd\0-n\0smtps\n", 15)});
  Selection selection = named("smtpd");
  REQUIRE(selection.add_filter("-N SUB"));
  REQUIRE(selection.add_filter("smtps.$"));
  CHECK(selected(proc, std::move(selection)) == std::vector<int>{11, 12});
  Selection wrong;
  CHECK_FALSE(wrong.add_filter("("));
}

TEST_CASE("a folder of pid files that is not there is told, and the others are looked at") {
  const FakeProc proc;
  proc.add({.pid = 10});
  Selection selection = named("smtpd");
  selection.add_pid_directory(proc.path() + "/nowhere");
  Sampler sampler(proc.table(), std::move(selection), false);
  const auto sample = sampler.sample(at(0, 100));
  REQUIRE(sample);
  CHECK(pids_of(*sample) == std::vector<int>{10});
  REQUIRE(sample->problems.size() == 1);
  CHECK(sample->problems[0].find("/nowhere") != std::string::npos);
}

TEST_CASE("without /proc there is an error") {
  Sampler sampler(ProcessTable("/nowhere/proc", kUnits), named("smtpd"), false);
  CHECK_FALSE(sampler.sample(at(0, 100)));
}

TEST_CASE("CPU percent is the CPU time between two looks by the time between them") {
  const FakeProc proc;
  proc.add({.pid = 10, .user = 100, .system = 50});
  Sampler sampler(proc.table(), named("smtpd"), false);
  const auto first = sampler.sample(at(0, 100));
  REQUIRE(first->processes.size() == 1);
  CHECK_FALSE(first->processes[0].cpu_percent);
  CHECK(first->processes[0].cpu_seconds == Approx(1.5));

  proc.add({.pid = 10, .user = 200, .system = 150});  // 2 s of CPU within 4 s
  const auto second = sampler.sample(at(4, 104));
  REQUIRE(second->processes.size() == 1);
  CHECK(*second->processes[0].cpu_percent == Approx(50));
  CHECK(second->processes[0].cpu_seconds == Approx(3.5));

  const auto same_moment = sampler.sample(at(4, 104));
  CHECK_FALSE(same_moment->processes[0].cpu_percent);
}

TEST_CASE("of a process that is new all CPU time counts, of one that was only not seen none") {
  const FakeProc proc;
  Sampler sampler(proc.table(), named("smtpd"), false);
  REQUIRE(sampler.sample(at(0, 100)));
  proc.add({.pid = 10, .started = 10100, .user = 30, .system = 20});  // 101 s after the boot
  proc.add({.pid = 11, .started = 900});
  const auto sample = sampler.sample(at(5, 105));
  REQUIRE(sample->processes.size() == 2);
  CHECK(*sample->processes[0].cpu_percent == Approx(10));
  CHECK_FALSE(sample->processes[1].cpu_percent);
}

TEST_CASE("a number that was given to another process is another process") {
  const FakeProc proc;
  proc.add({.pid = 10, .user = 5000});
  Sampler sampler(proc.table(), named("smtpd"), false);
  REQUIRE(sampler.sample(at(0, 100)));
  proc.add({.pid = 10, .started = 10050, .user = 10, .system = 0});
  const auto sample = sampler.sample(at(1, 101));
  CHECK(*sample->processes[0].cpu_percent == Approx(10));
}

TEST_CASE("processes that end between two looks are left out") {
  const FakeProc proc;
  proc.add({.pid = 10});
  proc.add({.pid = 11});
  proc.add({.pid = 12});
  fs::remove(proc.path() + "/11/stat");
  fs::remove(proc.path() + "/12/statm");
  Sampler sampler(proc.table(), named("smtpd"), true);
  CHECK(pids_of(*sampler.sample(at(0, 100))) == std::vector<int>{10});
  proc.remove(10);
  CHECK(sampler.sample(at(1, 101))->processes.empty());
}

TEST_CASE("this system's processes can be looked at") {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::pause();
    ::_exit(0);
  }
  Selection selection;
  selection.add_pid(child);
  Sampler sampler(ProcessTable(), std::move(selection), true);
  const auto sample = sampler.sample(Moment::now());
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  REQUIRE(sample);
  REQUIRE(sample->processes.size() == 1);
  const Process& process = sample->processes[0].process;
  CHECK(process.pid == child);
  CHECK(process.virtual_bytes > process.resident_bytes);
  CHECK(process.resident_bytes > 0);
  CHECK(process.threads == 1);
  CHECK(process.descriptors.value_or(0) >= 1);
  CHECK(static_cast<double>(process.started_ticks) <=
        sample->moment.uptime.count() * Units::of_this_system().ticks_per_second + 1);
}

namespace {

Sample sample_at(std::int64_t seconds, std::vector<Measured> processes) {
  return {at(seconds, static_cast<double>(seconds)), std::move(processes), {}};
}

Measured measured(const std::string& name, std::uint64_t resident, std::optional<double> cpu,
                  std::optional<std::uint64_t> proportional = {}) {
  Measured one;
  one.name = name;
  one.cpu_percent = cpu;
  one.process.resident_bytes = resident;
  one.process.proportional_bytes = proportional;
  one.process.threads = 2;
  return one;
}

}  // namespace

TEST_CASE("a minute holds the mean of its samples, of the sum over processes") {
  Minutes minutes({"smtpd"});
  CHECK(minutes
            .add(sample_at(
                60, {measured("smtpd", 100, std::nullopt, 7), measured("smtpd", 200, std::nullopt, 8)}))
            .empty());
  CHECK(minutes.add(sample_at(90, {measured("smtpd", 100, 10, 7)})).empty());
  CHECK(minutes.add(sample_at(119, {})).empty());
  const auto rows = minutes.add(sample_at(121, {}));
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].name == "smtpd");
  CHECK(rows[0].row.minute.time_since_epoch() == 1min);
  const std::vector<double>& values = rows[0].row.values;
  CHECK(values[0] == Approx(1));               // processes: 2, 1, 0
  CHECK(values[2] == Approx(400.0 / 3));       // RSS: 300, 100, 0
  CHECK(values[3] == Approx((15 + 7) / 3.0));  // PSS
  CHECK(values[4] == Approx(5));               // CPU: unknown, 10, 0
  CHECK(values[6] == Approx(2));               // threads: 4, 2, 0
}

TEST_CASE("what could not be read of one process is unknown for all of its name") {
  Minutes minutes({});
  minutes.add(sample_at(60, {measured("a", 1, 5, 7), measured("a", 1, 5), measured("b", 1, 5, 9)}));
  const auto rows = minutes.end();
  REQUIRE(rows.size() == 2);
  CHECK(std::isnan(rows[0].row.values[3]));
  CHECK(rows[1].row.values[3] == 9);
  CHECK(std::isnan(rows[1].row.values[5]));  // descriptors
  CHECK(minutes.end().empty());
}

TEST_CASE("what could never be read is unknown, also in a minute whose other looks found no process") {
  Minutes minutes({"a"});
  minutes.add(sample_at(60, {measured("a", 1, 5)}));
  minutes.add(sample_at(61, {}));
  const auto rows = minutes.end();
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].row.values[0] == 0.5);
  CHECK(std::isnan(rows[0].row.values[3]));  // PSS
  minutes.add(sample_at(120, {}));
  CHECK(minutes.end()[0].row.values[3] == 0);
}

TEST_CASE("a clock that was set back does not bring back a minute") {
  Minutes minutes({"smtpd"});
  minutes.add(sample_at(600, {}));
  CHECK(minutes.add(sample_at(60, {measured("smtpd", 8, 1)})).empty());
  const auto rows = minutes.add(sample_at(660, {}));
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].row.minute.time_since_epoch() == 10min);
  CHECK(rows[0].row.values[2] == 4);
}

TEST_CASE("processes that change their names without end take no memory without end") {
  Minutes minutes({"smtpd"});
  std::vector<Measured> many;
  for (int i = 0; i < 1000; ++i) many.push_back(measured(fmt::format("name{}", i), 1, 1));
  minutes.add(sample_at(60, many));
  CHECK(minutes.has_left_out());
  CHECK(minutes.end().size() == Minutes::kMostNames);
}

}  // namespace milter_manager::report::processes
