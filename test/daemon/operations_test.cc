// SPDX-License-Identifier: GPL-3.0-or-later
// A manager that serves is asked how it is, told what to do, and measured; in one process and with workers.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "core/control/client.h"
#include "core/net/descriptor.h"
#include "test/daemon/manager.h"
#include "test/daemon/peers.h"
#include "test/network/http.h"

namespace {

namespace command = milter_manager::protocol::command;
using milter_manager::control::Command;
using milter_manager::control::CommandKind;
using milter_manager::control::Reply;
using milter_manager::control::ReplyKind;

int free_port() {
  const milter_manager::net::Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  REQUIRE(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), length) == 0);
  REQUIRE(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &length) == 0);
  return ntohs(address.sin_port);
}

Reply ask(const Manager& manager, const Command& asked) {
  const auto place = milter_manager::net::parse_connection_spec("unix:" + manager.file("control")).value();
  return milter_manager::control::ask(place, asked, std::chrono::seconds(60)).value();
}

nlohmann::json status(const Manager& manager) {
  return nlohmann::json::parse(ask(manager, {CommandKind::get_status, ""}).text);
}

// The answer to the message.
char send_mail(const Manager& manager) {
  Mta mta(manager.socket());
  mta.ask(command::Connect{"mail.example.org", command::Family::inet, 2525, "192.0.2.1"});
  mta.ask(command::Helo{"mail.example.org"});
  mta.ask(command::Mail{"<from@example.org>", {}});
  mta.ask(command::Recipient{"<to@example.net>", {}});
  mta.ask(command::Data{});
  mta.ask(command::Header{"Subject", "hello"});
  mta.ask(command::EndOfHeader{});
  mta.ask(command::Body{"a body\r\n"});
  const char answer = mta.ask(command::EndOfMessage{});
  mta.send(command::Quit{});
  return answer;
}

std::string configuration(const Folder& sockets, int workers, int port) {
  return "controller.connection_spec = \"unix:#{DIR}/control\"\n"
         "manager.n_workers = " +
         std::to_string(workers) +
         "\n"
         "metrics.connection_spec = 'inet:" +
         std::to_string(port) +
         "'\n"
         "define_milter('strict') do |milter|\n"
         "  milter.connection_spec = 'unix:" +
         sockets.file("strict") +
         "'\n"
         "end\n";
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("what a manager's processes have done is told by its controller and its metrics alike") {
  for (const int workers : {0, 2}) {
    CAPTURE(workers);
    const Folder sockets;
    const Milter strict(sockets.file("strict"), 'E', 'r');
    const int port = free_port();
    Manager manager(configuration(sockets, workers, port));
    for (int i = 0; i < 5; ++i) CHECK(send_mail(manager) == 'r');
    CHECK(eventually([&] { return status(manager)["sessions"]["finished"] == 5; }));

    const auto json = status(manager);
    CHECK(json["messages"]["reject"] == 5);
    CHECK(json["n_workers"] == workers);
    CHECK(json["processes"].size() == static_cast<std::size_t>(std::max(workers, 1)));
    REQUIRE(json["milters"].size() == 1);
    CHECK(json["milters"][0]["name"] == "strict");
    CHECK(json["milters"][0]["state"] == "reachable");
    CHECK(json["milters"][0]["verdicts"]["reject"] == 5);
    CHECK(json["milters"][0]["wait"]["count"] == 5);
    CHECK(json["log"]["dropped"] == 0);

    const std::string page = http_get(port, "/metrics");
    CHECK(has(page,
              "\nmilter_manager_milter_verdicts_total{milter=\"strict\",stage=\"end-of-message\",status="
              "\"reject\",group="
              "\"enforced\",cause=\"answer\"} 5\n"));
    CHECK(has(page, "\nmilter_manager_milter_wait_seconds_count{milter=\"strict\"} 5\n"));
    CHECK(has(page, "\nmilter_manager_milter_up{milter=\"strict\"} 1\n"));
    CHECK(has(page, "\nmilter_manager_sessions 0\n"));
    CHECK(has(page, "\nmilter_manager_workers " + std::to_string(std::max(workers, 1)) + "\n"));
    CHECK(manager.end().status == 0);
    CHECK(::access(manager.file("control").c_str(), F_OK) != 0);
  }
}

TEST_CASE("a milter is not left out while the configuration is read: the end of that would undo it") {
  for (const int workers : {0, 1}) {
    CAPTURE(workers);
    const Folder sockets;
    const Milter strict(sockets.file("strict"), 'E', 'r');
    sockets.write("go", "");
    Manager manager(configuration(sockets, workers, free_port()) + "File.write('" + sockets.file("read") +
                    "', '')\nsleep(0.01) until File.exist?('" + sockets.file("go") + "')\n");
    REQUIRE(::unlink(sockets.file("go").c_str()) == 0);
    REQUIRE(::unlink(sockets.file("read").c_str()) == 0);
    manager.program().signal(SIGHUP);
    REQUIRE(eventually([&] { return ::access(sockets.file("read").c_str(), F_OK) == 0; }));
    CHECK(ask(manager, {CommandKind::stop_child, "strict"}) ==
          Reply{ReplyKind::failure, "the configuration is being read: ask again"});
    sockets.write("go", "");
    CHECK(eventually([&] {
      return ask(manager, {CommandKind::stop_child, "strict"}).kind == ReplyKind::success;
    }));
    CHECK(send_mail(manager) != 'r');
    CHECK(manager.end().status == 0);
  }
}

TEST_CASE("by the controller a milter is left out until the next reload, which tells what is wrong") {
  for (const int workers : {0, 2}) {
    CAPTURE(workers);
    const Folder sockets;
    const Milter strict(sockets.file("strict"), 'E', 'r');
    const int port = free_port();
    const std::string good = configuration(sockets, workers, port);
    Manager manager(good);
    CHECK(send_mail(manager) == 'r');
    CHECK(ask(manager, {CommandKind::stop_child, "nobody"}).kind == ReplyKind::failure);
    CHECK(ask(manager, {CommandKind::stop_child, "strict"}) == Reply{ReplyKind::success, ""});
    CHECK(send_mail(manager) != 'r');
    CHECK(eventually([&] { return status(manager)["milters"][0]["state"] == "stopped"; }));

    const std::string whole = read_file(manager.file("milter-manager.conf"));
    manager.folder().write("milter-manager.conf", whole + "manager.n_workers = 'many'\n");
    const Reply refused = ask(manager, {CommandKind::reload, ""});
    CHECK(refused.kind == ReplyKind::failure);
    CHECK(has(refused.text, "milter-manager.conf:"));
    CHECK(send_mail(manager) != 'r');  // nothing has changed

    manager.folder().write("milter-manager.conf", whole);
    CHECK(ask(manager, {CommandKind::reload, ""}) == Reply{ReplyKind::success, ""});
    CHECK(send_mail(manager) == 'r');
    const auto json = status(manager);
    CHECK(json["reloads"]["done"] == 1);
    CHECK(json["reloads"]["refused"] == 1);

    CHECK(ask(manager, {CommandKind::set_configuration,
                        "<configuration><milters><milter><name>strict</name><enabled>false</enabled>"
                        "</milter></milters></configuration>\n"}) == Reply{ReplyKind::success, ""});
    CHECK(send_mail(manager) == 'r');
    CHECK(ask(manager, {CommandKind::reload, ""}) == Reply{ReplyKind::success, ""});
    CHECK(send_mail(manager) != 'r');
    const std::string xml = ask(manager, {CommandKind::get_configuration, ""}).text;
    CHECK(has(xml, "<last-modified>"));
    CHECK(has(xml, "<enabled>false</enabled>"));
    CHECK(manager.end().status == 0);
  }
}

TEST_CASE("a reload moves the controller and the metrics, and ends them") {
  const Folder sockets;
  const Milter strict(sockets.file("strict"), 'E', 'r');
  const int port = free_port(), other_port = free_port();
  Manager manager(configuration(sockets, 0, port));
  CHECK(has(http_get(port, "/metrics"), "milter_manager_build_info"));
  std::string text = read_file(manager.file("milter-manager.conf"));
  text.replace(text.find(std::to_string(port)), std::to_string(port).size(), std::to_string(other_port));
  manager.folder().write("milter-manager.conf", text);
  CHECK(ask(manager, {CommandKind::reload, ""}).kind == ReplyKind::success);
  CHECK(eventually([&] { return has(http_get(other_port, "/metrics"), "milter_manager_build_info"); }));
  CHECK(eventually([&] { return http_get(port, "/metrics").empty(); }));
  manager.folder().write("milter-manager.conf",
                         text + "metrics.connection_spec = nil\ncontroller.connection_spec = nil\n");
  CHECK(ask(manager, {CommandKind::reload, ""}).kind == ReplyKind::success);
  CHECK(eventually([&] { return http_get(other_port, "/metrics").empty(); }));
  CHECK(eventually([&] { return ::access(manager.file("control").c_str(), F_OK) != 0; }));
  CHECK(manager.end().status == 0);
}

TEST_CASE(
    "a milter that is down is started by its command in privilege mode, for the mail that finds it down") {
  REQUIRE(::geteuid() == 0);  // whose rights the launcher keeps
  for (const int workers : {0, 2}) {
    CAPTURE(workers);
    const Folder folder;
    folder.write("start",
                 "#!/bin/sh\necho $$ >" + folder.file("milter") + "\nexec " MILTER_TEST_CLIENT " \"$@\"\n");
    REQUIRE(::chmod(folder.file("start").c_str(), 0755) == 0);
    Manager manager(
        "log.level = 'all'\nsecurity.privilege_mode = true\ncontroller.connection_spec = "
        "\"unix:#{DIR}/control\"\n"
        "manager.n_workers = " +
        std::to_string(workers) + "\ndefine_milter('late') do |milter|\n  milter.connection_spec = 'unix:" +
        folder.file("sock") + "'\n  milter.command = '" + folder.file("start") +
        "'\n  milter.command_options = '-s unix:" + folder.file("sock") + "'\nend\n");
    // The manager has looked, and nobody was there.
    CHECK(eventually([&] { return status(manager)["milters"][0]["state"] == "unreachable"; }));
    CHECK(send_mail(manager) == 'c');
    CHECK(manager.logs("[launcher][start] " + folder.file("start") + " -s unix:" + folder.file("sock") +
                       ": late"));
    CHECK(manager.logs("[enforced][answer]"));  // its own word on the mail, not its fallback
    CHECK(eventually([&] { return status(manager)["milters"][0]["state"] == "reachable"; }));
    CHECK(manager.end().status == 0);
    const pid_t milter = std::atoi(read_file(folder.file("milter")).c_str());
    REQUIRE(milter > 0);
    CHECK(::kill(milter, 0) == 0);  // it outlives the manager
    ::kill(milter, SIGTERM);
  }
}

TEST_CASE("a milter that suddenly rejects everything is held back in all processes, until it is over") {
  struct Way {
    int workers;
    bool defers;
  };
  for (const Way& way : {Way{0, false}, Way{2, false}, Way{0, true}, Way{2, true}}) {
    CAPTURE(way.workers, way.defers);
    const Folder sockets;
    Milter strict(sockets.file("strict"), 'E', 'c');
    const int port = free_port();
    Manager manager(configuration(sockets, way.workers, port) +
                    "define_milter('strict') do |milter|\n  milter.circuit_breaker = 3\n"
                    "  milter.circuit_breaker_defers = " +
                    (way.defers ? "true" : "false") + "\nend\n");
    const auto breaker = [&] { return status(manager)["milters"][0]["breaker"]; };
    CHECK(breaker() == "closed");
    // Many messages on one connection, which keeps the configuration that it began with. Of two connections that are open
    // at once, each worker has its share.
    const auto send_mails = [&](int count) {
      std::vector<Mta> mtas;
      for (int i = 0; i < 4; ++i) mtas.emplace_back(manager.socket());
      char answer = 0;
      for (Mta& mta : mtas) {
        mta.ask(command::Connect{"mail.example.org", command::Family::inet, 2525, "192.0.2.1"});
        mta.ask(command::Helo{"mail.example.org"});
      }
      for (int i = 0; i < count; ++i) {
        Mta& mta = mtas[static_cast<std::size_t>(i) % mtas.size()];
        mta.ask(command::Mail{"<from@example.org>", {}});
        mta.ask(command::Recipient{"<to@example.net>", {}});
        mta.ask(command::Data{});
        mta.ask(command::EndOfHeader{});
        answer = mta.ask(command::EndOfMessage{});
      }
      for (Mta& mta : mtas) mta.send(command::Quit{});
      return answer;
    };
    CHECK(send_mails(650) == 'c');
    strict.answer('r');
    // One process alone would have seen too few to judge.
    CHECK(send_mails(20) == 'r');
    CHECK(manager.logs(
        std::string(
            "[milter][breaker][open] more than 3 times its usual 0.0 % of the mail would be rejected: ") +
        (way.defers ? "what it rejects is answered with a temporary failure" : "its verdicts do not count")));
    const char held_back = way.defers ? 't' : 'c';
    CHECK(eventually([&] { return send_mails(1) == held_back; }));
    for (int i = 0; i < 10; ++i) CHECK(send_mails(1) == held_back);
    CHECK(strict.asked() > 670);  // it is still asked
    CHECK(breaker() == "open");
    CHECK(eventually([&] {
      const std::string page = http_get(port, "/metrics");
      return has(page, "\nmilter_manager_milter_breaker_open{milter=\"strict\"} 1\n") &&
             has(page, "\nmilter_manager_milter_breaker_trips_total{milter=\"strict\"} 1\n");
    }));
    CHECK(ask(manager, {CommandKind::reload, ""}) == Reply{ReplyKind::success, ""});
    CHECK(send_mails(1) == 'r');
    CHECK(breaker() == "closed");
    CHECK(manager.end().status == 0);
    const std::string log = manager.log();
    CHECK(log.find("[breaker][open]") == log.rfind("[breaker][open]"));
  }
}
