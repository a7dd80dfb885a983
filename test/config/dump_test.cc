// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/config/dump.h"

#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "core/config/build_defaults.h"
#include "core/config/builder.h"
#include "test/read_file.h"

using namespace milter_manager;
using namespace milter_manager::config;

namespace {

std::string golden_path(const std::string& name) { return TEST_SOURCE_DIR "/golden/" + name; }

// MILTER_MANAGER_ACCEPT_GOLDEN=1 in the environment takes what is shown now as what is wanted.
void check_golden(const std::string& name, const std::string& text) {
  if (std::getenv("MILTER_MANAGER_ACCEPT_GOLDEN")) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(golden_path(name).c_str(), "w"),
                                                               &std::fclose);
    REQUIRE(file);
    std::fwrite(text.data(), 1, text.size(), file.get());
  }
  CHECK(text == read_file(golden_path(name)));
}

Location at(int line) { return {"/etc/milter-manager/milter-manager.local.conf", line}; }

void must(const Result<void>& done) {
  INFO((done ? "" : done.error().message));
  REQUIRE(done);
}

Configuration full() {
  Builder builder(default_configuration("debian"));
  const std::vector<std::pair<const char*, Value>> values = {
      {"package.platform", std::string("pkgsrc")},
      {"package.options", std::string("prefix=/etc, name = value")},
      {"security.privilege_mode", true},
      {"security.effective_user", std::string("milter-manager")},
      {"security.effective_group", std::string("milter-manager")},
      {"log.level", std::string("+debug|-message")},
      {"log.path", std::string("/var/log/milter-manager.log")},
      {"log.use_syslog", false},
      {"log.syslog_facility", std::string("local0")},
      {"manager.connection_spec", std::string("inet:10025@[127.0.0.1]")},
      {"manager.unix_socket_mode", std::int64_t{0600}},
      {"manager.unix_socket_group", std::string("postfix")},
      {"manager.remove_unix_socket_on_create", false},
      {"manager.remove_unix_socket_on_close", false},
      {"manager.daemon", true},
      {"manager.pid_file", std::string("/run/milter-manager.pid")},
      {"manager.maintenance_interval", std::int64_t{29}},
      {"manager.suspend_time_on_unacceptable", std::int64_t{29}},
      {"manager.max_connections", std::int64_t{10}},
      {"manager.max_file_descriptors", std::int64_t{2000}},
      {"manager.custom_configuration_directory", std::string("/tmp/milter-manager")},
      {"manager.fallback_status", std::string("reject")},
      {"manager.fallback_status_at_disconnect", std::string("discard")},
      {"manager.event_loop_backend", std::string("libev")},
      {"manager.n_workers", std::int64_t{10}},
      {"manager.packet_buffer_size", std::int64_t{4096}},
      {"manager.connection_check_interval", std::int64_t{5}},
      {"manager.chunk_size", std::int64_t{29}},
      {"manager.max_pending_finished_sessions", std::int64_t{29}},
      {"manager.reply_deadline", 12.5},
      {"manager.condition_timeout", std::int64_t{2}},
      {"manager.n_condition_threads", std::int64_t{8}},
      {"manager.session_deadline", std::int64_t{0}},
      {"manager.stop_timeout", std::int64_t{1}},
      {"manager.body_memory", std::int64_t{1} << 30},
      {"controller.connection_spec", std::string("unix:/tmp/controller.sock")},
      {"controller.unix_socket_mode", std::int64_t{0600}},
      {"controller.unix_socket_group", std::string("ops")},
      {"controller.remove_unix_socket_on_create", false},
      {"controller.remove_unix_socket_on_close", false},
      {"database.type", std::string("mysql2")},
      {"database.name", std::string("mail")},
      {"database.host", std::string("localhost")},
      {"database.port", std::int64_t{3306}},
      {"database.path", std::string("/tmp/mysql.sock")},
      {"database.user", std::string("root")},
      {"database.password", std::string("\"quoted\" #{secret}")},
      {"database.extra_options", Table{{"reconnect", true}, {"encoding", std::string("utf8")}}},
      {"statistics.messages", false},
      {"statistics.start_lines", true},
      {"metrics.connection_spec", std::string("inet:9100")},
  };
  int line = 0;
  for (const auto& [name, value] : values) must(builder.set(name, value, at(++line)));

  builder.define_condition("S25R", at(100));
  must(builder.set_condition("S25R", "description", std::string("Selective SMTP Rejection"), at(101)));
  builder.define_condition("Trust", at(102));
  must(builder.set_condition("Trust", "data", std::string("data"), at(103)));
  must(builder.set_condition("Trust", "refused_recipients", true, at(104)));

  builder.define_milter("milter@10026", at(110));
  const std::vector<std::pair<const char*, Value>> attributes = {
      {"connection_spec", std::string("inet:10026@localhost")},
      {"description", std::string("Milter of port 10026")},
      {"enabled", false},
      {"fallback_status", std::string("temporary-failure")},
      {"evaluation_mode", true},
      {"applicable_conditions", List{"S25R"}},
      {"command", std::string("test-milter")},
      {"command_options", std::string("-s inet:10026")},
      {"user_name", std::string("nobody")},
      {"connection_timeout", 297.5},
      {"writing_timeout", 7.25},
      {"reading_timeout", std::int64_t{8}},
      {"end_of_message_timeout", 1e6},
      {"enforcement_share", 0.1},
      {"circuit_breaker", std::int64_t{3}},
      {"circuit_breaker_defers", true},
  };
  line = 110;
  for (const auto& [name, value] : attributes)
    must(builder.set_milter("milter@10026", name, value, at(++line)));
  must(builder.add_applicable_condition("milter@10026", "Trust", at(130)));
  builder.define_milter("plain", at(140));
  return builder.configuration();
}

}  // namespace

TEST_CASE("the configuration without any file is shown with its defaults") {
  check_golden("defaults.conf", dump(default_configuration("debian")));
}

TEST_CASE("every setting is shown under the line that set it") {
  check_golden("full.conf", dump(full(), true));
}

TEST_CASE("a password is shown only to those who ask for secrets") {
  Builder builder{Configuration{}};
  CHECK(dump(builder.configuration()).find("database.password = nil\n") != std::string::npos);
  must(builder.set("database.password", std::string("hidden"), at(1)));
  CHECK(dump(builder.configuration()).find("database.password = \"********\"\n") != std::string::npos);
  CHECK(dump(builder.configuration()).find("hidden") == std::string::npos);
  CHECK(dump(builder.configuration(), true).find("database.password = \"hidden\"\n") != std::string::npos);
  must(builder.set(
      "database.extra_options",
      Table{{"sslpassword", Scalar(std::string("hidden"))}, {"sslmode", Scalar(std::string("require"))}},
      at(2)));
  CHECK(dump(builder.configuration())
            .find("database.extra_options = {\"sslmode\"=>\"require\", \"sslpassword\"=>\"********\"}\n") !=
        std::string::npos);
  CHECK(dump(builder.configuration()).find("hidden") == std::string::npos);
  CHECK(dump(builder.configuration(), true).find("\"sslpassword\"=>\"hidden\"") != std::string::npos);
}

TEST_CASE("a file name can't end the comment that it stands in") {
  Builder builder{Configuration{}};
  must(builder.set("manager.daemon", true, Location{"a\nmanager.daemon = false", 1}));
  CHECK(dump(builder.configuration()).find("# a?manager.daemon = false:1\nmanager.daemon = true\n") !=
        std::string::npos);
}

TEST_CASE("statements are shown in the order of the files; what can't be written is a comment") {
  Builder builder{Configuration{}};
  builder.note_statement({"s25r.add_whitelist(\"z\")", {"f", 1}}, "");
  builder.note_statement({"s25r.add_whitelist with a block", {"f", 2}, true}, "");
  builder.note_statement({"s25r.add_whitelist(\"a\")", {"f", 3}}, "");
  builder.note_statement({"s25r.add_whitelist(\"z\")", {"g", 4}}, "");
  builder.note_statement({"s25r.add_whitelist with a block", {"f", 2}, true}, "");
  builder.note_statement({"s25r.add_whitelist with a block", {"f\n9", 5}, true}, "");
  CHECK_THAT(dump(builder.configuration()),
             Catch::EndsWith("\n\n# f:3\ns25r.add_whitelist(\"a\")\n"
                             "# g:4\ns25r.add_whitelist(\"z\")\n"
                             "# f:2\n# not shown: s25r.add_whitelist with a block\n"
                             "# f?9:5\n# not shown: s25r.add_whitelist with a block\n"));
  builder.note_statement({"", {}}, "s25r.add_whitelist");
  CHECK(dump(builder.configuration()).find("s25r") == std::string::npos);
}
