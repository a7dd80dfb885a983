// SPDX-License-Identifier: GPL-3.0-or-later
#include <catch2/catch.hpp>
#include <functional>

#include "core/config/dump.h"
#include "test/ruby/configuration_folder.h"
#include "test/ruby/shared_interpreter.h"

using namespace milter_manager;
using config::Configuration;

TEST_CASE("each setting of a configuration file ends up in the configuration") {
  struct Case {
    const char* line;
    std::function<bool(const Configuration&)> holds;
  };
  const std::vector<Case> cases = {
      {"package.platform = 'pkgsrc'", [](auto& c) { return c.package.platform == "pkgsrc"; }},
      {"package.options = 'prefix = /etc , name=v=w'",
       [](auto& c) {
         return c.package.options.at("prefix") == "/etc" && c.package.options.at("name") == "v=w";
       }},
      {"package.options = {'a' => 1, :b => :c}",
       [](auto& c) { return c.package.options.at("a") == "1" && c.package.options.at("b") == "c"; }},
      {"security.privilege_mode = true", [](auto& c) { return c.security.privilege_mode; }},
      {"security.privilege_mode = 'true'", [](auto& c) { return c.security.privilege_mode; }},
      {"security.effective_user = 'nobody'", [](auto& c) { return c.security.effective_user == "nobody"; }},
      {"security.effective_group = 'nogroup'",
       [](auto& c) { return c.security.effective_group == "nogroup"; }},
      {"log.level = 'error|warning'", [](auto& c) { return c.log.level == "error|warning"; }},
      {"log.level = ''", [](auto& c) { return c.log.level == "default"; }},
      {"log.path = '/var/log/mm.log'", [](auto& c) { return c.log.path == "/var/log/mm.log"; }},
      {"log.use_syslog = false", [](auto& c) { return !c.log.use_syslog; }},
      {"log.syslog_facility = 'local0'", [](auto& c) { return c.log.syslog_facility == "local0"; }},
      {"manager.connection_spec = 'inet:10025'",
       [](auto& c) { return c.manager.connection_spec == "inet:10025"; }},
      {"manager.connection_spec = nil",
       [](auto& c) { return c.manager.connection_spec == "unix:/run/milter-manager/milter-manager.sock"; }},
      {"manager.unix_socket_mode = 0666", [](auto& c) { return c.manager.unix_socket_mode == 0666; }},
      {"manager.unix_socket_mode = '600'", [](auto& c) { return c.manager.unix_socket_mode == 0600; }},
      {"manager.unix_socket_group = 'postfix'",
       [](auto& c) { return c.manager.unix_socket_group == "postfix"; }},
      {"manager.remove_unix_socket_on_create = false",
       [](auto& c) { return !c.manager.remove_unix_socket_on_create; }},
      {"manager.remove_unix_socket_on_close = false",
       [](auto& c) { return !c.manager.remove_unix_socket_on_close; }},
      {"manager.daemon = true", [](auto& c) { return c.manager.daemon; }},
      {"manager.pid_file = '/run/mm.pid'", [](auto& c) { return c.manager.pid_file == "/run/mm.pid"; }},
      {"manager.maintenance_interval = nil", [](auto& c) { return c.manager.maintenance_interval == 0; }},
      {"manager.max_connections = 7", [](auto& c) { return c.manager.max_connections == 7; }},
      {"manager.max_file_descriptors = 8", [](auto& c) { return c.manager.max_file_descriptors == 8; }},
      {"manager.custom_configuration_directory = '/x'",
       [](auto& c) { return c.manager.custom_configuration_directory == "/x"; }},
      {"manager.fallback_status = 'Temporary_Failure'",
       [](auto& c) { return c.manager.fallback_status == config::FallbackStatus::temporary_failure; }},
      {"manager.fallback_status = :reject",
       [](auto& c) { return c.manager.fallback_status == config::FallbackStatus::reject; }},
      {"manager.fallback_status_at_disconnect = 'discard'",
       [](auto& c) { return c.manager.fallback_status_at_disconnect == config::FallbackStatus::discard; }},
      {"manager.n_workers = 4", [](auto& c) { return c.manager.n_workers == 4; }},
      {"manager.use_netstat_connection_checker\nmanager.connection_check_interval = 3",
       [](auto& c) { return c.manager.connection_check_interval == 3; }},
      {"manager.use_netstat_connection_checker",
       [](auto& c) {
         return c.manager.connection_check_interval == 5 &&
                c.manager.connection_checkers == std::vector<std::string>{"netstat"};
       }},
      {"manager.connection_check_interval = 1\nmanager.define_connection_checker('mine') { |context| true }",
       [](auto& c) { return c.manager.connection_checkers == std::vector<std::string>{"mine"}; }},
      {"manager.chunk_size = 65536", [](auto& c) { return c.manager.chunk_size == 65535; }},
      {"manager.max_pending_finished_sessions = 1",
       [](auto& c) { return c.manager.max_pending_finished_sessions == 1; }},
      {"manager.reply_deadline = 20",
       [](auto& c) { return c.manager.reply_deadline == config::Seconds(20); }},
      {"manager.condition_timeout = 0.5",
       [](auto& c) { return c.manager.condition_timeout == config::Seconds(0.5); }},
      {"manager.n_condition_threads = 9", [](auto& c) { return c.manager.n_condition_threads == 9; }},
      {"manager.session_deadline = 0", [](auto& c) { return c.manager.session_deadline.count() == 0; }},
      {"manager.stop_timeout = 3", [](auto& c) { return c.manager.stop_timeout == config::Seconds(3); }},
      {"manager.body_memory = 4 << 30", [](auto& c) { return c.manager.body_memory == 4ull << 30; }},
      {"controller.connection_spec = 'inet6:10026@[::1]'",
       [](auto& c) { return c.controller.connection_spec == "inet6:10026@[::1]"; }},
      {"controller.unix_socket_mode = 0600", [](auto& c) { return c.controller.unix_socket_mode == 0600; }},
      {"controller.unix_socket_group = 'ops'",
       [](auto& c) { return c.controller.unix_socket_group == "ops"; }},
      {"database.type = 'mysql2'", [](auto& c) { return c.database.type == "mysql2"; }},
      {"database.port = 3307", [](auto& c) { return c.database.port == 3307u; }},
      {"database.password = 'secret'", [](auto& c) { return c.database.password == "secret"; }},
      {"database.extra_options[:reconnect] = true",
       [](auto& c) { return c.database.extra_options.at("reconnect") == config::Scalar(true); }},
      {"statistics.messages = false", [](auto& c) { return !c.statistics.messages; }},
      {"statistics.start_lines = true", [](auto& c) { return c.statistics.start_lines; }},
      {"metrics.connection_spec = 'inet:9100@[127.0.0.1]'",
       [](auto& c) { return c.metrics.connection_spec == "inet:9100@[127.0.0.1]"; }},
  };
  for (const Case& one : cases) {
    INFO(one.line);
    const ConfigurationFolder folder(one.line);
    const auto outcome = folder.load();
    CHECK_FALSE(outcome.has_errors());
    CHECK(problems_of(outcome, folder) == "");
    CHECK(one.holds(*outcome.configuration));
  }
}

TEST_CASE("each setting can be read back in a configuration file") {
  const ConfigurationFolder folder(R"(
manager.max_connections = 10
manager.max_connections += 5
package.options = "prefix=#{package.options.inspect}"
security.effective_user = [manager.fallback_status, manager.daemon, log.path, manager.reply_deadline].inspect
)");
  const auto outcome = folder.load();
  CHECK(problems_of(outcome, folder) == "");
  CHECK(outcome.configuration->manager.max_connections == 15);
  CHECK(outcome.configuration->package.options.at("prefix") == "{}");
  CHECK(outcome.configuration->security.effective_user == R"(["accept", false, nil, 9.0])");
}

TEST_CASE("what is not set again is as if it had never been set: several configurations in one process") {
  const ConfigurationFolder first(
      "manager.n_workers = 3\ndefine_milter('a')\nX = 1\ndef h; end\nclass H; end");
  const ConfigurationFolder second("X = 2\ndef h; end\nclass H; end");
  for (int i = 0; i < 3; ++i) {
    const auto one = first.load();
    CHECK(one.configuration->manager.n_workers == 3);
    const auto other = second.load();
    CHECK(problems_of(other, second) == "");
    CHECK(other.configuration->manager.n_workers == 0);
    CHECK(other.configuration->milters.empty());
    CHECK(other.configuration->generation > one.configuration->generation);
  }
}

TEST_CASE("a setting remembers the line that set it, also when a method of the file did") {
  const ConfigurationFolder folder(
      "def workers(n)\n  manager.n_workers = n\nend\n\nworkers(2)\nmanager.daemon = true\nmanager.daemon = "
      "nil\n");
  const auto outcome = folder.load();
  const auto& locations = outcome.configuration->locations;
  CHECK(locations.at("manager.n_workers") == config::Location{folder.file("milter-manager.conf"), 2});
  CHECK(locations.count("manager.daemon") == 0);
}

TEST_CASE("the shown configuration, read again, shows the same") {
  const ConfigurationFolder folder(R"(
package.options = "prefix=/usr/pkg/etc"
log.level = "+debug"
manager.reply_deadline = 12.5
manager.maintenance_interval = nil
database.password = "p\"\#{1}\xff\n"
database.extra_options[:reconnect] = true
statistics.start_lines = true
define_applicable_condition("S25R") { |c| c.description = "é"; c.refused_recipients = true }
define_milter("a\n#b") do |milter|
  milter.connection_spec = "inet:1"
  milter.applicable_conditions = ["S25R"]
  milter.command_options = ["-u", "a b"]
  milter.enforcement_share = 0.25
end
)");
  const auto first = folder.load();
  CHECK(problems_of(first, folder) == "");
  const auto values_of = [](std::string text) {
    std::string values;
    while (!text.empty()) {
      const std::string line = text.substr(0, text.find('\n') + 1);
      if (line.find("# ") > line.find_first_not_of(' ')) values += line;
      text.erase(0, line.size());
    }
    return values;
  };
  const std::string shown = dump(*first.configuration, true);
  folder.write("milter-manager.conf", shown);
  const auto second = folder.load();
  CHECK_FALSE(second.has_errors());
  CHECK(second.configuration->database.password == first.configuration->database.password);
  CHECK(second.configuration->milters[0].name == first.configuration->milters[0].name);
  CHECK(second.configuration->milters[0].applicable_conditions == std::vector<std::string>{"S25R"});
  CHECK(values_of(dump(*second.configuration, true)) == values_of(shown));
}

TEST_CASE("overrides win over the files and count as not set by them") {
  const ConfigurationFolder folder("manager.n_workers = 3");
  ruby::LoadOptions options;
  options.load_paths = {folder.path()};
  options.overrides = {{"manager.n_workers", std::int64_t{1}},
                       {"manager.pid_file", std::string("/run/x.pid")}};
  const auto outcome = shared_interpreter().load(options);
  CHECK(outcome.configuration->manager.n_workers == 1);
  CHECK(outcome.configuration->manager.pid_file == "/run/x.pid");
  CHECK(outcome.configuration->locations.empty());
}
