// SPDX-License-Identifier: GPL-3.0-or-later
#include <catch2/catch.hpp>

#include "core/statistics/escape.h"
#include "test/statistics/arbitrary.h"

namespace milter_manager::statistics {
namespace {

constexpr std::size_t kLimit = 2048;

std::string prepared(std::string_view value, bool* cut = nullptr) {
  std::string out = "left over";
  const bool was_cut = prepare_value(value, out);
  if (cut != nullptr) *cut = was_cut;
  return out;
}

std::size_t escaped_length(std::string_view value) {
  std::string out;
  append_escaped(value, '>', out);
  return out.size();
}

TEST_CASE("folded values become one line") {
  CHECK(prepared("") == "");
  CHECK(prepared("as it is\t ") == "as it is\t ");
  CHECK(prepared("a;\n\tb") == "a; b");
  CHECK(prepared("a;\r\n \t b;\rc") == "a; b; c");
  CHECK(prepared("a \n\r\n \n b") == "a  b");
  CHECK(prepared("\na\n") == " a ");
}

TEST_CASE("a value is cut at 2 KiB as it will be written") {
  bool cut = true;
  CHECK(prepared(std::string(kLimit, 'a'), &cut).size() == kLimit);
  CHECK_FALSE(cut);
  CHECK(prepared(std::string(kLimit + 1, 'a'), &cut).size() == kLimit);
  CHECK(cut);
  CHECK(prepared(std::string(kLimit, '>'), &cut).size() == kLimit / 4);
  CHECK(cut);
  CHECK(prepared("aa" + std::string(kLimit, '\\')).size() == 2 + kLimit / 4 - 1);
}

TEST_CASE("a value is never cut inside a UTF-8 character") {
  for (const std::string character : {"\xc3\xa9", "\xe3\x81\x82", "\xf0\x9f\x93\xa7"}) {
    for (std::size_t ahead = 0; ahead < 5; ++ahead) {
      std::string value(ahead, 'a');
      while (value.size() <= kLimit) value += character;
      const std::string out = prepared(value);
      CHECK((out.size() - ahead) % character.size() == 0);
      CHECK(out.size() > kLimit - character.size());
      CHECK(out.size() <= kLimit);
    }
  }
  CHECK(prepared(std::string(kLimit + 1, '\xa9')).size() == kLimit);
  CHECK(prepared(std::string(kLimit, '\xe3') + "a").size() == kLimit);
}

TEST_CASE("whatever a value holds, the cut is as late as the limit lets it be") {
  Arbitrary arbitrary(5);
  for (int i = 0; i < 300; ++i) {
    std::string value;
    while (value.size() < 3000) value += arbitrary.bytes();
    bool cut = false;
    const std::string out = prepared(value, &cut);
    const std::size_t length = escaped_length(out);
    CAPTURE(length);
    CHECK(length <= kLimit);
    CHECK(out.find_first_of("\r\n") == std::string::npos);
    if (cut) CHECK(length + 7 > kLimit);  // an escape or a character more, and a "#" that the cut has freed
  }
}

TEST_CASE("a name is cut at 255 bytes, never inside a UTF-8 character") {
  CHECK(prepare_name("opendkim") == "opendkim");
  CHECK(prepare_name(std::string(255, 'a')).size() == 255);
  CHECK(prepare_name(std::string(256, 'a')).size() == 255);
  for (const std::string character : {"\xc3\xa9", "\xe3\x81\x82", "\xf0\x9f\x93\xa7"}) {
    for (std::size_t ahead = 0; ahead < 5; ++ahead) {
      std::string name(ahead, 'a');
      while (name.size() <= 255) name += character;
      const std::size_t length = prepare_name(name).size();
      CHECK((length - ahead) % character.size() == 0);
      CHECK(length > 255 - character.size());
    }
  }
  CHECK(prepare_name(std::string(300, '\x80')).size() == 255);
  CHECK(prepare_name(std::string(300, '\xf0')).size() == 255);
}

}  // namespace
}  // namespace milter_manager::statistics
