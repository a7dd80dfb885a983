// SPDX-License-Identifier: GPL-3.0-or-later
// Greylisting only for clients that look like end users' computers and are listed, whatever costs more behind it.
#include <catch2/catch.hpp>
#include <map>

#include "test/daemon/manager.h"
#include "test/daemon/peers.h"
#include "test/network/name_server.h"

namespace {

namespace command = milter_manager::protocol::command;

std::string configuration(const Folder& sockets, const NameServer& names) {
  const std::string conditions = PROJECT_ROOT "/share/applicable-conditions";
  return "load('" + conditions + "/s25r.conf')\nload('" + conditions +
         "/dnsbl.conf')\n"
         "dnsbl.clear\n"
         "dnsbl.add_service('dnsbl.example.net', '127.0.0.2')\n"
         "dnsbl.name_servers = ['" +
         names.address() +
         "']\n"
         "define_milter('milter-greylist') do |milter|\n"
         "  milter.connection_spec = 'unix:" +
         sockets.file("greylist") +
         "'\n"
         "  milter.applicable_conditions = ['S25R', 'DNSBL Listed']\n"
         "end\n"
         "define_milter('clamav-milter') do |milter|\n"
         "  milter.connection_spec = 'unix:" +
         sockets.file("clamav") +
         "'\n"
         "end\n";
}

// The answer to RCPT, or where that is "continue" the one to the message.
char send_mail(const Manager& manager, const command::Connect& client) {
  Mta mta(manager.socket());
  CHECK(mta.ask(client) == 'c');
  CHECK(mta.ask(command::Helo{client.host}) == 'c');
  CHECK(mta.ask(command::Mail{"<from@example.org>", {}}) == 'c');
  char answer = mta.ask(command::Recipient{"<to@example.net>", {}});
  if (answer == 'c') {
    CHECK(mta.ask(command::Data{}) == 'c');
    CHECK(mta.ask(command::Header{"Subject", "hello"}) == 'c');
    CHECK(mta.ask(command::EndOfHeader{}) == 'c');
    CHECK(mta.ask(command::Body{"a body\r\n"}) == 'c');
    answer = mta.ask(command::EndOfMessage{});
  }
  mta.send(command::Quit{});
  return answer;
}

}  // namespace

TEST_CASE("only a client that looks like an end user's and is listed has to come again") {
  for (const bool like_end_user : {false, true}) {
    for (const bool listed : {false, true}) {
      CAPTURE(like_end_user, listed);
      const NameServer names({{"1.2.0.192.dnsbl.example.net", {NameServer::Kind::addresses, {"127.0.0.2"}}}});
      const Folder sockets;
      Milter greylist(sockets.file("greylist"), 'R', 't');
      const Milter content(sockets.file("clamav"), 'E', 'c');
      Manager manager(configuration(sockets, names));
      const command::Connect client{like_end_user ? "ppp192-0-2-1.example.org" : "mail.example.org",
                                    command::Family::inet, 2525, listed ? "192.0.2.1" : "192.0.2.2"};
      const bool greylisted = like_end_user && listed;

      // New to the grey list.
      CHECK(send_mail(manager, client) == (greylisted ? 't' : 'c'));
      CHECK(greylist.asked() == (greylisted ? 1 : 0));
      CHECK(content.asked() == (greylisted ? 0 : 1));

      // Come again.
      greylist.answer('c');
      CHECK(send_mail(manager, client) == 'c');
      CHECK(greylist.asked() == (greylisted ? 2 : 0));
      CHECK(content.asked() == (greylisted ? 1 : 2));

      CHECK(manager.end().status == 0);
      CHECK(names.asked().size() == (like_end_user ? 2U : 0U));
      std::size_t left_out = 0;
      const std::string log = manager.log(), line = "[milter][end][connect][stop][0](";
      for (auto at = log.find(line); at != std::string::npos; at = log.find(line, at + 1)) ++left_out;
      CHECK(left_out == (greylisted ? 0U : 2U));
    }
  }
}

TEST_CASE("a client is not listed where no name server answers within the time of the conditions") {
  const std::map<std::string, NameServer::Behaviour> silence{
      {"1.2.0.192.dnsbl.example.net", {NameServer::Kind::silence, {}}}};
  const NameServer one(silence);
  const NameServer other(silence);
  const Folder sockets;
  const Milter greylist(sockets.file("greylist"), 'R', 't');
  const Milter content(sockets.file("clamav"), 'E', 'c');
  Manager manager("manager.condition_timeout = 2\n" + configuration(sockets, one) +
                  "dnsbl.name_servers = ['" + one.address() + "', '" + other.address() + "']\n");
  CHECK(send_mail(manager, {"ppp192-0-2-1.example.org", command::Family::inet, 2525, "192.0.2.1"}) == 'c');
  CHECK(greylist.asked() == 0);
  CHECK(manager.end().status == 0);
  CHECK_FALSE(one.asked().empty());
  CHECK_FALSE(other.asked().empty());
  CHECK(manager.log().find("did not answer in time") == std::string::npos);
}
