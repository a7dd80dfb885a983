// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tools/mail.h"

#include <catch2/catch.hpp>

#include "core/tools/charset.h"

using namespace milter_manager::tools;

TEST_CASE("a mail file gives sender, recipients, headers and body") {
  const auto mail = parse_mail(
      "From kou Sat Jan  1 00:00:00 2022\n"
      "From: Kou <kou@example.com>\n"
      "To: \"Doe, Jane\" <jane@example.org>, joe@example.org\n"
      "Subject: a long\n\tsubject\n"
      "To: more@example.org\n"
      "\n"
      "one\n"
      "two\n");
  REQUIRE(mail);
  CHECK(mail->sender == "<kou@example.com>");
  CHECK(mail->recipients ==
        std::vector<std::string>{"<jane@example.org>", "<joe@example.org>", "<more@example.org>"});
  REQUIRE(mail->headers.size() == 4);
  CHECK(mail->headers[2] == Header{"Subject", "a long\n\tsubject"});
  CHECK(mail->body == std::vector<std::string>{"one\ntwo"});
}

TEST_CASE("a mail file with CRLF keeps it in folded headers only") {
  const auto mail = parse_mail("From: a@b\r\nX-Folded: one\r\n two\r\n\r\nbody\r\nmore\r\n");
  REQUIRE(mail);
  CHECK(mail->headers[1] == Header{"X-Folded", "one\r\n two"});
  CHECK(mail->body == std::vector<std::string>{"body\nmore"});
}

TEST_CASE("a mail file may hold next to nothing") {
  CHECK(parse_mail("").value() == Mail{});
  CHECK(parse_mail("\nbody").value().body == std::vector<std::string>{"body"});
  CHECK(parse_mail("Subject: x").value().headers == std::vector<Header>{{"Subject", "x"}});
  CHECK(parse_mail("X:\n\n").value().headers == std::vector<Header>{{"X", ""}});
  CHECK(parse_mail("From: <>\n\n").value().sender.empty());
}

TEST_CASE("a mail file with something else than headers at its head is refused") {
  const struct {
    std::string text, message;
  } cases[] = {
      {"Subject: x\nno header\n\nbody", "line 2 is no header: <no header>"},
      {" folded: nothing\n", "line 1 is no header: < folded: nothing>"},
      {": x\n", "line 1 is no header: <: x>"},
      {std::string("X: a\0b\n", 7), "a NUL in header <X>"},
  };
  for (const auto& one : cases) {
    const auto mail = parse_mail(one.text);
    REQUIRE_FALSE(mail);
    CHECK(mail.error().message == one.message);
  }
}

TEST_CASE("a mail file that is not there is named") {
  const auto mail = read_mail_file("/nonexistent/mail");
  REQUIRE_FALSE(mail);
  CHECK(mail.error().message == "/nonexistent/mail does not exist.");
  const auto folder = read_mail_file("/");
  REQUIRE_FALSE(folder);
  CHECK(folder.error().message == "Loading from / failed.: Is a directory");
}

TEST_CASE("a header option is a name and a value") {
  CHECK(parse_header("X-Name: value").value() == Header{"X-Name", "value"});
  CHECK(parse_header("X-Name:value").value() == Header{"X-Name", "value"});
  CHECK(parse_header("X-Name:  a:b").value() == Header{"X-Name", " a:b"});
  CHECK(parse_header("X-Name").error().message == "headers option should be 'NAME:VALUE'");
}

TEST_CASE("addresses get brackets once") {
  CHECK(with_brackets("a@b") == "<a@b>");
  CHECK(with_brackets("<a@b>") == "<a@b>");
  CHECK(with_brackets("") == "<>");
}

TEST_CASE("a body is shown in UTF-8 where its charset is known") {
  CHECK(charset_of("text/plain; charset=ISO-2022-JP") == "ISO-2022-JP");
  CHECK(charset_of("text/plain; format=flowed;\r\n Charset = \"utf-8\"") == "utf-8");
  CHECK(charset_of("text/plain").empty());
  CHECK(to_utf8("\x1b$B$\"\x1b(B", "ISO-2022-JP") == "\xe3\x81\x82");
  CHECK(to_utf8("\x82\xa0", "Shift_JIS") == "\xe3\x81\x82");
  CHECK(to_utf8("\x82", "Shift_JIS") == "\x82");
  CHECK(to_utf8("abc", "no such charset") == "abc");
  CHECK(to_utf8("abc", "") == "abc");
  CHECK(to_utf8(std::string(10000, '\xe4'), "ISO-8859-1").size() == 20000);
}
