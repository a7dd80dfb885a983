// SPDX-License-Identifier: GPL-3.0-or-later
#include <catch2/catch.hpp>

#include "test/daemon/program.h"

TEST_CASE("the version is printed on standard output") {
  const Ended ended = run({"--version"});
  CHECK(ended.out == "milter-manager " PROJECT_VERSION "\n");
  CHECK(ended.err == "");
  CHECK(ended.status == 0);
}

TEST_CASE("the help tells every option") {
  const Ended ended = run({"--help"});
  check_golden("help.txt", ended.out);
  CHECK(ended.err == "");
  CHECK(ended.status == 0);
  for (const char* option : {"-h", "--help-all", "--help-milter"}) CHECK(run({option}).out == ended.out);
}

TEST_CASE("an unknown option is told with the help, on standard error") {
  const Ended ended = run({"--no-such-option"});
  CHECK(ended.out == "");
  CHECK_THAT(ended.err, Catch::Matchers::Contains("--no-such-option"));
  CHECK_THAT(ended.err, Catch::Matchers::EndsWith("\n\n" + run({"--help"}).out));
  CHECK(ended.status == 1);
}

TEST_CASE("a wrong value is told with the option as it was typed") {
  struct Case {
    std::vector<std::string> arguments;
    const char* message;
  };
  const std::vector<Case> cases = {
      {{"-s", "XXXX@localhost"}, "-s: spec doesn't have colon: <XXXX@localhost>\n"},
      {{"-sXXXX"}, "-s: spec doesn't have colon: <XXXX>\n"},
      {{"--connection-spec=XXXX"}, "--connection-spec: spec doesn't have colon: <XXXX>\n"},
      {{"--connection-spec", "inet:70000"},
       "--connection-spec: port number should be less than 65536: <inet:70000>: <70000>\n"},
      {{"--n-workers=12x4"}, "--n-workers: invalid integer value: <12x4>(12>x<4)\n"},
      {{"--n-workers=1001"}, "--n-workers: too big: <1001>: parsed=<1001>, max=<1000>\n"},
      {{"--packet-buffer-size", "9999999999"}, "--packet-buffer-size: out of range: <9999999999>\n"},
      {{"--unix-socket-mode=u+r"}, "--unix-socket-mode: invalid mode: <u+r>\n"},
      {{"--user-id=4000000001"}, "--user-id: invalid UID: <4000000001>(4000000001)\n"},
      {{"--user-id=4294967296"}, "--user-id: invalid UID: <4294967296>\n"},
      {{"--group-id=postfix"}, "--group-id: invalid GID: <postfix>\n"},
      {{"--log-level=loud"}, "--log-level: unknown flag names: [<loud>](<LogLevel>)\n"},
  };
  for (const Case& one : cases) {
    const Ended ended = run(one.arguments);
    CHECK(ended.err == one.message);
    CHECK(ended.out == "");
    CHECK(ended.status == 1);
  }
}

TEST_CASE("the configuration is shown with the places where it was set") {
  const Folder folder;
  folder.write("milter-manager.conf",
               "package.platform = 'debian'\nmanager.connection_spec = 'inet:10025@[127.0.0.1]'\n"
               "database.password = 'secret'\nload_if_exist('milter-manager.local.conf')\n");
  folder.write(
      "milter-manager.local.conf",
      "define_milter('milter-greylist') do |milter|\n  milter.connection_spec = 'inet:11125'\nend\n");
  const Ended ended = run({"--config-dir", folder.path(), "--show-config"});
  check_golden("show-config.txt", folder.without_path(ended.out));
  CHECK(ended.err == "");
  CHECK(ended.status == 0);
  CHECK_THAT(run({"-c", folder.path(), "--show-config", "--show-secrets"}).out,
             Catch::Matchers::Contains("database.password = \"secret\"\n"));
}

TEST_CASE("what the command line says wins over the files") {
  const Folder folder;
  folder.write("milter-manager.conf",
               "manager.connection_spec = 'inet:1'\nmanager.daemon = true\nlog.level = "
               "'error'\nmanager.n_workers = 3\n");
  const std::string shown = run({"-c",
                                 folder.path(),
                                 "--show-config",
                                 "-s",
                                 "unix:/a",
                                 "-s",
                                 "unix:/b",
                                 "--no-daemon",
                                 "-v",
                                 "--syslog-facility",
                                 "local1",
                                 "--n-workers",
                                 "0",
                                 "-u",
                                 "0",
                                 "--group-name",
                                 "ops",
                                 "--unix-socket-mode",
                                 "u=rw,g=rw",
                                 "--pid-file",
                                 "/run/x"})
                                .out;
  for (const char* line : {
           "# default\nmanager.connection_spec = \"unix:/b\"\n",
           "# default\nmanager.daemon = false\n",
           "# default\nlog.level = \"critical|error|warning|message|info|debug|trace|statistics|profile\"\n",
           "# default\nlog.syslog_facility = \"local1\"\n",
           "# default\nmanager.n_workers = 0\n",
           "# default\nsecurity.effective_user = \"root\"\n",
           "# default\nsecurity.effective_group = \"ops\"\n",
           "# default\nmanager.unix_socket_mode = 0660\n",
           "# default\nmanager.pid_file = \"/run/x\"\n",
       }) {
    CHECK_THAT(shown, Catch::Matchers::Contains(line));
  }
}

TEST_CASE("the old name of an option works, and is told") {
  const Folder folder;
  folder.write("milter-manager.conf", "");
  const Ended ended = run({"-c", folder.path(), "--show-config", "--socket-group-name=postfix"});
  CHECK_THAT(ended.out, Catch::Matchers::Contains("manager.unix_socket_group = \"postfix\"\n"));
  CHECK(ended.err == "[client][option][deprecated][--socket-group-name] use --unix-socket-group instead\n");
  CHECK(ended.status == 0);
}

TEST_CASE("checking the configuration tells every problem with file and line") {
  const Folder folder;
  folder.write("milter-manager.conf",
               "load('a.conf')\nload('b.conf')\nmanager.condition_timeout = 200\nmanager.event_loop_backend "
               "= 'libev'\n"
               "define_milter('nowhere')\n1 / 0\n");
  folder.write("a.conf", "\nmanager.n_workers = 'many'\n");
  folder.write("b.conf", "define_milter('b') do |milter|\n  milter.connection_spec = 'b'\nend\n");
  const Ended ended = run({"-c", folder.path(), "--check-config"});
  CHECK(ended.out == "");
  check_golden("check-config.txt", folder.without_path(ended.err));
  CHECK(ended.status == 1);
}

TEST_CASE("checking a sound configuration says nothing; warnings are no failure") {
  const Folder folder;
  folder.write("milter-manager.conf", "manager.n_workers = 0\n");
  Ended ended = run({"-c", folder.path(), "--check-config"});
  CHECK(ended.out + ended.err == "");
  CHECK(ended.status == 0);
  folder.write("milter-manager.conf", "define_milter('nowhere')\n");
  ended = run({"-c", folder.path(), "--check-config"});
  CHECK_THAT(ended.err,
             Catch::Matchers::Contains("milter-manager.conf:1: warning: nowhere: must set connection_spec"));
  CHECK(ended.status == 0);
}

TEST_CASE("what this program does not do is told where it is asked for") {
  const Folder folder;
  folder.write(
      "milter-manager.conf",
      "define_milter('a') do |milter|\n  milter.connection_spec = 'inet:1'\n"
      "end\ncontroller.connection_spec = 'inet:10026'\nmetrics.connection_spec = 'inet6:9100@[::1]'\n"
      "manager.packet_buffer_size = 4096\n");
  const Ended ended = run({"-c", folder.path(), "--check-config"});
  CHECK(folder.without_path(ended.err) ==
        "CONFIG/milter-manager.conf:6: warning: manager.packet_buffer_size has no effect: packets are always "
        "collected\n"
        "CONFIG/milter-manager.conf:4: warning: there is no controller: other hosts can reach <inet:10026>, "
        "which controller.allow_remote = true permits\n"
        "CONFIG/milter-manager.conf:5: warning: metrics can be served on IPv4 only: <inet6:9100@[::1]>\n");
  CHECK(ended.status == 0);
}

TEST_CASE("the folder in the environment comes after that of the command line") {
  const Folder first;
  first.write("milter-manager.conf", "load('part.conf')");
  const Folder second;
  second.write("milter-manager.conf", "manager.n_workers = 1");
  second.write("part.conf", "manager.n_workers = 2");
  const std::vector<std::string> environment = {"MILTER_MANAGER_CONFIG_DIR=" + second.path()};
  CHECK_THAT(run({"-c", first.path(), "--show-config"}, environment).out,
             Catch::Matchers::Contains("part.conf:1\nmanager.n_workers = 2\n"));
  CHECK_THAT(run({"--show-config"}, environment).out, Catch::Matchers::Contains("manager.n_workers = 1\n"));
}

TEST_CASE("the Ruby library can be taken from elsewhere, and is told when it isn't there") {
  const Ended ended = run({"--show-config"}, {"MILTER_MANAGER_RUBY_DIR=/nowhere"});
  CHECK_THAT(ended.err,
             Catch::Matchers::StartsWith("can't load the Ruby library from /nowhere: LoadError: "));
  CHECK(ended.status == 1);
}
