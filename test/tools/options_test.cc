// SPDX-License-Identifier: GPL-3.0-or-later
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "core/tools/test_client_options.h"
#include "core/tools/test_server_options.h"

using namespace milter_manager::tools;
using milter_manager::protocol::CommandKind;
namespace net = milter_manager::net;

namespace {

using Arguments = std::vector<std::string>;

TestServerOptions server(Arguments arguments, bool terminal = false) {
  arguments.insert(arguments.begin(), {"-s", "inet:10025@[127.0.0.1]"});
  auto options = parse_test_server_options(arguments, terminal);
  INFO((options ? "" : options.error().text));
  REQUIRE(options);
  return *options;
}

CommandLineEnd server_end(const Arguments& arguments) {
  const auto options = parse_test_server_options(arguments, false);
  REQUIRE_FALSE(options);
  return options.error();
}

TestClientOptions client(const Arguments& arguments, const char* default_spec = nullptr) {
  auto options = parse_test_client_options(arguments, default_spec);
  REQUIRE(options);
  return *options;
}

CommandLineEnd client_end(const Arguments& arguments) {
  const auto options = parse_test_client_options(arguments, nullptr);
  REQUIRE_FALSE(options);
  return options.error();
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

}  // namespace

TEST_CASE("without options the test server sends a mail of its own") {
  const TestServerOptions options = server({});
  CHECK(net::format(options.spec) == "inet:10025@[127.0.0.1]");
  CHECK(options.sessions == 1);
  CHECK_FALSE(options.style.message);
  CHECK_FALSE(options.style.color);
  CHECK(options.timeouts.connection.count() == 300);
  CHECK(options.timeouts.reading.count() == 10);
  CHECK(options.timeouts.writing.count() == 10);
  CHECK(options.timeouts.end_of_message.count() == 300);

  const Script& script = options.script;
  CHECK(script.version == 6);
  CHECK(script.host == "mx.example.net");
  CHECK(script.family == milter_manager::protocol::command::Family::inet);
  CHECK(script.port == 50443);
  CHECK(script.address == "192.168.123.123");
  CHECK(script.helo == "delian");
  CHECK_FALSE(script.unknown);
  CHECK(script.mail.sender == "<sender@example.com>");
  CHECK(script.mail.recipients == Arguments{"<receiver@example.org>"});
  CHECK(script.mail.headers ==
        std::vector<Header>{{"From", "<sender@example.com>"}, {"To", "<receiver@example.org>"}});
  CHECK(script.mail.body ==
        Arguments{"La de da de da 1.\nLa de da de da 2.\nLa de da de da 3.\nLa de da de da 4."});
  CHECK(script.macros.at(CommandKind::connect) == Macros{{"daemon_name", "milter-test-server"},
                                                         {"if_name", "localhost"},
                                                         {"if_addr", "127.0.0.1"},
                                                         {"j", "mail.example.com"}});
  CHECK(script.macros.at(CommandKind::helo).at("cert_issuer") == "cert_issuer");
  CHECK(script.macros.at(CommandKind::mail) ==
        Macros{{"mail_mailer", "mail_mailer"}, {"mail_host", "mail_host"}, {"mail_addr", "mail_addr"}});
  CHECK(script.macros.at(CommandKind::end_of_message) == Macros{{"i", "i"}});
}

TEST_CASE("what the test server says can be chosen") {
  const TestServerOptions options = server({"--connect-host=mx.example.jp",
                                            "--connect-address",
                                            "inet6:25@[::1]",
                                            "--helo-fqdn=mail",
                                            "-f",
                                            "a@b",
                                            "-r",
                                            "c@d",
                                            "-r",
                                            "<e@f>",
                                            "-h",
                                            "Subject: hi there",
                                            "-hX-A:b",
                                            "--from",
                                            "z@b",
                                            "-b",
                                            "one",
                                            "--body=two",
                                            "--unknown=!",
                                            "--name",
                                            "tester",
                                            "--negotiate-version=2",
                                            "-t",
                                            "3",
                                            "-v",
                                            "--output-message",
                                            "--authenticated-name=alice",
                                            "--authenticated-type=PLAIN",
                                            "--authenticated-author=bob"});
  const Script& script = options.script;
  CHECK(script.host == "mx.example.jp");
  CHECK(script.family == milter_manager::protocol::command::Family::inet6);
  CHECK(script.address == "::1");
  CHECK(script.helo == "mail");
  CHECK(script.mail.sender == "<z@b>");
  CHECK(script.mail.recipients == Arguments{"<c@d>", "<e@f>"});
  CHECK(
      script.mail.headers ==
      std::vector<Header>{{"From", "<z@b>"}, {"To", "<c@d>, <e@f>"}, {"Subject", "hi there"}, {"X-A", "b"}});
  CHECK(script.mail.body == Arguments{"one", "two"});
  CHECK(script.unknown == "!");
  CHECK(script.version == 2);
  CHECK(options.sessions == 3);
  CHECK(options.verbose);
  CHECK(options.style.message);
  CHECK(script.macros.at(CommandKind::connect).at("daemon_name") == "tester");
  const Macros& mail = script.macros.at(CommandKind::mail);
  CHECK(mail.at("auth_authen") == "alice");
  CHECK(mail.at("auth_type") == "PLAIN");
  CHECK(mail.at("auth_author") == "bob");
}

TEST_CASE("each stage's macros can be set") {
  const auto& macros = server({"--connect-macro=j:mx", "--connect-macro", "{x}:a:b", "--helo-macro=cipher:1",
                               "--envelope-from-macro=i:1", "--envelope-recipient-macro={rcpt_addr}:r",
                               "--data-macro=i:2", "--end-of-header-macro=i:3", "--end-of-message-macro=i:"})
                           .script.macros;
  CHECK(macros.at(CommandKind::connect).at("j") == "mx");
  CHECK(macros.at(CommandKind::connect).at("x") == "a:b");
  CHECK(macros.at(CommandKind::connect).at("if_name") == "localhost");
  CHECK(macros.at(CommandKind::helo).at("cipher") == "1");
  CHECK(macros.at(CommandKind::mail).at("i") == "1");
  CHECK(macros.at(CommandKind::recipient).at("rcpt_addr") == "r");
  CHECK(macros.at(CommandKind::data).at("i") == "2");
  CHECK(macros.at(CommandKind::end_of_header).at("i") == "3");
  CHECK(macros.at(CommandKind::end_of_message).at("i").empty());
}

TEST_CASE("each timeout is its own, unless one is given for all") {
  const Timeouts own = server({"--connection-timeout=1", "--reading-timeout=2.5", "--writing-timeout=3",
                               "--end-of-message-timeout=4"})
                           .timeouts;
  CHECK(own.connection.count() == 1);
  CHECK(own.reading.count() == 2.5);
  CHECK(own.writing.count() == 3);
  CHECK(own.end_of_message.count() == 4);
  const Timeouts all = server({"--all-timeouts=7"}).timeouts;
  CHECK(all.connection.count() == 7);
  CHECK(all.reading.count() == 7);
  CHECK(all.writing.count() == 7);
  CHECK(all.end_of_message.count() == 7);
}

TEST_CASE("colours come when they are asked for, or on a terminal") {
  CHECK(server({"--color"}).style.color);
  CHECK(server({"--color=true"}).style.color);
  CHECK_FALSE(server({"--color=no"}, true).style.color);
  CHECK_FALSE(server({"--color=false"}, true).style.color);
  CHECK(server({"--color=auto"}, true).style.color);
  CHECK(server({}, true).style.color);
}

TEST_CASE("a mail file takes the place of the envelope, the headers and the body") {
  char folder[] = "/tmp/mail-file-XXXXXX";
  REQUIRE(mkdtemp(folder));
  const std::string path = std::string(folder) + "/mail";
  std::ofstream(path) << "From: Kou <kou@example.com>\nTo: <x@example.org>\n\nbody\n";
  const Mail& mail =
      server({"-m", path, "-r", "y@example.org", "-f", "z@example.com", "-h", "X-More: yes"}).script.mail;
  CHECK(mail.sender == "<kou@example.com>");
  CHECK(mail.recipients == Arguments{"<x@example.org>"});
  CHECK(mail.headers ==
        std::vector<Header>{{"From", "Kou <kou@example.com>"}, {"To", "<x@example.org>"}, {"X-More", "yes"}});
  CHECK(mail.body == Arguments{"body"});
  std::filesystem::remove_all(folder);
}

TEST_CASE("a path alone is a UNIX socket") {
  const auto options = parse_test_server_options({"-s", "/run/milter.sock"}, false);
  REQUIRE(options);
  CHECK(net::format(options->spec) == "unix:/run/milter.sock");
}

TEST_CASE("a wrong command line of the test server is told, and exits with 1") {
  const struct {
    Arguments arguments;
    std::string message;
  } cases[] = {
      {{"-s", "XXXX@localhost"}, "-s: spec doesn't have colon: <XXXX@localhost>"},
      {{"--connection-spec=inet:x"}, "--connection-spec: port number has invalid character: <inet:x>: <x>"},
      {{}, "--connection-spec is required"},
      {{"-s", "inet:1", "--connect-address=inet:25@mx.example.net"},
       "--connect-address: an address is needed, not a name: <inet:25@mx.example.net>"},
      {{"-s", "inet:1", "--connect-macro=j"}, "macro name and value delimiter ':' doesn't exist: <j>"},
      {{"-s", "inet:1", "-h", "Subject"}, "headers option should be 'NAME:VALUE'"},
      {{"-s", "inet:1", "--color=blue"}, "Invalid color value: blue"},
      {{"-s", "inet:1", "-m", "/nonexistent"}, "/nonexistent does not exist."},
      {{"-s", "inet:1", "--bogus"}, "The following argument was not expected: --bogus"},
      {{"-s", "inet:1", "-r", "a@b", "stray"}, "The following argument was not expected: stray"},
  };
  for (const auto& one : cases) {
    const CommandLineEnd end = server_end(one.arguments);
    CHECK(first_line(end.text) == one.message);
    CHECK(end.exit_status == 1);
  }
  for (const char* wrong :
       {"--negotiate-version=7", "--negotiate-version=1", "--reading-timeout=0", "--threads=-1"}) {
    INFO(wrong);
    CHECK(server_end({"-s", "inet:1", wrong}).exit_status == 1);
  }
}

TEST_CASE("help and version are no mistakes") {
  CHECK(server_end({"--help"}).exit_status == 0);
  CHECK(server_end({"--help"}).text.find(describe_exit_statuses()) != std::string::npos);
  CHECK(server_end({"--version"}).text == "milter-test-server " MILTER_MANAGER_VERSION "\n");
  CHECK(client_end({"--version"}).text == MILTER_MANAGER_VERSION "\n");
  CHECK(client_end({"--help"}).exit_status == 0);
}

TEST_CASE("the test client listens where it is told") {
  CHECK(net::format(client({}).spec) == "inet:10025@[127.0.0.1]");
  CHECK(net::format(client({}, "unix:/tmp/a").spec) == "unix:/tmp/a");
  CHECK(net::format(client({"-s", "inet6:25"}, "unix:/tmp/a").spec) == "inet6:25");
  CHECK(first_line(client_end({"-s", "XXXX@localhost"}).text) ==
        "-s: spec doesn't have colon: <XXXX@localhost>");
  CHECK(client_end({"-s", "XXXX@localhost"}).exit_status == 1);
}

TEST_CASE("the test client's options") {
  const TestClientOptions plain = client({});
  CHECK(plain.report_requests);
  CHECK_FALSE(plain.daemon);
  CHECK_FALSE(plain.verbose);
  CHECK(plain.listen.mode == 0660u);
  const TestClientOptions options =
      client({"--no-report-request", "-v", "--daemon", "--unix-socket-mode=ug=rw,o=r",
              "--unix-socket-group=mail", "-u", "nobody", "-g", "nogroup", "--pid-file", "/run/pid"});
  CHECK_FALSE(options.report_requests);
  CHECK(options.daemon);
  CHECK(options.verbose);
  CHECK(options.listen.mode == 0664u);
  CHECK(options.listen.group == "mail");
  CHECK(options.identity.user == "nobody");
  CHECK(options.identity.group == "nogroup");
  CHECK(options.pid_file == "/run/pid");
  CHECK_FALSE(client({"--daemon", "--no-daemon"}).daemon);
  CHECK(first_line(client_end({"--unix-socket-mode=999"}).text) == "--unix-socket-mode: invalid mode: <999>");
}
