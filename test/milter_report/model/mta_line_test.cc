// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/model/mta_line.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <string>

namespace milter_manager::report {
namespace {

std::string text_of(const std::optional<MtaLine>& line) {
  constexpr const char* kKinds[] = {"client", "message_id", "sender", "delivery", "refusal", "removed"};
  if (!line) return "none";
  std::string text = kKinds[static_cast<int>(line->kind)];
  const auto add = [&](const char* name, std::string_view value) {
    if (!value.empty()) text += fmt::format(" {}={}", name, value);
  };
  add("id", line->queue_id);
  add("name", line->client_name);
  add("address", line->client_address);
  if (line->sender) text += fmt::format(" from=<{}>", *line->sender);
  if (line->recipient) text += fmt::format(" to=<{}>", *line->recipient);
  add("orig", line->original_recipient);
  add("msgid", line->message_id);
  add("status", line->status);
  add("stage", line->stage);
  if (line->reply_code != 0) text += fmt::format(" code={}", line->reply_code);
  add("reply", line->reply);
  if (line->by_milter) text += " by-milter";
  return text;
}

struct Case {
  const char* program;
  const char* text;
  const char* read;
};

constexpr Case kCases[] = {
    {"postfix/smtpd", "4Xyz: client=mx.example.com[192.0.2.1]",
     "client id=4Xyz name=mx.example.com address=192.0.2.1"},
    {"postfix/submission/smtpd", "4Xyz: client=unknown[2001:db8::1], sasl_method=PLAIN, sasl_username=a",
     "client id=4Xyz name=unknown address=2001:db8::1"},
    {"postfix/cleanup", "4Xyz: message-id=<1@example.com>", "message_id id=4Xyz msgid=1@example.com"},
    {"postfix/qmgr", "4Xyz: from=<a@example.com>, size=1234, nrcpt=1 (queue active)",
     "sender id=4Xyz from=<a@example.com>"},
    {"postfix/qmgr", "4Xyz: from=<>, size=1234, nrcpt=1 (queue active)", "sender id=4Xyz from=<>"},
    {"postfix/qmgr", "4Xyz: removed", "removed id=4Xyz"},
    {"postfix/smtp",
     "4Xyz: to=<b@example.org>, orig_to=<c@example.org>, relay=mx[192.0.2.2]:25, delay=1, delays=0/0/0/1, "
     "dsn=2.0.0, status=sent (250 ok)",
     "delivery id=4Xyz to=<b@example.org> orig=c@example.org status=sent reply=250 ok"},
    {"postfix/smtpd",
     "NOQUEUE: milter-reject: RCPT from mx.example.com[192.0.2.1]: 451 4.7.1 Greylisting in action; "
     "from=<a@example.com> to=<b@example.org> "
     "proto=ESMTP helo=<mx>",
     "refusal name=mx.example.com address=192.0.2.1 from=<a@example.com> to=<b@example.org> status=reject "
     "stage=RCPT code=451 "
     "reply=451 4.7.1 Greylisting in action by-milter"},
    {"postfix/cleanup",
     "4Xyz: milter-reject: END-OF-MESSAGE from mx[192.0.2.1]: 5.7.1 Spam; from=<a@example.com> "
     "to=<b@example.org>",
     "refusal id=4Xyz name=mx address=192.0.2.1 from=<a@example.com> to=<b@example.org> status=reject "
     "stage=END-OF-MESSAGE reply=5.7.1 Spam "
     "by-milter"},
    {"postfix/smtpd",
     "NOQUEUE: reject: RCPT from mx[192.0.2.1]: 550 5.1.1 <x>: unknown; from=<a@example.com> to=<x>",
     "refusal name=mx address=192.0.2.1 from=<a@example.com> to=<x> status=reject stage=RCPT code=550 "
     "reply=550 5.1.1 <x>: unknown"},
    {"sendmail",
     "wA1: from=<a@example.com>, size=99, class=0, nrcpts=1, msgid=<1@example.com>, proto=ESMTP, daemon=MTA, "
     "relay=mx.example.com [192.0.2.1]",
     "sender id=wA1 name=mx.example.com address=192.0.2.1 from=<a@example.com> msgid=1@example.com"},
    {"sm-mta", "wA1: to=<b@example.org>, delay=00:00:01, mailer=local, dsn=2.0.0, stat=Sent",
     "delivery id=wA1 to=<b@example.org> status=sent reply=Sent"},
    {"sm-mta", "wA1: Milter: to=<b@example.org>, reject=451 4.7.1 later",
     "refusal id=wA1 to=<b@example.org> status=reject stage=RCPT code=451 reply=451 4.7.1 later by-milter"},
    {"sm-mta", "wA1: Milter: data, reject=550 5.7.1 no",
     "refusal id=wA1 status=reject stage=END-OF-MESSAGE code=550 reply=550 5.7.1 no by-milter"},
    // What tells of no mail, what another says in its words, what ends too early.
    {"postfix/smtpd", "connect from mx.example.com[192.0.2.1]", "none"},
    {"postfix/smtpd", "4Xyz: client=", "client id=4Xyz"},
    {"postfix/smtpd", "4Xyz", "none"},
    {"postfix/smtpd", "", "none"},
    {"postfix/smtp", "4Xyz: to=<b@example.org", "none"},
    {"postfix/smtp", "4Xyz: to=<b@example.org>, relay=none", "none"},
    {"postfix/cleanup", "4Xyz: milter-reject: END-OF-MESSAGE", "none"},
    {"sshd", "4Xyz: client=mx.example.com[192.0.2.1]", "none"},
    {"postfix/anything", "4Xyz: client=mx.example.com[192.0.2.1]", "none"},
    {"sm-mta", "wA1: to=<b@example.org>", "none"},
    {"sm-mta", "wA1: Milter: connect to filters", "none"},
};

TEST_CASE("The lines of Postfix and Sendmail that tell of a mail are understood, and no others") {
  for (const Case& one : kCases) {
    INFO(one.program << ": " << one.text);
    CHECK(text_of(parse_mta_line({0, "mail", one.program, 1, one.text})) == one.read);
  }
}

TEST_CASE("Every beginning of a line is read without harm") {
  for (const Case& one : kCases) {
    const std::string_view text = one.text;
    for (std::size_t length = 0; length <= text.size(); ++length) {
      const std::string beginning(text.substr(0, length));  // so that a sanitizer sees what is read behind it
      const auto line = parse_mta_line({0, "mail", one.program, 1, beginning});
      CHECK((!line || line->text == beginning));
    }
  }
}

}  // namespace
}  // namespace milter_manager::report
