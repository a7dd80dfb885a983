// SPDX-License-Identifier: GPL-3.0-or-later
// Look-ups at servers that answer, few and many.
#include <catch2/catch.hpp>

#include "test/database/recipients.h"
#include "test/database/servers/database_server.h"

TEST_CASE("what the server says of a recipient decides which milter sees the mail, and no password is told") {
  const std::string name = GENERATE("PostgreSQL", "MariaDB");
  CAPTURE(name);
  const auto server = make_server(name);
  LookUps look_ups(server->settings());
  CHECK(look_ups.milters_for("alice@example.net") == "strict");
  CHECK(look_ups.milters_for("bob@example.net") == "lenient");
  server->kill();
  CHECK(look_ups.milters_for("alice@example.net") == "strict lenient");
  CHECK(look_ups.manager().log().find("pass-1234") == std::string::npos);
  const Ended shown = run({"-c", look_ups.manager().folder().path(), "--show-config"});
  CHECK_THAT(shown.out, Catch::Contains("database.password = \"********\""));
  CHECK(shown.out.find("pass-1234") == std::string::npos);
  CHECK(look_ups.manager().end().status == 0);
}

TEST_CASE("500 sessions that ask at once use no more connections than the pool has") {
  const std::string name = GENERATE("PostgreSQL", "MariaDB");
  const bool configured = GENERATE(true, false);
  CAPTURE(name, configured);
  const auto server = make_server(name);
  // Of itself, one for each thread of conditions and two more.
  const int pool = configured ? 2 : 6;
  LookUps look_ups(server->settings() + "manager.condition_timeout = 120\nmanager.reply_deadline = 200\n" +
                   (configured ? "database.extra_options[:pool] = 2\n" : ""));
  int most = 0;
  CHECK(look_ups.ask_at_once(500, [&] {
    for (int i = 0; i < 5; ++i) most = std::max(most, server->connections());
  }) == 500);
  CHECK(most >= 1);
  CHECK(most <= pool);
  CHECK(server->connections() <= pool);
  CHECK(look_ups.manager().log().find("[condition]") == std::string::npos);
  CHECK(look_ups.milters_for("alice@example.net") == "strict");
  CHECK(look_ups.manager().end().status == 0);
  CHECK(eventually([&] { return server->connections() == 0; }));
}

TEST_CASE("options that only the adapter knows reach the server") {
  struct Row {
    const char* server;
    const char* option;
    const char* shown;
    const char* rule;
    const char* told;
  };
  const Row rows[] = {
      {"PostgreSQL", "database.extra_options[:application_name] = 'look ups'\n",
       "database.extra_options = {\"application_name\"=>\"look ups\"}",
       "Milter::Logger.info(\"it is <#{Account.connection.select_value('SHOW application_name')}>\"); "
       "Account.milter_of(recipient)",
       "look ups"},
      {"MariaDB", "database.extra_options[:init_command] = \"SET SESSION lc_time_names = 'ja_JP'\"\n",
       "database.extra_options = {\"init_command\"=>\"SET SESSION lc_time_names = 'ja_JP'\"}",
       "Milter::Logger.info(\"it is <#{Account.connection.select_value('SELECT @@lc_time_names')}>\"); "
       "Account.milter_of(recipient)",
       "ja_JP"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.server);
    const auto server = make_server(row.server);
    LookUps look_ups(server->settings() + row.option, row.rule);
    CHECK(look_ups.milters_for("alice@example.net") == "strict");
    CHECK(look_ups.manager().logs("it is <" + std::string(row.told) + ">"));
    CHECK_THAT(run({"-c", look_ups.manager().folder().path(), "--show-config"}).out,
               Catch::Contains(row.shown));
  }
}
