// SPDX-License-Identifier: GPL-3.0-or-later
// A row for each setting: its default, a value that it takes and what is shown of it then, and one that it refuses.
#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "core/config/dump.h"
#include "core/config/setting.h"
#include "test/ruby/configuration_folder.h"
#include "test/ruby/shown.h"

using namespace milter_manager;

namespace {

struct Row {
  const char* name;
  const char* initially;  // as shown on a Debian host; "": not shown
  const char* taken;      // Ruby
  const char* shown;
  const char* refused;  // Ruby
  const char* wanted;   // of the message
};

#define NO_TEXT "1", "should be a string but was 1"
#define NO_FLAG "1", "should be one of [true, false] but was 1"
#define NO_WHOLE "1.5", "should be an integer but was 1.5"
#define NO_NUMBER "'7'", "should be a number but was \"7\""
#define NO_STATUS \
  "'default'", R"(should be one of ["accept", "reject", "temporary-failure", "discard"] but was "default")"
constexpr const char* kNoSpec = ": invalid connection spec: spec doesn't have colon: <10025>";

const std::vector<Row>& rows() {
  static const std::vector<Row> kRows = {
      {"package.platform", R"("debian")", "'pkgsrc'", R"("pkgsrc")", NO_TEXT},
      {"package.options", "nil", "' a = 1 ,b'", R"({"a"=>"1", "b"=>""})", "1",
       R"(should be a string as in "a=b,c=d" or a hash but was 1)"},
      {"security.privilege_mode", "false", "'true'", "true", NO_FLAG},
      {"security.effective_user", "nil", "'nobody'", R"("nobody")", NO_TEXT},
      {"security.effective_group", "nil", "'nogroup'", R"("nogroup")", NO_TEXT},
      {"log.level", R"("default")", "'error|info'", R"("error|info")", "'loud'",
       ": unknown flag names: [<loud>](<LogLevel>)"},
      {"log.path", "nil", "'/var/log/mm'", R"("/var/log/mm")", NO_TEXT},
      {"log.use_syslog", "true", "false", "false", NO_FLAG},
      {"log.syslog_facility", R"("mail")", "'local0'", R"("local0")", NO_TEXT},
      {"manager.connection_spec", R"("unix:/run/milter-manager/milter-manager.sock")", "'inet6:10025@[::1]'",
       R"("inet6:10025@[::1]")", "'10025'", kNoSpec},
      {"manager.unix_socket_mode", "0660", "0600", "0600", "01000",
       "should be a mode from 0 to 0777, octal as in 0660, but was 512"},
      {"manager.unix_socket_group", "nil", "'postfix'", R"("postfix")", NO_TEXT},
      {"manager.remove_unix_socket_on_create", "true", "false", "false", NO_FLAG},
      {"manager.remove_unix_socket_on_close", "true", "false", "false", NO_FLAG},
      {"manager.daemon", "false", "true", "true", NO_FLAG},
      {"manager.pid_file", "nil", "'/run/mm.pid'", R"("/run/mm.pid")", NO_TEXT},
      {"manager.maintenance_interval", "10", "nil", "nil", NO_WHOLE},
      {"manager.suspend_time_on_unacceptable", "5", "29", "29", NO_WHOLE},
      {"manager.max_connections", "0", "10", "10", "-1", "should be an integer 0 or more but was -1"},
      {"manager.max_file_descriptors", "0", "65535", "65535", NO_WHOLE},
      {"manager.custom_configuration_directory", "nil", "'/tmp/mm'", R"("/tmp/mm")", NO_TEXT},
      {"manager.fallback_status", R"("accept")", "'Temporary_Failure'", R"("temporary-failure")", NO_STATUS},
      {"manager.fallback_status_at_disconnect", R"("temporary-failure")", ":discard", R"("discard")",
       NO_STATUS},
      {"manager.event_loop_backend", R"("glib")", "'libev'", R"("libev")", NO_TEXT},
      {"manager.n_workers", "0", "1000", "1000", "1001", "should be an integer from 0 to 1000 but was 1001"},
      {"manager.packet_buffer_size", "0", "4096", "4096", NO_WHOLE},
      {"manager.connection_check_interval", "0", "3", "3", NO_WHOLE},
      {"manager.chunk_size", "65535", "65536", "65535", "0", "should be an integer 1 or more but was 0"},
      {"manager.max_pending_finished_sessions", "0", "29", "29", NO_WHOLE},
      {"manager.reply_deadline", "", "290", "290.0", "0.5", "should be a number from 1 to 290 but was 0.5"},
      {"manager.condition_timeout", "", "0.1", "0.1", "0.05",
       "should be a number from 0.1 to 290 but was 0.05"},
      {"manager.n_condition_threads", "", "64", "64", "65", "should be an integer from 1 to 64 but was 65"},
      {"manager.session_deadline", "", "0", "0.0", "59", "should be a number 0 or 60 or more but was 59"},
      {"manager.stop_timeout", "", "0", "0.0", "-1", "should be a number 0 or more but was -1"},
      {"manager.body_memory", "", "1 << 20", "1048576", "0",
       "should be an integer 1048576 or more but was 0"},
      {"controller.connection_spec", "nil", "'inet:10026@localhost'", R"("inet:10026@localhost")", "'10025'",
       kNoSpec},
      {"controller.unix_socket_mode", "0660", "'600'", "0600", "'rw'",
       "should be a mode from 0 to 0777, octal as in 0660, but was \"rw\""},
      {"controller.unix_socket_group", "nil", "'ops'", R"("ops")", NO_TEXT},
      {"controller.remove_unix_socket_on_create", "true", "false", "false", NO_FLAG},
      {"controller.remove_unix_socket_on_close", "true", "false", "false", NO_FLAG},
      {"controller.allow_remote", "", "true", "true", NO_FLAG},
      {"database.type", "nil", "'mysql2'", R"("mysql2")", NO_TEXT},
      {"database.name", "nil", "'mail'", R"("mail")", NO_TEXT},
      {"database.host", "nil", "'db.example.com'", R"("db.example.com")", NO_TEXT},
      {"database.port", "nil", "3306", "3306", "65536", "should be an integer from 0 to 65535 but was 65536"},
      {"database.path", "nil", "'/run/db.sock'", R"("/run/db.sock")", NO_TEXT},
      {"database.user", "nil", "'mail'", R"("mail")", NO_TEXT},
      {"database.password", "nil", "'secret'", R"("secret")", "1",
       "should be a string but was something else"},
      {"database.extra_options", "", "{ reconnect: true }", R"({"reconnect"=>true})", "1",
       "should be a hash but was 1"},
      {"statistics.messages", "", "false", "false", NO_FLAG},
      {"statistics.start_lines", "", "true", "true", NO_FLAG},
      {"metrics.connection_spec", "", "'inet:9100'", R"("inet:9100")", "'unix:/run/m.sock'",
       ": invalid connection spec: protocol must be 'inet' or 'inet6': <unix:/run/m.sock>"},
  };
  return kRows;
}

const std::vector<Row>& milter_rows() {
  static const std::vector<Row> kRows = {
      {"connection_spec", "nil", "'inet:10026'", R"("inet:10026")", "'10025'", kNoSpec},
      {"description", "nil", "'grey'", R"("grey")", NO_TEXT},
      {"enabled", "true", "false", "false", NO_FLAG},
      {"fallback_status", R"("accept")", "'TEMPORARY_FAILURE'", R"("temporary-failure")", NO_STATUS},
      {"evaluation_mode", "false", "true", "true", NO_FLAG},
      {"applicable_conditions", "[]", "'Known'", "[", "['Known', 'Other']",
       R"(should be one of ["Known"] but was "Other")"},
      {"command", "nil", "'/etc/init.d/m'", R"("/etc/init.d/m")", NO_TEXT},
      {"command_options", "nil", "['start', 'a b', '']", R"("start a\\ b ''")", NO_TEXT},
      {"user_name", "nil", "'nobody'", R"("nobody")", NO_TEXT},
      {"connection_timeout", "297.0", "1", "1.0", NO_NUMBER},
      {"writing_timeout", "7.0", "2.5", "2.5", NO_NUMBER},
      {"reading_timeout", "7.0", "3r", "3.0", NO_NUMBER},
      {"end_of_message_timeout", "297.0", "1e6", "1000000.0", "0",
       "should be a number 0.001 or more but was 0"},
      {"enforcement_share", "", "0", "0.0", "1.1", "should be a number from 0 to 1 but was 1.1"},
      {"circuit_breaker", "", "3", "3.0", "1", "should be a number from 1.000001 to 1000000 but was 1"},
      {"circuit_breaker_defers", "", "true", "true", NO_FLAG},
  };
  return kRows;
}

std::vector<std::string> shown(const std::string& statements, std::string& problems) {
  const ConfigurationFolder folder(statements);
  const auto outcome = folder.load();
  problems = problems_of(outcome, folder);
  return value_lines(config::dump(*outcome.configuration, true));
}

bool has(const std::vector<std::string>& lines, const std::string& line) {
  return std::count(lines.begin(), lines.end(), line) == 1;
}

bool has_setting(const std::vector<std::string>& lines, const std::string& name) {
  return std::any_of(lines.begin(), lines.end(),
                     [&](const std::string& line) { return line.rfind(name + " = ", 0) == 0; });
}

// `before` and `behind` make the statement the only one within a definition; the label is what a message calls it.
void check(const Row& row, const std::string& name, const std::string& label, const std::string& before,
           const std::string& behind) {
  INFO(name);
  const auto statement = [&](const std::string& value) {
    return before + name + " = " + value + "\n" + behind;
  };
  std::string problems;
  const auto initially = shown(before + behind, problems);
  if (*row.initially) {
    CHECK(has(initially, name + " = " + row.initially));
  } else {
    CHECK_FALSE(has_setting(initially, name));
  }
  CHECK(has(shown(statement(row.taken), problems), name + " = " + row.shown));
  CHECK(problems.find(" should ") == std::string::npos);

  const auto unchanged = shown(statement(row.refused), problems);
  const std::string space = *row.wanted == ':' ? "" : " ";
  CHECK_THAT(problems,
             Catch::Matchers::Contains("milter-manager.conf:" + std::to_string(1 + lines_of(before).size()) +
                                       ": " + label + space + row.wanted + "\n"));
  if (before.empty()) CHECK(has_setting(unchanged, name) == (*row.initially != '\0'));
}

}  // namespace

TEST_CASE("each setting has its default, takes what it should, and says why it refuses what it shouldn't") {
  std::set<std::string_view> named;
  for (const Row& row : rows()) {
    named.insert(row.name);
    check(row, row.name, row.name, "", "");
  }
  for (const auto& setting : config::settings()) {
    INFO(setting.name);
    CHECK(named.count(setting.name) == 1);
  }
  CHECK(named.size() == config::settings().size());
}

TEST_CASE("each attribute of a milter has its default, takes what it should, and refuses the rest") {
  std::set<std::string_view> named;
  for (const Row& row : milter_rows()) {
    named.insert(row.name);
    std::string label = fmt::format("milter.{}", row.name);
    if (label == "milter.connection_spec") label = "grey";
    if (label == "milter.applicable_conditions") label = "applicable condition";
    check(row, fmt::format("milter.{}", row.name), label,
          "define_applicable_condition('Known')\ndefine_milter('grey') do |milter|\n", "end\n");
  }
  for (const auto& setting : config::milter_settings()) {
    INFO(setting.name);
    CHECK(named.count(setting.name) == 1);
  }
}

TEST_CASE("options of a database are kept as they are for its library; plain ones are shown") {
  const ConfigurationFolder folder(R"(
database.extra_options = { encoding: "utf8", "reconnect" => true, variables: { sql_mode: "ANSI" } }
log.path = database.extra_options.inspect
)");
  const auto outcome = folder.load();
  CHECK(problems_of(outcome, folder) == "");
  CHECK(outcome.configuration->log.path ==
        R"({:encoding=>"utf8", "reconnect"=>true, :variables=>{:sql_mode=>"ANSI"}})");
  CHECK(has(value_lines(config::dump(*outcome.configuration)),
            R"(database.extra_options = {"encoding"=>"utf8", "reconnect"=>true})"));
}
