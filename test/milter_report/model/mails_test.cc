// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/model/mails.h"

#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "core/maillog/installed_rules.h"
#include "milter-report/model/mail_story.h"
#include "test/milter_report/model/log.h"

namespace milter_manager::report {
namespace {

using statistics::Status;

// What it was told, as text: a line a message.
class Told : public MailVisitor {
 public:
  explicit Told(bool mta) : mta_(mta) {}
  Wants wants() const override { return {.mta = mta_}; }
  void message(const Message& message) override {
    std::string text =
        fmt::format("{} {} {}", message.host, message.queue_id.empty() ? "-" : message.queue_id,
                    statistics::word(message.status));
    for (const ChildVerdict& child : message.children) {
      text += fmt::format(" [{} {}", child.name, statistics::word(child.status));
      for (const auto key : child.report_keys) text += fmt::format(" key{}", key);
      text += "]";
    }
    if (message.mta != nullptr) {
      text += fmt::format(" {}", message.mta->client_address);
      text += message.mta->sender ? fmt::format(" <{}>", *message.mta->sender) : " ?";
    }
    lines.push_back(text);
  }
  std::vector<std::string> lines;

 private:
  bool mta_;
};

using Lines = std::vector<std::string>;

TEST_CASE("Messages whose lines are mixed are put together by process, session and number") {
  WrittenLog log;
  log.event(1, verdict(Status::pass, "one", "A1", 10))
      .event(1, verdict(Status::reject, "one", "B1", 10), "mail", 900)  // another process, the same session
      .event(1, verdict(Status::discard, "one", "C1", 10, 2))
      .event(1, verdict(Status::pass, "two", "A1", 10))
      .event(2, message_end(Status::reject, "B1", 10), "mail", 900)
      .event(2, message_end(Status::discard, "C1", 10, 2))
      .event(2, message_end(Status::pass, "A1", 10));
  Told told(false);
  const ReadReport report = log.read({&told});
  CHECK(told.lines == Lines{"mail B1 reject [one reject]", "mail C1 discard [one discard]",
                            "mail A1 pass [one pass] [two pass]"});
  CHECK(report.messages == 3);
  CHECK(report.verdicts == 4);
  CHECK(report.unfinished == 0);
}

TEST_CASE("A verdict whose message's end was lost counts as unfinished, and not for another message") {
  WrittenLog log;
  log.event(1, verdict(Status::pass, "one", "A1", 10))
      .event(2, verdict(Status::pass, "one", "A2", 11))
      .event(2, message_end(Status::pass, "A2", 11));
  Told told(false);
  const ReadReport report = log.read({&told});
  CHECK(told.lines == Lines{"mail A2 pass [one pass]"});
  CHECK(report.unfinished == 1);
}

TEST_CASE(
    "What a milter's headers say belongs to the message at hand, and not to the next of the connection") {
  const auto rules = maillog::load_rules({});
  REQUIRE(rules);
  LogSelection selection;
  selection.rules = &*rules;
  WrittenLog log;
  log.event(1, statistics::MilterHeaderAdd{11, "X-Spam-Flag", "YES", "one", false})
      .event(1, verdict(Status::pass, "one", "A1", 10))
      .event(1, message_end(Status::pass, "A1", 10))
      .event(2, verdict(Status::pass, "one", "A2", 10, 2))
      .event(2, message_end(Status::pass, "A2", 10, 2));
  Told told(false);
  log.read({&told}, selection);
  CHECK(told.lines == Lines{"mail A1 pass [one pass key0]", "mail A2 pass [one pass]"});
}

TEST_CASE("A message is joined with the MTA's lines of its queue id and host, before and after it") {
  WrittenLog log;
  log.line(1, "postfix/smtpd[1]", "A1: client=mx[192.0.2.1]")
      .line(1, "postfix/smtpd[1]", "A1: client=other[192.0.2.9]", "mx2")
      .event(2, verdict(Status::pass, "one", "A1", 10))
      .event(2, message_end(Status::pass, "A1", 10))
      .line(3, "postfix/qmgr[2]", "A1: from=<wrong@example.com>, size=1, nrcpt=1 (queue active)", "mx2")
      .line(3, "postfix/qmgr[2]", "A1: from=<a@example.com>, size=1, nrcpt=1 (queue active)");
  Told told(true);
  const ReadReport report = log.read({&told});
  CHECK(told.lines == Lines{"mail A1 pass [one pass] 192.0.2.1 <a@example.com>"});
  CHECK(report.joined == 1);
}

TEST_CASE("A queue id that is used again names another mail") {
  WrittenLog log;
  log.line(1, "postfix/smtpd[1]", "A1: client=mx[192.0.2.1]")
      .event(2, message_end(Status::pass, "A1", 10))
      .line(3, "postfix/qmgr[2]", "A1: from=<a@example.com>, size=1, nrcpt=1 (queue active)")
      .line(4, "postfix/qmgr[2]", "A1: removed")
      .line(5, "postfix/smtpd[1]", "A1: client=mx[192.0.2.2]")
      .event(6, message_end(Status::pass, "A1", 20))
      .line(7, "postfix/qmgr[2]", "A1: from=<b@example.com>, size=1, nrcpt=1 (queue active)");
  Told told(true);
  log.read({&told});
  CHECK(told.lines ==
        Lines{"mail A1 pass 192.0.2.1 <a@example.com>", "mail A1 pass 192.0.2.2 <b@example.com>"});
}

TEST_CASE("A message without a queue id, and one that the MTA tells nothing of, come all the same") {
  WrittenLog log;
  log.event(1, message_end(Status::reject, "", 10))
      .event(2, message_end(Status::pass, "A1", 11))
      .line(3, "postfix/smtpd[1]", "B1: client=mx[192.0.2.2]")
      .event(4, message_end(Status::pass, "B1", 12))
      .line(200, "postfix/smtpd[1]", "connect from mx[192.0.2.2]")
      .event(300, message_end(Status::pass, "C1", 13));
  Told told(true);
  const ReadReport report = log.read({&told});
  CHECK(told.lines == Lines{"mail - reject", "mail A1 pass", "mail B1 pass 192.0.2.2 ?", "mail C1 pass"});
  CHECK(report.with_queue_id == 3);
  CHECK(report.joined == 1);
}

TEST_CASE("As many hosts are told apart as there is room for, and the rest is one") {
  constexpr std::size_t kHosts = 8192;
  WrittenLog log;
  for (std::size_t i = 0; i < kHosts; ++i)
    log.event(1, message_end(Status::pass, "A1", 10), fmt::format("mx{}", i));
  Told told(false);
  const auto others = [](const ReadReport& report) {
    return std::count_if(report.hosts.begin(), report.hosts.end(),
                         [](const auto& host) { return host.name == "(others)"; });
  };
  ReadReport report = log.read({&told});
  CHECK(report.hosts.size() == kHosts);
  CHECK(others(report) == 0);
  log.event(2, message_end(Status::pass, "A1", 10), "one-more")
      .event(2, message_end(Status::pass, "A1", 10), "another-one");
  report = log.read({&told});
  CHECK(report.hosts.size() == kHosts + 1);
  CHECK(others(report) == 1);
}

TEST_CASE("A period takes its beginning and leaves its end") {
  WrittenLog log;
  for (int second = 1; second <= 4; ++second) {
    log.event(second,
              message_end(Status::pass, fmt::format("A{}", second).c_str(), static_cast<unsigned>(second)));
  }
  Told told(false);
  LogSelection selection;
  selection.since = kBegin + 2;
  selection.until = kBegin + 4;
  const ReadReport report = log.read({&told}, selection);
  CHECK(told.lines == Lines{"mail A2 pass", "mail A3 pass"});
  CHECK(report.events == 2);
  CHECK(report.log_last == kBegin + 4);
}

TEST_CASE("No number of open messages takes more than its share of memory") {
  WrittenLog log;
  constexpr unsigned kMany = 5000;
  for (unsigned session = 1; session <= kMany; ++session)
    log.event(1, verdict(Status::pass, "one", "A1", session * 2));
  log.event(2, message_end(Status::pass, "A1", kMany * 2));
  Told told(false);
  const ReadReport report = log.read({&told});
  CHECK(told.lines == Lines{"mail A1 pass [one pass]"});
  CHECK(report.unfinished == kMany - 1);
}

TEST_CASE("A mail is found by its queue id, by both addresses, and by its message id") {
  WrittenLog log;
  log.line(1, "postfix/smtpd[1]", "A1: client=mx[192.0.2.1]")
      .line(1, "postfix/cleanup[1]", "A1: message-id=<1@Example.com>")
      .event(2, verdict(Status::reject, "one", "A1", 10))
      .event(2, message_end(Status::reject, "A1", 10))
      .line(3, "postfix/cleanup[2]",
            "A1: milter-reject: END-OF-MESSAGE from mx[192.0.2.1]: 5.7.1 no; from=<a@example.com> "
            "to=<B@example.org>")
      .event(4, message_end(Status::pass, "A2", 11));
  for (const char* const wanted :
       {"A1", "a@example.com", "<b@example.org>", "1@example.com", "<1@Example.com>"}) {
    INFO(wanted);
    MailSearch search(wanted, 10);
    log.read({&search});
    REQUIRE(search.found().size() == 1);
    CHECK(search.found().begin()->queue_id == "A1");
  }
  MailSearch search("nobody@example.org", 10);
  log.read({&search});
  CHECK(search.found().empty());
}

TEST_CASE("A mail's story has its milters, its headers, the MTA's lines, and nothing of other mails") {
  WrittenLog log;
  log.event(1, statistics::MilterHeaderAdd{11, "X-One", "1", "one", false})
      .event(1, statistics::MilterHeaderAdd{21, "X-Other", "2", "one", false})
      .event(1, statistics::SessionHeaderAdd{10, "X-One", "1", false})
      .event(2, verdict(Status::pass, "one", "A1", 10))
      .event(2, message_end(Status::pass, "A1", 10))
      .event(2, verdict(Status::pass, "one", "A2", 20))
      .event(2, message_end(Status::pass, "A2", 20))
      .line(3, "postfix/qmgr[2]", "A1: from=<a@example.com>, size=1, nrcpt=1 (queue active)")
      .line(3, "postfix/qmgr[2]", "A2: from=<b@example.com>, size=1, nrcpt=1 (queue active)")
      .line(4, "postfix/smtp[2]", "A1: to=<c@example.org>, relay=x, dsn=2.0.0, status=sent (ok)")
      .event(5, statistics::SessionEnd{statistics::State::end_of_message, Status::pass, 4, 10});
  const std::set<MailKey> wanted{{"mail", "A1"}};
  StoryTeller teller(wanted);
  log.read({&teller});
  const auto stories = teller.finish();
  REQUIRE(stories.size() == 1);
  const MailStory& story = stories.front();
  CHECK(story.mta.sender == "a@example.com");
  CHECK(story.recipients == Lines{"c@example.org"});
  CHECK(story.mta_lines.size() == 2);
  REQUIRE(story.children.size() == 1);
  CHECK(story.children.front().headers == Lines{"X-One: 1"});
  CHECK(story.headers == Lines{"X-One: 1"});
  CHECK(story.connection_time == 4.0);
}

TEST_CASE("Of each recipient the last delivery counts, whatever other servers say in their answers") {
  WrittenLog log;
  log.line(1, "postfix/smtp[92]", "A1: to=<a@example.org>, relay=r, dsn=4.0.0, status=deferred (busy)")
      .line(2, "postfix/smtp[92]",
            "A1: to=<b@example.org>, relay=r, dsn=5.0.0, status=bounced (no status=sent)")
      .line(3, "postfix/smtp[92]", "A1: to=<a@example.org>, relay=r, dsn=2.0.0, status=sent (status=bounced)")
      .line(4, "sendmail[7]",
            "A1: to=<c@example.org>,<d@example.org>, delay=00:00:01, dsn=2.0.0, stat=Sent (ok)")
      .line(5, "postfix/bounce[9]", "A1: sender non-delivery notification: status=deferred");
  StoryTeller teller("A1");
  log.read({&teller});
  const auto stories = teller.finish();
  REQUIRE(stories.size() == 1);
  CHECK(stories.front().deliveries == std::map<std::string, Delivery>{{"a@example.org", Delivery::sent},
                                                                      {"b@example.org", Delivery::failed},
                                                                      {"c@example.org", Delivery::sent},
                                                                      {"d@example.org", Delivery::sent}});
}

TEST_CASE("Mails beyond those that are kept are counted once, however many lines they have") {
  WrittenLog log;
  for (int i = 0; i < 5; ++i) {
    for (const char* const id : {"A1", "A2", "A3"})
      log.line(i, "postfix/smtp[92]", fmt::format("{}: to=<a@example.org>, relay=r, status=sent (ok)", id));
  }
  MailSearch search("a@example.org", 2);
  log.read({&search});
  CHECK(search.left_out() == 1);
  REQUIRE(search.found().size() == 2);
  CHECK(search.found().begin()->queue_id == "A2");
}

}  // namespace
}  // namespace milter_manager::report
