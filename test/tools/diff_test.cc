// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tools/diff.h"

#include <catch2/catch.hpp>
#include <random>

using namespace milter_manager::tools;

namespace {

using Lines = std::vector<std::string>;

Lines lines(const std::string& letters) {
  Lines result;
  for (const char letter : letters) result.emplace_back(1, letter);
  return result;
}

std::string shown(const std::string& before, const std::string& after) {
  std::string text;
  for (const DiffLine& line : diff(lines(before), lines(after))) {
    text += std::string(" -+").substr(static_cast<std::size_t>(line.kind), 1) + line.text;
  }
  return text;
}

}  // namespace

TEST_CASE("only what differs is marked") {
  const struct {
    const char *before, *after, *shown;
  } cases[] = {
      {"", "", ""},
      {"abc", "abc", " a b c"},
      {"abc", "xabc", "+x a b c"},
      {"abc", "abcx", " a b c+x"},
      {"abc", "ac", " a-b c"},
      {"abc", "axc", " a-b+x c"},
      {"abc", "", "-a-b-c"},
      {"", "abc", "+a+b+c"},
      {"abcde", "bxdey", "-a b-c+x d e+y"},
      {"aaa", "aa", " a a-a"},
  };
  for (const auto& one : cases) CHECK(shown(one.before, one.after) == one.shown);
}

TEST_CASE("a difference holds both sides, and as much in common as there is") {
  std::mt19937 random(1);
  for (int round = 0; round < 300; ++round) {
    Lines sides[2];
    for (Lines& side : sides) {
      for (auto count = random() % 12; count > 0; --count)
        side.emplace_back(1, static_cast<char>('a' + random() % 3));
    }
    Lines before, after;
    std::size_t common = 0;
    for (const DiffLine& line : diff(sides[0], sides[1])) {
      if (line.kind != DiffLine::Kind::added) before.push_back(line.text);
      if (line.kind != DiffLine::Kind::removed) after.push_back(line.text);
      if (line.kind == DiffLine::Kind::same) ++common;
    }
    CHECK(before == sides[0]);
    CHECK(after == sides[1]);

    std::vector<std::vector<std::size_t>> longest(sides[0].size() + 1,
                                                  std::vector<std::size_t>(sides[1].size() + 1));
    for (std::size_t i = 1; i <= sides[0].size(); ++i) {
      for (std::size_t j = 1; j <= sides[1].size(); ++j) {
        longest[i][j] = sides[0][i - 1] == sides[1][j - 1] ? longest[i - 1][j - 1] + 1
                                                           : std::max(longest[i - 1][j], longest[i][j - 1]);
      }
    }
    CHECK(common == longest.back().back());
  }
}

TEST_CASE("sides that are too long to compare are shown one after the other") {
  Lines before, after;
  for (int i = 0; i < 3000; ++i) {
    before.push_back("b" + std::to_string(i));
    after.push_back("a" + std::to_string(i));
  }
  before.front() = after.front() = "same";
  const auto result = diff(before, after);
  REQUIRE(result.size() == 1 + 2 * 2999);
  CHECK(result[0] == DiffLine{DiffLine::Kind::same, "same"});
  CHECK(result[1] == DiffLine{DiffLine::Kind::removed, "b1"});
  CHECK(result.back() == DiffLine{DiffLine::Kind::added, "a2999"});
}
