// SPDX-License-Identifier: GPL-3.0-or-later
// Conditions in a running manager.
#include <signal.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <deque>
#include <filesystem>

#include "test/daemon/manager.h"
#include "test/daemon/peers.h"

namespace {

namespace command = milter_manager::protocol::command;
using milter_manager::protocol::CommandKind;

const command::Connect kConnect{"client.example.org", command::Family::inet, 2525, "192.0.2.1"};

}  // namespace

TEST_CASE("200 sessions are answered while the same condition sleeps for another one") {
  Manager manager(
      "manager.reply_deadline = 280\n"
      "manager.condition_timeout = 280\n"
      "define_applicable_condition('Sleepy') do |condition|\n"
      "  condition.define_connect_stopper do |context, host|\n"
      "    if host == 'slow.example.org'\n"
      "      File.write(\"#{DIR}/sleeping\", '')\n"
      "      sleep 2\n"
      "      sleep 0.01 until File.exist?(\"#{DIR}/answered\")\n"
      "    end\n"
      "    true\n"
      "  end\n"
      "end\n"
      "define_milter('clamav') do |milter|\n"
      "  milter.connection_spec = \"unix:#{DIR}/clamav\"\n"
      "  milter.add_applicable_condition('Sleepy')\n"
      "end\n");
  Mta sleeper(manager.socket());
  sleeper.send(command::Connect{"slow.example.org", command::Family::inet, 2525, "192.0.2.1"});
  REQUIRE(eventually([&] { return ::access(manager.file("sleeping").c_str(), F_OK) == 0; }));

  std::deque<Mta> others;
  for (int i = 0; i < 200; ++i) others.emplace_back(manager.socket());
  for (Mta& other : others) other.send(kConnect);
  int answered = 0;
  for (Mta& other : others) answered += other.reply() != '\0';
  CHECK(answered == 200);
  CHECK_FALSE(sleeper.has_reply());

  manager.folder().write("answered", "");
  CHECK(sleeper.reply() != '\0');
}

TEST_CASE("a mail with three or more recipients that the MTA refused is rejected") {
  for (const int refused : {2, 3, 4}) {
    CAPTURE(refused);
    const Folder sockets;
    const Milter milter(sockets.file("reject"), 'T', 'r');
    Manager manager(
        "define_applicable_condition('Three refused') do |condition|\n"
        "  condition.refused_recipients = true\n"
        "  condition.define_envelope_recipient_stopper do |context, recipient|\n"
        "    shelf = context.mail_transaction_shelf\n"
        "    shelf['refused'] = shelf['refused'].to_i + 1 if context.refused_recipient?\n"
        "    false\n"
        "  end\n"
        "  condition.define_data_stopper { |context| context.mail_transaction_shelf['refused'].to_i < 3 }\n"
        "end\n"
        "define_milter('reject') do |milter|\n"
        "  milter.connection_spec = 'unix:" +
        sockets.file("reject") +
        "'\n"
        "  milter.add_applicable_condition('Three refused')\n"
        "end\n");
    {
      Mta mta(manager.socket());
      CHECK(mta.ask(kConnect) == 'c');
      CHECK(mta.ask(command::Helo{"client.example.org"}) == 'c');
      CHECK(mta.ask(command::Mail{"<from@example.org>", {}}) == 'c');
      mta.send_macros(CommandKind::recipient, {"{rcpt_mailer}", "smtp"});
      CHECK(mta.ask(command::Recipient{"<to@example.net>", {}}) == 'c');
      mta.send_macros(CommandKind::recipient, {"{rcpt_mailer}", "error", "{rcpt_host}", "5.1.1"});
      for (int i = 0; i < refused; ++i) mta.ask(command::Recipient{"<nobody@example.net>", {}});
      const char answer = mta.ask(command::Data{});
      CHECK((answer == 'r') == (refused >= 3));
      mta.send(command::Quit{});
    }
    CHECK(manager.end().status == 0);
    CHECK(milter.asked() == (refused >= 3 ? 1 : 0));
  }
}

TEST_CASE("a condition that fails or takes too long does not stop the milter, and the log says where") {
  const Folder sockets;
  const Milter milter(sockets.file("milter"), 'H', 'c');
  Manager manager(
      "manager.condition_timeout = 0.1\n"
      "define_applicable_condition('Bad') do |condition|\n"
      "  condition.define_helo_stopper { |context, name| name == 'sleep' ? sleep : raise('no such host') }\n"
      "end\n"
      "define_milter('milter') do |milter|\n"
      "  milter.connection_spec = 'unix:" +
      sockets.file("milter") +
      "'\n"
      "  milter.add_applicable_condition('Bad')\n"
      "end\n");
  for (const char* name : {"raise", "sleep"}) {
    Mta mta(manager.socket());
    CHECK(mta.ask(kConnect) == 'c');
    CHECK(mta.ask(command::Helo{name}) == 'c');
    mta.send(command::Quit{});
  }
  CHECK(manager.logs("[condition][error] CONFIG/milter-manager.conf:7: <Bad>: RuntimeError: no such host\n"));
  CHECK(manager.logs("[condition][timeout] CONFIG/milter-manager.conf:7: <Bad>: no answer in time"));
  CHECK(manager.end().status == 0);
  CHECK(milter.asked() == 2);
}

TEST_CASE("what a condition has set as a macro reaches conditions of later stages and other conditions") {
  Manager manager(
      "define_applicable_condition('Sets') do |condition|\n"
      "  condition.define_connect_stopper { |context| context['{stress}'] = 'yes'; false }\n"
      "end\n"
      "define_applicable_condition('Reads') do |condition|\n"
      "  condition.define_connect_stopper { |context| Milter::Logger.info(\"connect: "
      "#{context['stress']}\"); false }\n"
      "  condition.define_helo_stopper do |context|\n"
      "    Milter::Logger.info(\"helo: #{context['stress']} #{context['j']} "
      "#{context.n_processing_sessions}\")\n"
      "    false\n"
      "  end\n"
      "end\n"
      "define_milter('milter') do |milter|\n"
      "  milter.connection_spec = \"unix:#{DIR}/nowhere\"\n"
      "  milter.applicable_conditions = ['Sets', 'Reads']\n"
      "end\n");
  Mta mta(manager.socket());
  Mta another(manager.socket());
  mta.send_macros(CommandKind::connect, {"j", "mail.example.com"});
  mta.ask(kConnect);
  mta.ask(command::Helo{"client.example.org"});
  CHECK(manager.logs("connect: yes\n"));
}

TEST_CASE(
    "conditions of the manager's own and of blocks are asked in the order in which the milter names them") {
  struct Row {
    const char* conditions;
    int mails_seen;
    bool last_asked;
  };
  // The built-in one stops who has authenticated, and sees the macro that a block has set before it.
  const Row rows[] = {{"['Sets', 'Unauthenticated', 'Last']", 0, false},
                      {"['Unauthenticated', 'Sets', 'Last']", 1, true},
                      {"['Unauthenticated', 'Sets', 'Unauthenticated', 'Last']", 0, false}};
  for (const Row& row : rows) {
    CAPTURE(row.conditions);
    const Folder sockets;
    const Milter milter(sockets.file("milter"), 'M', 'c');
    Manager manager(
        "define_applicable_condition('Unauthenticated') { |condition| condition.builtin = :unauthenticated "
        "}\n"
        "define_applicable_condition('Sets') do |condition|\n"
        "  condition.define_envelope_from_stopper { |context| context['{auth_type}'] = 'PLAIN'; false }\n"
        "end\n"
        "define_applicable_condition('Last') do |condition|\n"
        "  condition.define_envelope_from_stopper { Milter::Logger.info('asked last'); false }\n"
        "end\n"
        "define_milter('milter') do |milter|\n"
        "  milter.connection_spec = 'unix:" +
        sockets.file("milter") +
        "'\n"
        "  milter.applicable_conditions = " +
        row.conditions +
        "\n"
        "end\n");
    {
      Mta mta(manager.socket());
      CHECK(mta.ask(kConnect) == 'c');
      CHECK(mta.ask(command::Helo{"client.example.org"}) == 'c');
      CHECK(mta.ask(command::Mail{"<from@example.org>", {}}) != '\0');
      mta.send(command::Quit{});
    }
    CHECK(manager.end().status == 0);
    CHECK(milter.asked() == row.mails_seen);
    CHECK((manager.log().find("asked last\n") != std::string::npos) == row.last_asked);
  }
}

TEST_CASE("a built-in condition that has to ask Ruby is answered, and those behind it are asked then") {
  Manager manager(
      "s25r.add_blacklist { |host| host == 'dynamic.example.org' }\n"
      "define_applicable_condition('Client') { |condition| condition.builtin = :s25r }\n"
      "define_applicable_condition('Last') do |condition|\n"
      "  condition.define_connect_stopper do |context, host, address|\n"
      "    Milter::Logger.info(\"last: #{host} #{address} #{context.name}\")\n"
      "    true\n"
      "  end\n"
      "end\n"
      "define_milter('milter') do |milter|\n"
      "  milter.connection_spec = \"unix:#{DIR}/nowhere\"\n"
      "  milter.applicable_conditions = ['Client', 'Last']\n"
      "end\n");
  for (const char* host : {"mx.example.org", "dynamic.example.org"}) {
    Mta mta(manager.socket());
    CHECK(mta.ask(command::Connect{host, command::Family::inet, 2525, "192.0.2.1"}) != '\0');
    mta.send(command::Quit{});
  }
  CHECK(manager.logs("last: dynamic.example.org inet:2525@[192.0.2.1] milter\n"));
  CHECK_THAT(manager.log(), !Catch::Contains("last: mx.example.org"));
}

TEST_CASE("a condition that can't be stopped does not keep the manager from ending") {
  Manager manager(
      "manager.condition_timeout = 0.1\n"
      "define_applicable_condition('Stubborn') do |condition|\n"
      "  condition.define_connect_stopper { Thread.handle_interrupt(Object => :never) { loop { sleep 0.1 } } "
      "}\n"
      "end\n"
      "define_milter('milter') do |milter|\n"
      "  milter.connection_spec = \"unix:#{DIR}/nowhere\"\n"
      "  milter.add_applicable_condition('Stubborn')\n"
      "end\n");
  {
    Mta mta(manager.socket());
    CHECK(mta.ask(kConnect) != '\0');
    mta.send(command::Quit{});
  }
  const std::string pid_file = manager.file("pid");
  CHECK(manager.end().status == 0);
  CHECK(::access(pid_file.c_str(), F_OK) != 0);
  CHECK(manager.logs("[condition][error] a thread that does not end is abandoned\n"));
}

TEST_CASE("a child that a condition forks holds none of the manager's connections") {
  Manager manager(
      "define_applicable_condition('Forks') do |condition|\n"
      "  condition.define_connect_stopper do\n"
      "    pid = fork { sleep }\n"
      "    File.write(\"#{DIR}/child.new\", pid.to_s)\n"
      "    File.rename(\"#{DIR}/child.new\", \"#{DIR}/child\")\n"
      "    true\n"
      "  end\n"
      "end\n"
      "define_milter('milter') do |milter|\n"
      "  milter.connection_spec = \"unix:#{DIR}/nowhere\"\n"
      "  milter.add_applicable_condition('Forks')\n"
      "end\n");
  Mta mta(manager.socket());
  CHECK(mta.ask(kConnect) != '\0');
  const std::string child = read_file(manager.file("child"));
  REQUIRE_FALSE(child.empty());
  const auto sockets = [&] {
    int n = 0;
    for (const auto& one : std::filesystem::directory_iterator("/proc/" + child + "/fd")) {
      std::error_code ignored;
      n += std::filesystem::read_symlink(one.path(), ignored).string().rfind("socket:", 0) == 0;
    }
    return n;
  };
  CHECK(eventually([&] { return sockets() == 0; }));
  REQUIRE(::kill(std::stoi(child), SIGKILL) == 0);
}

TEST_CASE("hooks run when the manager begins and maintains itself") {
  Manager manager(
      "manager.maintained { Milter::Logger.info('maintained!') }\n"
      "manager.maintained { raise 'not this one' }\n"
      "manager.report_memory_statistics\n"
      "manager.event_loop_created do |loop|\n"
      "  n = 0\n"
      "  loop.add_timeout(0.01) do\n"
      "    Milter::Logger.info(\"timeout #{n += 1}!\")\n"
      "    n < 2\n"
      "  end\n"
      "  loop.add_timeout(0.01) { raise 'a timer' }\n"
      "  raise 'a hook'\n"
      "end\n");
  CHECK(manager.logs("timeout 2!\n"));
  CHECK(manager.logs("[event-loop][error] CONFIG/milter-manager.conf:15: RuntimeError: a hook\n"));
  CHECK(manager.logs("[event-loop][error] CONFIG/milter-manager.conf:14: RuntimeError: a timer\n"));
  {
    Mta mta(manager.socket());
    mta.send(command::Quit{});
  }
  CHECK(manager.logs("]: [maintain][memory] ("));
  CHECK(manager.logs("maintained!\n"));
  CHECK(manager.logs("[maintain][error] CONFIG/milter-manager.conf:6: RuntimeError: not this one\n"));
  CHECK(manager.end().status == 0);
  CHECK_THAT(manager.log(), !Catch::Contains("timeout 3!"));
}

TEST_CASE("new sessions get the conditions of the new configuration, and the old ones are forgotten") {
  Manager manager("Milter::Logger.info('begin')\n");
  const auto reload = [&](int number) {
    manager.folder().write("milter-manager.conf",
                           "log.use_syslog = false\nlog.level = 'default|info'\nlog.path = '" +
                               manager.file("log") + "'\n" +
                               "define_applicable_condition('C') do |condition|\n"
                               "  condition.define_connect_stopper { Milter::Logger.info('asked " +
                               std::to_string(number) +
                               "'); true }\n"
                               "end\n"
                               "define_milter('milter') do |milter|\n"
                               "  milter.connection_spec = 'unix:/nowhere'\n"
                               "  milter.add_applicable_condition('C')\n"
                               "end\n"
                               "Milter::Logger.info('read " +
                               std::to_string(number) + "')\n");
    manager.program().signal(SIGHUP);
    REQUIRE(manager.logs("read " + std::to_string(number) + "\n"));
    const std::string holds = "[configuration][reload] the new configuration holds";
    REQUIRE(eventually([&] {
      int n = 0;
      const std::string log = manager.log();
      for (auto at = log.find(holds); at != std::string::npos; at = log.find(holds, at + 1)) ++n;
      return n == number;
    }));
  };
  reload(1);
  Mta first(manager.socket());
  reload(2);
  Mta second(manager.socket());
  CHECK(second.ask(kConnect) != '\0');
  CHECK(manager.logs("asked 2\n"));
  CHECK(first.ask(kConnect) != '\0');
  CHECK(manager.logs("asked 1\n"));
}

TEST_CASE("a configuration file that has vanished leaves the old one in force, and the log says so") {
  Manager manager("define_milter('milter') { |milter| milter.connection_spec = 'unix:/nowhere' }\n");
  ::unlink(manager.file("milter-manager.conf").c_str());
  manager.program().signal(SIGHUP);
  CHECK(manager.logs("the configuration has errors: the old one stays\n"));
  CHECK_THAT(manager.log(), Catch::Contains("milter-manager.conf doesn't exist."));
  Mta mta(manager.socket());
  CHECK(mta.ask(kConnect) != '\0');
}
