// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/condition/stress.h"

#include <catch2/catch.hpp>

#include "test/condition/world.h"

using namespace milter_manager;
using condition::Stress;

namespace {

const std::string kMasterCf =
    "# service type  private unpriv  chroot  wakeup  maxproc command + args\n"
    "#smtp     inet  n       -       y       -       7       smtpd\n"
    "smtp      unix  -       -       y       -       9       smtp\n";

// A host's files, with a Postfix master among its processes.
struct PostfixHost {
  explicit PostfixHost(const std::string& smtp_service, const std::string& postconf = "") {
    folder.write("proc/1/cmdline", std::string("/sbin/init\0", 11));
    folder.write("proc/77/cmdline", std::string("/usr/lib/postfix/sbin/master\0-w\0", 32));
    folder.write("proc/self/cmdline", "postfix master");
    folder.write("etc/postfix/master.cf", kMasterCf + smtp_service);
    folder.write("bin/postconf",
                 postconf.empty()
                     ? "#!/bin/sh\n[ \"$*\" = 'default_process_limit config_directory' ] || exit 3\n"
                       "echo 'default_process_limit = 100'\necho 'config_directory = /etc/postfix'\n"
                     : postconf,
                 true);
  }
  condition::MtaSurroundings surroundings() const {
    condition::MtaSurroundings where;
    where.root = folder.path();
    where.program_path = {folder.path() + "/none", folder.path() + "/bin"};
    return where;
  }
  Folder folder;
};

}  // namespace

TEST_CASE("Postfix is under stress when three quarters of its SMTP servers are busy") {
  struct Case {
    const char* smtp_service;
    std::uint32_t threshold;
  };
  const std::vector<Case> cases = {
      {"smtp inet n - y - - smtpd\n", 75},
      {"smtp inet n - y - 50 smtpd\n", 37},
      {"smtp\tinet\tn\t-\ty\t-\t3\tsmtpd -o a=b\n", 2},
      {"smtp inet n - y - 0 smtpd\n", 0},
      {"smtp inet n - y - 1 postscreen\nsmtpd pass - - y - 20 smtpd\n", 15},
      {"smtp inet n - y - 1 postscreen\nsmtpd pass - - y - - smtpd\n", 75},
      {"smtp inet n - y - 8 smtpd\nsmtp inet n - y - 80 smtpd\n", 6},
      {"  smtp inet n - y - 8 smtpd\n", 75},
      {"", 75},
      {"smtp inet n - y - 99999999999999999999 smtpd\n", 75},
  };
  for (const Case& one : cases) {
    INFO(one.smtp_service);
    const PostfixHost host(one.smtp_service);
    const auto found = condition::find_stress_threshold(host.surroundings());
    CHECK(found.n_connections == one.threshold);
    CHECK_FALSE(found.is_warning);
  }
}

TEST_CASE("a postconf that fails means no stress, and says why") {
  struct Case {
    const char* postconf;
    const char* text;
  };
  const std::vector<Case> cases = {
      {"#!/bin/sh\nexit 2\n", "/bin/postconf: exit status 2"},
      {"#!/bin/sh\nkill -9 $$\n", "/bin/postconf: killed by signal 9"},
      {"#!/bin/sh\necho rubbish\n", "/master.cf can't be read"},
      {"#!/bin/sh\necho config_directory = /etc/postfix\necho 'default_process_limit = $x'\n",
       "tells no process limit"},
      {"#!/bin/sh\nexec sleep 60\n", "/bin/postconf: does not end"},
      {"#!/bin/sh\nexec >&-\nexec sleep 60\n", "/bin/postconf: does not end"},
      {"#!/bin/sh\nwhile echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; do :; done\n",
       "/bin/postconf: says too much"},
      {"#!/no/such/interpreter\n", "/bin/postconf: No such file or directory"},
  };
  for (const Case& one : cases) {
    INFO(one.postconf);
    const PostfixHost host("", one.postconf);
    auto where = host.surroundings();
    if (std::string_view(one.text).find("does not end") != std::string_view::npos) {
      where.postconf_timeout = std::chrono::milliseconds(100);
    } else {
      where.postconf_timeout = std::chrono::seconds(60);
    }
    const auto found = condition::find_stress_threshold(where);
    CHECK(found.n_connections == 0);
    CHECK(found.is_warning);
    CHECK_THAT(found.log_text, Catch::Contains(one.text));
  }
}

TEST_CASE("Sendmail tells how many children it allows itself") {
  struct Case {
    const char* file;
    const char* text;
    std::uint32_t threshold;
    bool is_warning;
  };
  const std::vector<Case> cases = {
      {"etc/mail/sendmail.cf", "#O MaxDaemonChildren=7\nO MaxDaemonChildren=12\n", 9, false},
      {"etc/mail/sendmail.cf", "O MaxDaemonChildren = 40\nDnMAILER-DAEMON\n", 30, false},
      {"etc/sendmail.cf", "O MaxDaemonChildren=4\n", 3, false},
      {"etc/mail/sendmail.cf", "O MaxDaemonChildrenX=4\n", 0, true},
      {"etc/none", "", 0, true},
  };
  for (const Case& one : cases) {
    INFO(one.text);
    const Folder folder;
    folder.write("proc/9/cmdline", std::string("sendmail: MTA: accepting connections\0", 37));
    folder.write(one.file, one.text);
    condition::MtaSurroundings where;
    where.root = folder.path();
    const auto found = condition::find_stress_threshold(where);
    CHECK(found.n_connections == one.threshold);
    CHECK(found.is_warning == one.is_warning);
  }
}

TEST_CASE("where no MTA runs there is no stress") {
  const Folder folder;
  folder.write("proc/9/cmdline", "vi\0/etc/postfix/main.cf");
  condition::MtaSurroundings where;
  where.root = folder.path();
  const auto found = condition::find_stress_threshold(where);
  CHECK(found.n_connections == 0);
  CHECK_FALSE(found.is_warning);
}

TEST_CASE("stress begins with as many sessions as the threshold says") {
  World world;
  struct Case {
    std::uint32_t threshold;
    std::size_t sessions;
    bool stress;
  };
  for (const Case& one : {Case{3, 2, false}, Case{3, 3, true}, Case{3, 4, true}, Case{0, 1000, false}}) {
    INFO(one.threshold << " " << one.sessions);
    auto session = FakeSession::of("h", "192.0.2.1");
    session.sessions = one.sessions;
    config::BuiltinConditions::Stress settings;
    settings.threshold_n_connections = one.threshold;
    Stress notify(Stress::Reaction::notify, settings, world.surroundings);
    Stress stop(Stress::Reaction::stop, settings, world.surroundings);
    CHECK(ask_at_connect(world, notify, session) == (one.stress ? "go stress=yes" : "go"));
    CHECK(ask_at_connect(world, stop, session) == (one.stress ? "stop" : "go"));
  }
}

TEST_CASE("the threshold is looked up once, for all who ask meanwhile") {
  const PostfixHost host("smtp inet n - y - 4 smtpd\n");
  World world;
  Stress stop(Stress::Reaction::stop, {}, world.surroundings, host.surroundings());
  auto session = FakeSession::of("h", "192.0.2.1");
  std::vector<std::string> outcomes;
  for (const std::size_t sessions : {2U, 3U, 4U}) {
    session.sessions = sessions;
    CHECK_FALSE(stop.ask({config::Stage::connect, "m", nullptr, false, &session},
                         [&](const condition::Outcome& outcome) { outcomes.push_back(text_of(outcome)); }));
  }
  world.run_until([&] { return outcomes.size() == 3; });
  CHECK(outcomes == std::vector<std::string>{"go", "stop", "stop"});
  CHECK(ask_at_connect(world, stop, session) == "stop");
  CHECK(world.logged ==
        std::vector<std::string>{
            "info: [stress] Postfix: under stress from 3 connections on (three quarters of 4)"});
}

TEST_CASE("a condition that ends while the threshold is looked up never answers") {
  const PostfixHost host("");
  World world;
  auto stop = std::make_unique<Stress>(Stress::Reaction::stop, config::BuiltinConditions::Stress{},
                                       world.surroundings, host.surroundings());
  const auto session = FakeSession::of("h", "192.0.2.1");
  int answers = 0;
  const auto ask_once = [&](condition::Builtin::Later later) {
    CHECK_FALSE(stop->ask({config::Stage::connect, "m", nullptr, false, &session}, std::move(later)));
  };
  SECTION("at once") {
    ask_once([&](auto) { ++answers; });
    stop.reset();
    world.run_a_little();
    CHECK(answers == 0);
  }
  SECTION("ended by the first who is answered") {
    const auto end = [&](auto) {
      ++answers;
      stop.reset();
    };
    ask_once(end);
    ask_once(end);
    world.run_until([&] { return stop == nullptr; });
    world.run_a_little();
    CHECK(answers == 1);
  }
}
