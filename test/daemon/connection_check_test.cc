// SPDX-License-Identifier: GPL-3.0-or-later
// SMTP clients that leave while a milter keeps them waiting.
#include <catch2/catch.hpp>

#include "test/daemon/manager.h"
#include "test/daemon/peers.h"
#include "test/network/tcp_pair.h"

namespace {

namespace command = milter_manager::protocol::command;
using milter_manager::protocol::CommandKind;

command::Connect client_at(const char* address, std::uint16_t port) {
  return {"client.example.org", command::Family::inet, port, address};
}

// A milter that takes its time, as greylisting with a tarpit does.
std::string tarpit(const Folder& sockets) {
  return "define_milter('milter-greylist') do |milter|\n"
         "  milter.connection_spec = 'unix:" +
         sockets.file("tarpit") +
         "'\n"
         "  milter.reading_timeout = 120\n"
         "end\n";
}

// An MTA whose client is kept waiting at RCPT.
Mta waiting_mta(const Manager& manager, const command::Connect& client) {
  Mta mta(manager.socket());
  mta.send_macros(CommandKind::connect, {"j", "mx.example.com", "v", "Postfix 3.7.11"});
  CHECK(mta.ask(client) == 'c');
  CHECK(mta.ask(command::Helo{"client.example.org"}) == 'c');
  CHECK(mta.ask(command::Mail{"<from@example.org>", {}}) == 'c');
  mta.send(command::Recipient{"<to@example.net>", {}});
  return mta;
}

}  // namespace

TEST_CASE("an SMTP client that leaves a tarpit is missed, and the others go on waiting") {
  const Folder sockets;
  const Milter milter(sockets.file("tarpit"), 'R', '\0');
  Manager manager("manager.use_netstat_connection_checker(1)\n" + tarpit(sockets));
  CHECK(
      manager.logs("milter-greylist: a timeout of 120 s is longer than manager.reply_deadline (9 s): the MTA "
                   "may wait that long for a reply\n"));
  TcpPair leaving("127.0.0.1"), staying("127.0.0.1");
  Mta mta = waiting_mta(manager, client_at("127.0.0.1", leaving.client_port));
  Mta with_staying = waiting_mta(manager, client_at("127.0.0.1", staying.client_port));
  const Mta with_unknown = waiting_mta(manager, client_at("192.0.2.1", 2525));
  REQUIRE(eventually([&] { return milter.asked() == 3; }));
  leaving.client = {};
  CHECK(mta.reply() == 't');
  CHECK(eventually([&] { return milter.aborted() == 1; }));
  mta.send(command::Quit{});
  CHECK(manager.logs("[session][end][envelope-recipient][temporary-failure]"));
  CHECK(manager.logs("[milter][end][envelope-recipient][abort]"));
  CHECK(manager.log().find("[session][disconnected][") == manager.log().rfind("[session][disconnected]["));
  CHECK_FALSE(with_staying.has_reply());
  staying.client = {};
  CHECK(with_staying.reply() == 't');
  CHECK_FALSE(with_unknown.has_reply());
}

TEST_CASE("a connection checker of the configuration is asked too, and says whose client it means") {
  const Folder sockets;
  const Milter milter(sockets.file("tarpit"), 'R', '\0');
  Manager manager(
      "manager.use_netstat_connection_checker(1)\n"
      "manager.fallback_status_at_disconnect = 'reject'\n"
      "manager.define_connection_checker('own') do |context|\n"
      "  client = context.smtp_client_address\n"
      "  Milter::Logger.info(\"asked for #{client}: #{context.smtp_server_address.local?} \" +\n"
      "                      \"#{context['{j}']} #{context.smtp_server_name}\")\n"
      "  !File.exist?(\"#{DIR}/#{client.port} has left\")\n"
      "end\n" +
      tarpit(sockets));
  const TcpPair connected("127.0.0.1");
  const std::string port = std::to_string(connected.client_port);
  Mta mta = waiting_mta(manager, client_at("127.0.0.1", connected.client_port));
  const Mta other = waiting_mta(manager, client_at("192.0.2.1", 2525));
  CHECK(manager.logs("asked for inet:" + port + "@[127.0.0.1]: true mx.example.com Postfix 3.7.11\n"));
  CHECK(manager.logs("asked for inet:2525@[192.0.2.1]: true mx.example.com Postfix 3.7.11\n"));
  CHECK_FALSE(mta.has_reply());
  manager.folder().write(port + " has left", "");
  CHECK(mta.reply() == 'r');
  CHECK(eventually([&] { return milter.aborted() == 1; }));
  CHECK_FALSE(other.has_reply());
}
