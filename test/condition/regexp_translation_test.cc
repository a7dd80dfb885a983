// SPDX-License-Identifier: GPL-3.0-or-later
// What the translation means is compared with Ruby itself in test/ruby.
#include "core/condition/regexp_translation.h"

#include <catch2/catch.hpp>

using namespace milter_manager::condition;

TEST_CASE("a Ruby regular expression is translated") {
  struct Case {
    const char* source;
    int options;
    const char* pattern;
  };
  const std::vector<Case> cases = {
      {R"(\A[^.]*\d{5})", 0, R"((?-i:\A[^\.]*[0-9]{5}))"},
      {R"(\.google\.com\z)", 0, R"((?-i:\.google\.com\z))"},
      {R"(^a$)", 0, R"((?-i:\Aa\z))"},
      {"a.b", 0, R"((?-i:a[^\n]b))"},
      {"a.b", kRegexpMultiline, "(?-i:a(?s:.)b)"},
      {"dsl", kRegexpIgnoreCase, "(?i:dsl)"},
      {"a(?i-m:b)c", 0, "(?-i:a(?i:b)c)"},
      {"a b # c\n d", kRegexpExtended, "(?-i:abd)"},
      {"[ #]", kRegexpExtended, R"((?-i:[\x20\#]))"},
      {R"([\s\w-])", 0, R"((?-i:[ \t-\r0-9A-Za-z_\-]))"},
      {"a{,3}b{2,}c*?d+?e?", 0, "(?-i:a{0,3}b{2,}c*?d+?e?)"},
      {"a|", 0, "(?-i:a|)"},
      {"", 0, "(?-i:)"},
      {R"(\t\/\-)", 0, R"((?-i:\x09\/\-))"},
  };
  for (const Case& one : cases) {
    INFO(one.source);
    const auto pattern = translate_regexp(one.source, one.options);
    REQUIRE(pattern);
    CHECK(*pattern == one.pattern);
  }
}

TEST_CASE("what RE2 would read differently is left to Ruby") {
  const std::vector<const char*> refused = {
      R"(a\Z)",      R"(\bword)", R"(a\B)",    R"(\Ga)",  R"(\R)",    R"(\X)",      R"(a\Kb)", R"(\p{Alpha})",
      "[[:alpha:]]", "[a-z&&b]",  "[a[bc]]",   "(?=a)",   "(?!a)",    "(?<=a)b",    "(?<!a)b", "(?>a)",
      "a++",         "a*+",       "a?+",       "a{2}+",   "a{2}{3}",  R"((a)\1)",   "(?<n>a)", "(?i)a",
      "(?#c)a",      R"(\x41)",   R"(\u0041)", R"(\101)", R"(\0)",    "a{",         "{a}",     "a{,}",
      "a{3,2}",      "[]a]",      "[]",        "()",      "(a|)",     "(?:)",       "*a",      "^*",
      "a{1001}",     "a]",        "a}",        "[a",      "(a",       "a)",         "\\",      "[z-a]",
      R"([a-\d])",   R"([\d-a])", "[-a]",      "[a-c-e]", "\xc3\xa9", "[\xc3\xa9]", R"(\cA)",  R"([\b])",
      R"(\k<n>)",    R"(\g<0>)",  "(?a)b",     "(?<a",    "a{2}?",    R"(\C-a)",
  };
  for (const char* source : refused) {
    INFO(source);
    CHECK_FALSE(translate_regexp(source, 0));
  }
  CHECK_FALSE(translate_regexp("a", 16));  // an encoding of its own
  CHECK_FALSE(translate_regexp(std::string(1000, '(') + "a" + std::string(1000, ')'), 0));
  CHECK_FALSE(translate_regexp(std::string_view("a\0b", 3), 0));
}

TEST_CASE("RE2 is asked about plain ASCII without a line end only") {
  CHECK(plain_subject(""));
  CHECK(plain_subject("mx.example.org"));
  CHECK(plain_subject(std::string_view("a\0\v\r", 4)));
  CHECK_FALSE(plain_subject("a\n"));
  CHECK_FALSE(plain_subject("\xc3\xa9"));
  CHECK_FALSE(plain_subject("a\xff"));
}
