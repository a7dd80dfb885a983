// SPDX-License-Identifier: GPL-3.0-or-later
// Servers that are killed, hang, are slow and come back, while mail goes on.
#include <catch2/catch.hpp>

#include "test/daemon/processes.h"
#include "test/database/recipients.h"
#include "test/database/servers/database_server.h"

namespace {

constexpr const char* kBoth = "strict lenient";
// A condition's error, or that its time was up.
constexpr const char* kFailed = "[condition][error]";
constexpr const char* kLate = "[condition][timeout]";

std::size_t failures(LookUps& look_ups) {
  const std::string log = look_ups.manager().log();
  return count(log, kFailed) + count(log, kLate);
}

// Has the server sleep for one of the recipients.
std::string slow_rule(const DatabaseServer& server) {
  return "recipient == '<slow@example.net>' ? Account.connection.execute('" + server.sleep(30) +
         "') : Account.milter_of(recipient)";
}

}  // namespace

TEST_CASE("a server that is killed fails conditions, and the first session after its return asks it again") {
  const std::string name = GENERATE("PostgreSQL", "MariaDB");
  CAPTURE(name);
  const auto server = make_server(name);
  LookUps look_ups(server->settings());
  for (int round = 0; round < 3; ++round) {
    CHECK(look_ups.milters_for("alice@example.net") == "strict");
    server->kill();
    // As long as it is gone each session goes to both.
    for (int i = 0; i < 3; ++i) CHECK(look_ups.milters_for("alice@example.net") == kBoth);
    server->start();
    CHECK(look_ups.milters_for("bob@example.net") == "lenient");
  }
  // Restarted while nobody asked.
  server->kill();
  server->start();
  CHECK(look_ups.milters_for("bob@example.net") == "lenient");
  CHECK(eventually([&] { return failures(look_ups) == 18; }));
  CHECK(server->connections() <= 6);
  CHECK(look_ups.manager().end().status == 0);
}

TEST_CASE("a server that is down when the manager starts keeps it from nothing") {
  const std::string name = GENERATE("PostgreSQL", "MariaDB");
  CAPTURE(name);
  const auto server = make_server(name);
  server->kill();
  LookUps look_ups(server->settings());
  CHECK(look_ups.milters_for("alice@example.net") == kBoth);
  server->start();
  CHECK(look_ups.milters_for("alice@example.net") == "strict");
}

TEST_CASE("a server that hangs costs a condition its time, and no session its answer or its connection") {
  const std::string name = GENERATE("PostgreSQL", "MariaDB");
  CAPTURE(name);
  const auto server = make_server(name);
  LookUps look_ups(server->settings() + "manager.condition_timeout = 2\n",
                   "recipient == '<known@example.net>' ? 'strict' : Account.milter_of(recipient)");
  CHECK(look_ups.ask_at_once(20) == 20);
  REQUIRE(failures(look_ups) == 0);
  server->suspend();
  // With open connections, then with new ones; more than there are threads.
  CHECK(look_ups.milters_for("alice@example.net") == kBoth);
  CHECK(look_ups.ask_at_once(12) == 12);
  // One a condition; two where its connection gave up in the moment before its time was up.
  CHECK(eventually([&] { return failures(look_ups) >= 26; }));
  // The threads are free for who needs no database, once they have given up.
  std::string known;
  for (int i = 0; i < 10 && known != "strict"; ++i) known = look_ups.milters_for("known@example.net");
  CHECK(known == "strict");
  server->resume();
  // Threads that were told to stop may still be at it.
  CHECK(eventually([&] { return look_ups.milters_for("alice@example.net") == "strict"; }));
  CHECK(look_ups.ask_at_once(40) == 40);
  CHECK(look_ups.milters_for("bob@example.net") == "lenient");
  CHECK(eventually([&] { return server->connections() <= 6; }));
  CHECK(look_ups.manager().log().find("[condition][abandon]") == std::string::npos);
  CHECK(look_ups.manager().log().find("[condition][held]") == std::string::npos);
  CHECK(look_ups.manager().end().status == 0);
}

TEST_CASE("of a statement that takes too long, nobody reads the answer, and the server gives it up") {
  const std::string name = GENERATE("PostgreSQL", "MariaDB");
  CAPTURE(name);
  const auto server = make_server(name);
  LookUps look_ups(server->settings() +
                       "manager.condition_timeout = 2\n"
                       "database.extra_options[:pool] = 1\n",
                   slow_rule(*server));
  for (int i = 0; i < 3; ++i) {
    CHECK(look_ups.milters_for("slow@example.net") == kBoth);
    CHECK(eventually([&] { return look_ups.milters_for("alice@example.net") == "strict"; }));
    CHECK(look_ups.milters_for("bob@example.net") == "lenient");
  }
  CHECK(eventually([&] { return server->connections() <= 1; }));
  CHECK(look_ups.manager().end().status == 0);
}
