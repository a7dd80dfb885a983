// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tools/test_milter.h"

#include <catch2/catch.hpp>

#include "core/protocol/command.h"
#include "core/protocol/reply.h"

using namespace milter_manager::tools;
using namespace milter_manager::protocol;

namespace {

struct Answer {
  std::string out, report;
};

Answer tell(TestMilter& milter, const Command& command) {
  std::string packet;
  Answer answer;
  encode(command, packet);
  REQUIRE(milter.received(Packet{packet}, answer.out, answer.report));
  return answer;
}

std::string packet_of(const Reply& reply) {
  std::string packet;
  encode(reply, packet);
  return packet;
}

StringList list(const std::string& bytes) { return StringList(bytes); }

}  // namespace

TEST_CASE("the test milter takes what is offered, but wants every event and every answer") {
  TestMilter milter;
  const Answer answer = tell(milter, command::Negotiate{{6, action::kAll, step::kAll}});
  CHECK(answer.out == packet_of(reply::Negotiate{{6, action::kAll, step::kSkip}, {}}));
  const Answer small = tell(milter, command::Negotiate{{2, action::kAddHeaders, step::kNoBody}});
  CHECK(small.out == packet_of(reply::Negotiate{{2, action::kAddHeaders, 0}, {}}));
  CHECK(small.report == "negotiate: version=<2>, action=<add-headers>, step=<no-body>\n");
}

TEST_CASE("the test milter shows each request and lets it pass") {
  const std::string size("SIZE=10\0", 8);
  const struct {
    Command command;
    const char* report;
    bool answered = true;
  } cases[] = {
      {command::Connect{"mx", command::Family::inet6, 25, "::1"},
       "connect: host=<mx>, address=<inet6:25@[::1]>\n"},
      {command::Connect{"mx", command::Family::unix, 0, "/s"}, "connect: host=<mx>, address=<unix:/s>\n"},
      {command::Connect{"mx", command::Family::unknown, 0, ""}, "connect: host=<mx>, address=<unknown>\n"},
      {command::Helo{"delian"}, "helo: <delian>\n"},
      {command::Mail{"<a@b>", list(size)}, "envelope-from: <<a@b>> <SIZE=10>\n"},
      {command::Recipient{"<c@d>", {}}, "envelope-recipient: <<c@d>>\n"},
      {command::Unknown{"HI"}, "unknown: <HI>\n"},
      {command::Data{}, "data\n"},
      {command::Header{"Subject", "hi"}, "header: <Subject: hi>\n"},
      {command::Header{"Subject", " hi"}, "header: <Subject: hi>\n"},
      {command::EndOfHeader{}, "end-of-header\n"},
      {command::Body{"a\nb"}, "body: <a\nb>\n"},
      {command::EndOfMessage{}, "end-of-message\n"},
      {command::EndOfMessage{"bye"}, "end-of-message: <bye>\n"},
      {command::Abort{}, "abort\n", false},
      {command::QuitNewConnection{}, "finished\n", false},
      {command::Quit{}, "finished\n", false},
  };
  TestMilter milter;
  for (const auto& one : cases) {
    const Answer answer = tell(milter, one.command);
    CHECK(answer.report == one.report);
    CHECK(answer.out == (one.answered ? packet_of(reply::Continue{}) : ""));
  }
  CHECK(milter.quitted());
}

TEST_CASE("macros are shown with the command that they came for") {
  TestMilter milter;
  const std::string pairs("j\0mx\0{daemon_name}\0smtpd\0", 25);
  const Answer none = tell(milter, command::DefineMacro{CommandKind::connect, list(pairs)});
  CHECK(none.out.empty());
  CHECK(none.report.empty());
  CHECK(tell(milter, command::Helo{"delian"}).report == "helo: <delian>\n");
  CHECK(tell(milter, command::Connect{"mx", command::Family::unknown, 0, ""}).report ==
        "connect: host=<mx>, address=<unknown>\nmacros:\n  j=mx\n  daemon_name=smtpd\n");
}

TEST_CASE("a session that ends without a quit is finished, too") {
  TestMilter milter;
  std::string report;
  milter.closed(report);
  CHECK(report.empty());
  tell(milter, command::Helo{"delian"});
  milter.closed(report);
  CHECK(report == "finished\n");
  tell(milter, command::Quit{});
  milter.closed(report);
  CHECK(report == "finished\n");
}

TEST_CASE("what an MTA says can't steer the terminal") {
  TestMilter milter;
  CHECK(tell(milter, command::Helo{"\x1b[2J\x07 \xe3\x81\x82"}).report ==
        "helo: <\\x1b[2J\\x07 \xe3\x81\x82>\n");
}

TEST_CASE("what is no command ends the test milter's session") {
  TestMilter milter;
  std::string out, report;
  const std::string packet("\0\0\0\2Hx", 6);
  CHECK_FALSE(milter.received(Packet{packet}, out, report));
  CHECK(out.empty());
}
