// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/launcher/message.h"

#include <catch2/catch.hpp>

using namespace milter_manager::launcher;
using namespace std::string_literals;

TEST_CASE("what goes between manager and launcher comes back as it was") {
  for (const Request& request : {Request{ToLauncher::allow, {"/a 'b'", "root"}},
                                 Request{ToLauncher::sealed, {}}, Request{ToLauncher::launch, {"/a", ""}}}) {
    CHECK(decode_request(std::string_view(encode(request)).substr(4)).value() == request);
  }
  for (const Report& report :
       {Report{}, Report{FromLauncher::failure, "", "why\0x"s}, Report{FromLauncher::error, "", ""},
        Report{FromLauncher::output, "/a b", "text\0x"s}, Report{FromLauncher::complaint, "", "t"},
        Report{FromLauncher::ended, "/a", "exit status 0"}}) {
    CHECK(decode_report(std::string_view(encode(report)).substr(4)).value() == report);
  }
  CHECK(encode(Request{ToLauncher::launch, {"/sbin/a", "user"}}) == "\0\0\0\x13launch\0/sbin/a\0user"s);
}

TEST_CASE("what is no message between manager and launcher is refused") {
  for (const auto& content :
       {""s, "launch"s, "launch\0/a"s, "launch\0/a\0b\0c"s, "sealed\0x"s, "run\0/a\0b"s}) {
    CAPTURE(content);
    CHECK_FALSE(decode_request(content));
  }
  for (const auto& content : {""s, "success"s, "output\0line"s, "hello\0"s}) {
    CAPTURE(content);
    CHECK_FALSE(decode_report(content));
  }
}
