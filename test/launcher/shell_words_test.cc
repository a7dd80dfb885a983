// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/launcher/shell_words.h"

#include <catch2/catch.hpp>

using namespace milter_manager::launcher;
using Words = std::vector<std::string>;

TEST_CASE("a command line is read as a shell reads it, and nothing in it is expanded") {
  const struct {
    std::string line;
    Words words;
  } cases[] = {
      {"", {}},
      {" \t\n ", {}},
      {"/usr/sbin/a", {"/usr/sbin/a"}},
      {"  a   b\tc\nd ", {"a", "b", "c", "d"}},
      {"a 'b c' \"d e\"", {"a", "b c", "d e"}},
      {"a'b'\"c\"d", {"abcd"}},
      {"'' \"\"", {"", ""}},
      {"a\\ b \\'c \\\\", {"a b", "'c", "\\"}},
      {"'a\\' b", {"a\\", "b"}},
      {"\"a\\\"b\\\\c\\$d\\`e\\f\"", {"a\"b\\c$d`e\\f"}},
      {"\"a\\\nb\" c\\\nd", {"ab", "cd"}},
      {"a # b 'c\nd", {"a", "d"}},
      {"a#b '#c' #", {"a#b", "#c"}},
      {"$HOME `id` $(id) *.conf ~ a;b|c>d&", {"$HOME", "`id`", "$(id)", "*.conf", "~", "a;b|c>d&"}},
      {"日本 'ü'", {"日本", "ü"}},
  };
  for (const auto& [line, words] : cases) {
    CAPTURE(line);
    const auto found = split(line);
    REQUIRE(found);
    CHECK(*found == words);
  }
}

TEST_CASE("a command line that no shell would take is refused") {
  CHECK(split("a 'b").error().message == "the quote ' is not closed");
  CHECK(split("a \"b'").error().message == "the quote \" is not closed");
  CHECK(split("a \"b\\").error().message == "the quote \" is not closed");
  CHECK(split("a \\").error().message == "a backslash stands at the end");
  CHECK(split(std::string("a\0b", 3)).error().message == "a NUL byte is in it");
}
