// SPDX-License-Identifier: GPL-3.0-or-later
// Reloads, seen from the server.
#include <catch2/catch.hpp>
#include <set>

#include "test/database/recipients.h"
#include "test/database/servers/database_server.h"

TEST_CASE("reloads open no connections of their own") {
  const std::string name = GENERATE("PostgreSQL", "MariaDB");
  CAPTURE(name);
  const auto server = make_server(name);
  const std::string settings = server->settings() + "database.extra_options[:pool] = 2\n";
  LookUps look_ups(settings);
  CHECK(look_ups.ask_at_once(50) == 50);
  for (int i = 0; i < 10; ++i) {
    look_ups.reload(settings);
    CHECK(look_ups.milters_for("alice@example.net") == "strict");
    CHECK(server->connections() <= 2);
  }
}

TEST_CASE("sessions keep their configuration's database, and its connections end with the last of them") {
  const auto old_server = make_server("PostgreSQL");
  const auto new_server = make_server("MariaDB");
  new_server->query("UPDATE mail.accounts SET milter = 'lenient' WHERE id = 1");
  LookUps look_ups(old_server->settings());
  CHECK(look_ups.milters_for("alice@example.net") == "strict");
  CHECK(old_server->connections() == 1);
  {
    LookUps::Session before(look_ups);
    look_ups.reload(new_server->settings());
    CHECK(look_ups.milters_for("alice@example.net") == "lenient");
    CHECK(old_server->connections() == 1);
    CHECK(before.milters_for("alice@example.net") == "strict");
  }
  CHECK(eventually([&] { return old_server->connections() == 0; }));
  CHECK(new_server->connections() == 1);
}

TEST_CASE("a server that hangs keeps nobody from going over to another one") {
  const std::string name = GENERATE("PostgreSQL", "MariaDB");
  CAPTURE(name);
  const auto old_server = make_server(name);
  const auto new_server = make_server(name == "PostgreSQL" ? "MariaDB" : "PostgreSQL");
  LookUps look_ups(old_server->settings());
  CHECK(look_ups.milters_for("alice@example.net") == "strict");
  old_server->suspend();
  // Its connections end when nobody has it any more, which is no later than at the second one.
  for (int i = 0; i < 3; ++i) {
    look_ups.reload(new_server->settings());
    CHECK(look_ups.milters_for("bob@example.net") == "lenient");
  }
  CHECK(look_ups.manager().end().status == 0);
  old_server->resume();
}

TEST_CASE("a reload that is refused leaves the look-ups where they were") {
  const auto server = make_server("PostgreSQL");
  LookUps look_ups(server->settings());
  CHECK(look_ups.milters_for("alice@example.net") == "strict");
  look_ups.reload_refused(
      "database.type = 'mysql2'\ndatabase.name = 'elsewhere'\ndatabase.setup\nraise 'no'\n");
  CHECK(look_ups.milters_for("alice@example.net") == "strict");
  CHECK(server->connections() == 1);
}
