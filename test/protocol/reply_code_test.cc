// SPDX-License-Identifier: GPL-3.0-or-later
#include <catch2/catch.hpp>
#include <string>

#include "core/protocol/reply.h"
#include "test/protocol/bytes.h"

using namespace milter_manager::protocol;

TEST_CASE("reply codes that an MTA can pass on are accepted") {
  const char* const valid[] = {
      "400",
      "599",
      "550 ",
      "550 no",
      "450 rejected",
      "450 4.2.0 rejected by Greylist",
      "550 5.7.1",
      "550 5.999.999 no",
      "554 5.7.1 1%% 2%% 3%%",
      "550 5.7 is too much",
      "550 5. no",
      "550 .5.7.1 no",
      "550 192.0.2.1 is listed",
      "550 5.7.1: no",
      "550-one\r\n550 two",
      "550-5.7.1 one\r\n550-5.7.1 two\r\n550 5.7.1 three",
      "550 one\r\n550 two",
      "550-\r\n550",
  };
  for (const char* text : valid) {
    INFO(text);
    CHECK(check_reply_code(text));
  }
}

TEST_CASE("a reply code that an MTA can't pass on is refused, and its bad part is named") {
  const struct {
    std::string text, message;
  } cases[] = {
      {"", "no code from 400 to 599: <>"},
      {"55", "no code from 400 to 599: <55>"},
      {"399", "no code from 400 to 599: <399>"},
      {"600 no", "no code from 400 to 599: <600>"},
      {"250 ok", "no code from 400 to 599: <250>"},
      {"5x0 no", "no code from 400 to 599: <5x0>"},
      {" 550", "no code from 400 to 599: < 55>"},
      {"5501 no", "neither blank nor \"-\" behind code 550: <1 no>"},
      {"550\tno", "neither blank nor \"-\" behind code 550: <\\x09no>"},
      {"554 3.7.1 no", "the class of extended code <3.7.1> is neither 4 nor 5"},
      {"550 2.1.5 no", "the class of extended code <2.1.5> is neither 4 nor 5"},
      {"550 55.7.1 no", "the class of extended code <55.7.1> is neither 4 nor 5"},
      {"450 5.7.1 no", "extended code <5.7.1> is of another class than code 450"},
      {"550 4.7.1", "extended code <4.7.1> is of another class than code 550"},
      {"550 5.1000.1 no", "a part of extended code <5.1000.1> is above 999"},
      {"550 5.1.1000 no", "a part of extended code <5.1.1000> is above 999"},
      {"550-one\r\n550 4.7.1 two", "extended code <4.7.1> is of another class than code 550"},
      {"550-one\r\n551 two", "line <551 two> does not begin with code 550"},
      {"550-one\r\ntwo", "line <two> does not begin with code 550"},
      {"550-one\r\n", "an empty line in a reply code"},
      {"550-one\r\n\r\n550 two", "an empty line in a reply code"},
      {"550-one", "code 550 announces a line that is missing"},
      {"550-one\n550 two", "a line end that is no CRLF in reply code <550-one\\x0a550 two>"},
      {"550 one\r", "a line end that is no CRLF in reply code <550 one\\x0d>"},
      {bytes("550 a\0b"), "a NUL in reply code <550 a\\x00b>"},
  };
  for (const auto& one : cases) {
    INFO(one.text);
    const auto checked = check_reply_code(one.text);
    REQUIRE_FALSE(checked);
    CHECK(checked.error().message == one.message);
  }
}

TEST_CASE("4xx is temporary, 5xx is not") {
  CHECK(is_temporary(reply::ReplyCode{"451 4.7.1 later"}));
  CHECK_FALSE(is_temporary(reply::ReplyCode{"550 no"}));
}
