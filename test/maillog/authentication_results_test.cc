// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/maillog/authentication_results.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace milter_manager::maillog {
namespace {

using Lines = std::vector<std::string>;

// "METHOD/VERSION=RESULT (COMMENT)", each part where there is one.
Lines read(std::string_view value) {
  AuthenticationResults results(value);
  Lines lines;
  while (const auto one = results.next()) {
    lines.push_back(
        fmt::format("{}{}{}={}", one->method, one->version.empty() ? "" : "/", one->version, one->result));
    if (!one->comment.empty()) lines.back() += fmt::format(" ({})", one->comment);
  }
  return lines;
}

std::string server_of(std::string_view value) { return std::string(AuthenticationResults(value).server()); }

std::optional<std::string> property(std::string_view result, std::string_view name) {
  const std::string value = "m; x; " + std::string(result);
  AuthenticationResults results(value);
  const auto one = results.next();
  REQUIRE(one);
  return property_of(*one, name);
}

TEST_CASE("the examples of RFC 8601's appendix are read") {
  CHECK(read("example.org 1; none").empty());
  CHECK(server_of("example.org 1; none") == "example.org");
  CHECK(read("example.com;\r\n          spf=pass smtp.mailfrom=example.net") == Lines{"spf=pass"});
  CHECK(read("example.com;\n       auth=pass (cleartext) smtp.auth=sender@example.net;\n"
             "       spf=pass smtp.mailfrom=example.net") == Lines{"auth=pass (cleartext)", "spf=pass"});
  CHECK(read("example.com;\n\tdkim=pass (good signature) header.d=example.com") ==
        Lines{"dkim=pass (good signature)"});
  CHECK(read("example.net; dkim=pass reason=\"good signature\" header.i=@mail-router.example.net; dkim=fail "
             "reason=\"bad signature\" header.i=@newyork.example.com") == Lines{"dkim=pass", "dkim=fail"});
  const char* const commented =
      "foo.example.net (foobar) 1 (baz);\n    dkim (Because I like it) / 1 (One yay) = (wait for it) fail\n"
      "      policy (A dot can go here) . (like that) expired\n"
      "      (this surprised me) = (as I wasn't expecting it) 1362471462";
  CHECK(read(commented) == Lines{"dkim/1=fail"});
  CHECK(server_of(commented) == "foo.example.net");
}

TEST_CASE("what milters write is read") {
  struct Case {
    const char* value;
    Lines results;
  };
  const Case cases[] = {
      {"mail; dkim=pass (2048-bit key; unprotected) header.d=a.example header.i=@a.example header.b=abc/d+=",
       {"dkim=pass (2048-bit key; unprotected)"}},
      {"mail;dkim=none;dkim-adsp=pass", {"dkim=none", "dkim-adsp=pass"}},
      {"mail; dmarc=pass (p=none dis=none) header.from=a.example; arc=fail (as.1.b=fail, ams.1.b=pass)",
       {"dmarc=pass (p=none dis=none)", "arc=fail (as.1.b=fail, ams.1.b=pass)"}},
      {"mail; sender-id=HardFail header.from=x; iprev=permerror", {"sender-id=HardFail", "iprev=permerror"}},
      {"mail; dkim=neutral (verification (a (b) c) failed) header.d=x",
       {"dkim=neutral (verification (a (b) c) failed)"}},
      {"mail; x-tls.a=pass; spf=pass", {"spf=pass"}},
      {"mail; spf = pass (one) (two)", {"spf=pass (one)"}},
      {"\"mail; dkim=pass\"; spf=fail", {"spf=fail"}},
      {"i=1; mail; spf=pass", {"spf=pass"}},
      {"mail; none; spf=pass;", {"spf=pass"}},
      {"mail; spf=pass;;; ; dkim=fail", {"spf=pass", "dkim=fail"}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.value);
    CHECK(read(c.value) == c.results);
  }
}

TEST_CASE("hostile values divide nothing that belongs together") {
  struct Case {
    std::string value;
    Lines results;
  };
  const Case cases[] = {
      {"", {}},
      {";", {}},
      {"dkim=pass", {}},
      {"; dkim=pass", {"dkim=pass"}},
      {"m (; dkim=pass", {}},
      {"m \"; dkim=pass", {}},
      {"m \\; dkim=pass", {}},
      {"m; x=y z=\"; dkim=pass\"; spf=pass", {"x=y", "spf=pass"}},
      {"m; x=y z=\"\\\"; dkim=pass\"; spf=pass", {"x=y", "spf=pass"}},
      {"m; x=y (a ; dkim=pass \\) ; spf=pass) ; arc=pass",
       {"x=y (a ; dkim=pass \\) ; spf=pass)", "arc=pass"}},
      {"m; dkim (x) = (y; spf=pass) pass", {"dkim=pass"}},
      {"m; dkim=\"pass\"; =pass; dkim=; dkim; /=; dkim/1; dkim/1/2=pass", {}},
      {"m; dkim==pass; dkim=pass=fail", {"dkim=pass"}},
      {"m; dkim=pass\\", {"dkim=pass"}},
      {"m; dkim=pass (\\", {"dkim=pass (\\)"}},
      {"m; dkim=pass (((((", {"dkim=pass ((((()"}},
      {"m; dkim=pass )))); spf=pass", {"dkim=pass", "spf=pass"}},
      {std::string("m; dkim\0=pass; spf=pass\0fail", 28), {"spf=pass"}},
      {"m; \xff\xfe=pass; dk\xc3\xafm=pass; spf=pass\xff", {"spf=pass"}},
      {"m; " + std::string(100'000, '('), {}},
      {"m; " + std::string(100'000, '"') + "; spf=pass", {"spf=pass"}},
      {"m; spf=pass " + std::string(50'000, '(') + std::string(50'000, ')') + "; dkim=pass",
       {"spf=pass (" + std::string(49'999, '(') + std::string(49'999, ')') + ")", "dkim=pass"}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.value.substr(0, 100));
    CHECK(read(c.value) == c.results);
  }
}

TEST_CASE("who checked is told") {
  CHECK(server_of("mail.example.com; none") == "mail.example.com");
  CHECK(server_of(" (a) \"mail example\" 1; none") == "\"mail example\"");
  CHECK(server_of("spf=pass smtp.mailfrom=x; dkim=pass").empty());
  CHECK(server_of("").empty());
}

TEST_CASE("a result's properties are read") {
  CHECK(property("dkim=pass header.d=a.example header.b=x/=", "header.d") == "a.example");
  CHECK(property("dkim=pass header.d=a.example header.b=x/=", "header.b") == "x/=");
  CHECK(property("dkim=pass HEADER . (x) D = (y) \"a \\\"b\\\"\" header.d=c", "header.d") == "a \"b\"");
  CHECK(property("spf=pass smtp.mailfrom=\"a b\"@c.example", "smtp.mailfrom") == "a b@c.example");
  CHECK(property("spf=pass (ok (very)) smtp.mailfrom=@x", "comment") == "ok (very)");
  CHECK(property("spf=fail reason=\"no; way\" smtp.helo=x", "reason") == "no; way");
  CHECK(property("spf=fail smtp.helo=x reason=late", "reason") == "late");
  CHECK(property("spf=pass ?? = . =. ==, a b.c \\; header.d=x", "header.d") == "x");
  CHECK(property("spf=pass smtp.mailfrom=", "smtp.mailfrom") == "");
  CHECK(property("spf=pass smtp.mailfrom=\"a", "smtp.mailfrom") == "a");
  CHECK(property("spf=pass smtp.mailfrom=\"a\\", "smtp.mailfrom") == "a\\");
  for (const char* name : {"comment", "reason", "header.d", "d", "header", ""}) {
    CAPTURE(name);
    CHECK_FALSE(property("spf=pass smtp.d=x; spf=none (a) header.d=z reason=b", name));
  }
}

}  // namespace
}  // namespace milter_manager::maillog
