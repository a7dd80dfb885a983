// SPDX-License-Identifier: GPL-3.0-or-later
#include "examples/milter/milter.h"

#include <catch2/catch.hpp>

namespace command = milter_manager::protocol::command;
namespace protocol = milter_manager::protocol;
namespace reply = milter_manager::protocol::reply;
namespace step = milter_manager::protocol::step;

namespace {

std::string packets(const std::vector<protocol::Reply>& replies) {
  std::string out;
  for (const auto& one : replies) protocol::encode(one, out);
  return out;
}

// An MTA's connection to a milter of these roles.
class Connection {
 public:
  Connection(const example::Roles& roles, example::Greylist& greylist) : milter_(roles, greylist) {}

  std::string tell(const protocol::Command& said, std::chrono::seconds at = {}) {
    std::string out;
    milter_.received(said, example::Greylist::Time() + at, out);
    return out;
  }
  std::string tell_body(const std::vector<std::string>& chunks) {
    tell(command::Mail{"<a@b>", {}});
    for (const auto& chunk : chunks) tell(command::Body{chunk});
    return tell(command::EndOfMessage{});
  }
  bool quitted() const { return milter_.quitted(); }

 private:
  example::Milter milter_;
};

const std::string kContinue = packets({reply::Continue{}});
const std::string kSpam = packets({reply::ReplyCode{"550 5.7.1 This message looks like spam"}});
const std::string kLater =
    packets({reply::ReplyCode{"451 4.7.1 Greylisting in action, please come back later"}});

}  // namespace

TEST_CASE("the example milter asks for what its roles need, and no more") {
  example::Greylist greylist(std::chrono::seconds(0));
  const auto steps = [&](const example::Roles& roles) {
    const std::string packet =
        Connection(roles, greylist).tell(command::Negotiate{{6, protocol::action::kAll, step::kAll}});
    const auto answer = protocol::decode_reply(protocol::Packet{packet});
    REQUIRE(answer);
    const auto option = std::get<reply::Negotiate>(*answer).option;
    CHECK(option.actions == protocol::action::kAddHeaders);
    return option.steps;
  };
  example::Roles greylisting, spam;
  greylisting.greylist = true;
  spam.spam_word = "lottery";
  const std::uint32_t never = step::kNoHelo | step::kNoUnknown | step::kNoData | step::kNoEndOfHeader;
  CHECK(steps(greylisting) == (never | step::kNoHeaders | step::kNoBody));
  CHECK(steps(spam) == (never | step::kNoConnect | step::kNoRecipient));
}

TEST_CASE("the example milter adds its headers to every mail") {
  example::Greylist greylist(std::chrono::seconds(0));
  example::Roles roles;
  roles.added_headers = {{"X-A", "1"}, {"X-B", "2"}};
  Connection connection(roles, greylist);
  CHECK(connection.tell_body({"hello"}) ==
        packets({reply::AddHeader{"X-A", "1"}, reply::AddHeader{"X-B", "2"}, reply::Continue{}}));
  CHECK(connection.tell(command::Quit{}).empty());
  CHECK(connection.quitted());
}

TEST_CASE("greylisting refuses a stranger until the delay has passed") {
  example::Greylist greylist(std::chrono::seconds(60));
  example::Roles roles;
  roles.greylist = true;
  const auto knock = [&](Connection& connection, const char* address, const char* recipient, int seconds) {
    connection.tell(command::Connect{"mx", command::Family::inet, 25, address});
    connection.tell(command::Mail{"<a@b>", {}});
    return connection.tell(command::Recipient{recipient, {}}, std::chrono::seconds(seconds));
  };
  Connection connection(roles, greylist);
  CHECK(knock(connection, "192.0.2.1", "<c@d>", 0) == kLater);
  CHECK(knock(connection, "192.0.2.1", "<c@d>", 59) == kLater);
  CHECK(knock(connection, "192.0.3.1", "<c@d>", 60) == kLater);
  CHECK(knock(connection, "192.0.2.1", "<e@f>", 60) == kLater);
  CHECK(knock(connection, "192.0.2.200", "<c@d>", 3725) == kContinue);
  CHECK(
      connection.tell(command::EndOfMessage{}) ==
      packets({reply::AddHeader{"X-Greylist", "Delayed for 01:02:05 by example-milter"}, reply::Continue{}}));
}

TEST_CASE("with a delay of nothing the second try passes") {
  example::Greylist greylist(std::chrono::seconds(0));
  CHECK_FALSE(greylist.waited("192.0.2.1", "<a@b>", "<c@d>", {}));
  CHECK(greylist.waited("192.0.2.1", "<a@b>", "<c@d>", {}) == std::chrono::seconds(0));
  CHECK_FALSE(greylist.waited("2001:db8::1", "<a@b>", "<c@d>", {}));
  CHECK(greylist.waited("2001:db8::1", "<a@b>", "<c@d>", {}));
  CHECK_FALSE(greylist.waited("2001:db8::2", "<a@b>", "<c@d>", {}));
}

TEST_CASE("a greylist does not grow without end") {
  example::Greylist greylist(std::chrono::seconds(60));
  const example::Greylist::Time begin;
  CHECK_FALSE(greylist.waited("192.0.2.1", "<a@b>", "<old@d>", begin));
  const auto day_later = begin + std::chrono::hours(25);
  for (int i = 0; i < 99'999; ++i) greylist.waited("192.0.2.1", "<a@b>", std::to_string(i), day_later);
  CHECK_FALSE(greylist.waited("192.0.2.1", "<a@b>", "<new@d>", day_later));
  CHECK_FALSE(greylist.waited("192.0.2.1", "<a@b>", "<old@d>", day_later));
}

TEST_CASE("spam is rejected wherever the word stands") {
  example::Greylist greylist(std::chrono::seconds(0));
  example::Roles roles;
  roles.spam_word = "Lottery";
  const std::string ham = packets({reply::AddHeader{"X-Spam-Status", "No"}, reply::Continue{}});
  Connection connection(roles, greylist);
  CHECK(connection.tell_body({"won the LOTTERY today"}) == kSpam);
  CHECK(connection.tell_body({"won the lot", "tery"}) == kSpam);
  CHECK(connection.tell_body({"l", "o", "t", "t", "e", "r", "y"}) == kSpam);
  CHECK(connection.tell_body({"lot", "", "tery"}) == kSpam);
  CHECK(connection.tell_body({"lot tery", "lotter"}) == ham);
  CHECK(connection.tell_body({"y"}) == ham);

  connection.tell(command::Mail{"<a@b>", {}});
  connection.tell(command::Header{"SUBJECT", "the lottery"});
  CHECK(connection.tell(command::EndOfMessage{}) == kSpam);
  connection.tell(command::Mail{"<a@b>", {}});
  connection.tell(command::Header{"X-Subject", "the lottery"});
  CHECK(connection.tell(command::EndOfMessage{"no more"}) == ham);
  connection.tell(command::Mail{"<a@b>", {}});
  CHECK(connection.tell(command::EndOfMessage{"lottery"}) == kSpam);
}

TEST_CASE("spam is marked where that is asked for") {
  example::Greylist greylist(std::chrono::seconds(0));
  example::Roles roles;
  roles.spam_word = "lottery";
  roles.mark_only = true;
  CHECK(Connection(roles, greylist).tell_body({"lottery"}) ==
        packets({reply::AddHeader{"X-Spam-Flag", "YES"}, reply::Continue{}}));
}
