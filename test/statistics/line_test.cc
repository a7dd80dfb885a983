// SPDX-License-Identifier: GPL-3.0-or-later
#include <catch2/catch.hpp>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "core/statistics/event.h"

namespace milter_manager::statistics {
namespace {

struct Case {
  Event event;
  std::string line;
};

template <typename Kind>
std::optional<Kind> read(std::string_view line, Escapes escapes = Escapes::literal) {
  static std::string scratch;
  const auto event = parse(line, escapes, scratch);
  if (!event || !std::holds_alternative<Kind>(*event)) return std::nullopt;
  return std::get<Kind>(*event);
}

bool is_event(std::string_view line, Escapes escapes = Escapes::undone) {
  std::string scratch;
  return parse(line, escapes, scratch).has_value();
}

TEST_CASE("the lines keep their form, byte for byte") {
  MessageEnd message{State::end_of_message, Status::accept, 1.25, 10240, 2, 1, 17, 3, "4F1a2B"};
  MessageEnd nameless = message;
  nameless.queue_id = "";
  MilterMessage milter{State::end_of_message,
                       Status::stop,
                       Group::evaluated,
                       Cause::condition,
                       2,
                       1,
                       0,
                       0.5,
                       0.25,
                       1789344804.5,
                       17,
                       3,
                       18,
                       "4F1a2B",
                       "S25R",
                       "milter-greylist"};
  MilterMessage unasked;
  unasked.queue_id = "-";
  unasked.condition = "a:b";
  unasked.name = "c: d";
  const Case cases[] = {
      {SessionEnd{State::end_of_message, Status::pass, 12.3456789, 29},
       "[session][end][end-of-message][pass][12.3457](29)"},
      {SessionEnd{State::envelope_recipient, Status::temporary_failure, 1e-05, 4294967295U},
       "[session][end][envelope-recipient][temporary-failure][1e-05](4294967295)"},
      {MilterEnd{State::connect, Status::stop, 0.00118, 7, "milter-greylist"},
       "[milter][end][connect][stop][0.00118](7): milter-greylist"},
      {MilterEnd{State::start, Status::pass, -1e-06, 7, "a b"}, "[milter][end][start][pass][-1e-06](7): a b"},
      {MilterHeaderAdd{8, "X-Spam", "yes > 5 \\ #0123 #01a", "spamass-milter", false},
       R"([milter][header][add](8): <X-Spam>=<yes \x3e 5 \x5c \x230123 #01a>: spamass-milter)"},
      {MilterHeaderAdd{8, "X", "a\nb\tc\x7f", "x", true},
       R"([milter][header][add](8): <X>=<a\x0ab\x09c\x7f\~>: x)"},
      {SessionHeaderAdd{9, "X-Empty", "", false}, "[session][header][add](9): <X-Empty>=<>"},
      {SessionDisconnected{0, 3}, "[session][disconnected][0](3)"},
      {Quarantined{12}, "[reply][end-of-message][quarantine](12)"},
      {SessionsFinished{29, 2, 3}, "[sessions][finished] 29(+2) 3"},
      {MaintainMemory{14592, "total:6979 Proc:44 GLib::Object:18"},
       "[maintain][memory] (14592KB) total:6979 Proc:44 GLib::Object:18"},
      {MaintainMemory{14592, ""}, "[maintain][memory] (14592KB)"},
      {SessionStart{1}, "[session][start](1)"},
      {MilterStart{2, "opendkim"}, "[milter][start](2): opendkim"},
      {OldSessionEnd{0.5, 1}, "[session][end][0.5](1)"},
      {OldMilterEnd{0.5, 2, "opendkim"}, "[milter][end][0.5](2): opendkim"},
      {OldReply{State::end_of_message, Status::pass, true}, "[reply][end-of-message][continue]"},
      {OldReply{State::end_of_message, Status::quarantine, false}, "[reply][end-of-message][quarantine]"},
      {OldReply{State::connect, Status::pass, false}, "[reply][connect][pass]"},
      {OldAbort{State::data}, "[abort][data]"},
      {message, "[message][end][end-of-message][accept][1.250000][10240][2][1](17.3): 4F1a2B"},
      {nameless, "[message][end][end-of-message][accept][1.250000][10240][2][1](17.3): -"},
      {milter,
       "[milter][message][end-of-message][stop][evaluated][condition][2][1][0][0.500000][0.250000]"
       "[1789344804.500000](17.3.18): 4F1a2B: S25R: milter-greylist"},
      {unasked,
       "[milter][message][start][pass][enforced][answer][0][0][0][0.000000][0.000000][-](0.0.0): "
       "\\x2d: a\\x3ab: c: d"},
      {MilterLoad{60, 1789344804.5, 4, 1, 0.125, 3, 0.01, std::nullopt, 2, 100, 5, 4, "clamav-milter"},
       "[milter][load][60.000000][1789344804.500000][4][1][0.125000][3][0.010000][-][2.000000][100][5][4]: "
       "clamav-milter"},
      {Heartbeat{60, 1789344804.5, 1234, 99, 3, 12, 0},
       "[heartbeat][60.000000][1789344804.500000][1234][99][3][12][0]"},
  };
  for (const Case& expected : cases) {
    std::string line, scratch;
    format(expected.event, line);
    CHECK(line == expected.line);
    const auto event = parse(expected.line, Escapes::undone, scratch);
    CAPTURE(expected.line);
    REQUIRE(event);
    line.clear();
    format(*event, line);
    CHECK(line == expected.line);
  }
}

TEST_CASE("a line is appended") {
  std::string line = "[statistics] ";
  format(SessionStart{1}, line);
  CHECK(line == "[statistics] [session][start](1)");
}

TEST_CASE("a child that was never reached has a negative time in old lines") {
  const auto event = read<MilterEnd>("[milter][end][start][pass][-1e-06](7): x");
  REQUIRE(event);
  CHECK(event->elapsed == -1e-06);
}

TEST_CASE("times are read as exactly as the C library reads them") {
  for (const std::string text :
       {"0.409743", "0.00213193", "0.1", "123456.123456789", "999999.999999999", "1234567.5", "0.1234567891",
        "12345678901.25", "7", "1e-05", "1.5e+03", "000.5", "0.30000000000000004", "4194304.1", "1."}) {
    CAPTURE(text);
    const auto event = read<SessionDisconnected>("[session][disconnected][" + text + "](7)");
    REQUIRE(event);
    CHECK(event->elapsed == std::strtod(text.c_str(), nullptr));
  }
  for (const std::string text : {"", ".5", "1.5s", "+1.5", "1 .5", "1.5.5", "inf", "nan"}) {
    CAPTURE(text);
    CHECK_FALSE(read<SessionDisconnected>("[session][disconnected][" + text + "](7)"));
  }
}

TEST_CASE("numbers are read up to the largest, and none beyond it") {
  for (const std::uint32_t number : {0U, 7U, 99'999'999U, 999'999'999U, 1'000'000'000U, 4'294'967'295U}) {
    const auto event = read<SessionStart>("[session][start](" + std::to_string(number) + ")");
    REQUIRE(event);
    CHECK(event->tag == number);
  }
  CHECK(read<SessionStart>("[session][start](00000000000000007)")->tag == 7);
  for (const char* text : {"4294967296", "10000000000000000000", "-1", "", "+1", "1a"}) {
    CHECK_FALSE(read<SessionStart>(std::string("[session][start](") + text + ")"));
  }
}

TEST_CASE("raw values of old lines may hold the marks that end them") {
  const std::string line =
      "[milter][header][add](8): <Received>=<from <a@b>: ok, \\x41 >=< #012\n\tend>: opendkim: 2";
  const auto event = read<MilterHeaderAdd>(line);
  REQUIRE(event);
  CHECK(event->header == "Received");
  CHECK(event->value == "from <a@b>: ok, \\x41 >=< #012\n\tend");
  CHECK(event->milter == "opendkim: 2");

  const auto sent = read<SessionHeaderAdd>("[session][header][add](8): <X>=<a >=<b> \\~>");
  REQUIRE(sent);
  CHECK(sent->header == "X");
  CHECK(sent->value == "a >=<b> \\~");
  CHECK_FALSE(sent->truncated);
}

TEST_CASE("empty values are values") {
  for (const Escapes escapes : {Escapes::literal, Escapes::undone}) {
    const auto event = read<MilterHeaderAdd>("[milter][header][add](8): <X>=<>: opendkim", escapes);
    REQUIRE(event);
    CHECK(event->value.empty());
    CHECK(event->milter == "opendkim");
  }
}

TEST_CASE("in our lines the first closing mark ends a field, so that a milter's name may hold any text") {
  const auto event = read<MilterHeaderAdd>("[milter][header][add](8): <X>=<a>: b>=<c>: d", Escapes::undone);
  REQUIRE(event);
  CHECK(event->value == "a");
  CHECK(event->milter == "b>=<c>: d");
}

TEST_CASE("escapes are undone only where they are escapes") {
  const std::string line = "[milter][end][body][pass][0](1): \\x41\\x4";
  CHECK(read<MilterEnd>(line, Escapes::literal)->name == "\\x41\\x4");
  CHECK(read<MilterEnd>(line, Escapes::undone)->name == "A\\x4");
  CHECK(read<MilterEnd>("[milter][end][body][pass][0](1): \\\\x4f\\x4F\\xg0\\", Escapes::undone)->name ==
        "\\OO\\xg0\\");
}

TEST_CASE("views into scratch stay valid when all fields of a line hold escapes") {
  std::string scratch;
  const std::string line =
      "[milter][message][start][pass][enforced][answer][0][0][0][0.000000][0.000000][-](0.0.0): "
      "\\x61\\x61\\x61\\x61\\x61\\x61: \\x62\\x62\\x62\\x62\\x62\\x62: \\x63\\x63\\x63\\x63\\x63\\x63";
  const auto event = parse(line, Escapes::undone, scratch);
  REQUIRE(event);
  CHECK(std::get<MilterMessage>(*event).queue_id == "aaaaaa");
  CHECK(std::get<MilterMessage>(*event).condition == "bbbbbb");
  CHECK(std::get<MilterMessage>(*event).name == "cccccc");
}

TEST_CASE("the value's mark of a cut is no part of it") {
  const auto event = read<SessionHeaderAdd>("[session][header][add](8): <X>=<a\\x5c\\~>", Escapes::undone);
  REQUIRE(event);
  CHECK(event->value == "a\\");
  CHECK(event->truncated);
  CHECK_FALSE(read<SessionHeaderAdd>("[session][header][add](8): <X>=<a\\x5c~>", Escapes::undone)->truncated);
}

TEST_CASE("other words for pass are understood") {
  for (const char* word : {"pass", "default", "not-change", "continue"}) {
    const auto event = read<SessionEnd>("[session][end][helo][" + std::string(word) + "][1](1)");
    REQUIRE(event);
    CHECK(event->status == Status::pass);
  }
}

TEST_CASE("what is no event is not taken for one") {
  const char* const lines[] = {
      "",
      "[",
      "session][end][helo][pass][1](1)",
      " [session][end][helo][pass][1](1)",
      "[session]",
      "[session][end]",
      "[session][end][helo][pass][1](1) ",
      "[session][end][helo][pass][1](1)[x]",
      "[session][end][helo][pass][1](1): x",
      "[session][end][helo][pass][1](-1)",
      "[session][end][helo][pass][1](+1)",
      "[session][end][helo][pass][1]()",
      "[session][end][helo][pass][1](4294967296)",
      "[session][end][helo][pass][inf](1)",
      "[session][end][helo][pass][nan](1)",
      "[session][end][helo][pass][-](1)",
      "[session][end][helo][pass][-inf](1)",
      "[session][end][helo][pass][1e999](1)",
      "[session][end][helo][pass][1x](1)",
      "[session][end][helo][pass][](1)",
      "[session][end][helo][perhaps][1](1)",
      "[session][end][nowhere][pass][1](1)",
      "[session][end][helo][pass](1)",
      "[session][end][helo][pass][1][1](1)",
      "[session][ended][1](1)",
      "[milter][end][helo][pass][1](1)",
      "[milter][end][helo][pass][1](1):",
      "[milter][end][helo][pass][1](1):x",
      "[milter][header][add](1): <X>=<cut here",
      "[milter][header][add](1): <X>=<cut here>",
      "[milter][header][add](1): <X>",
      "[milter][header][add](1): X=<a>: b",
      "[session][header][add](1): <X>=<cut here",
      "[milter][header][remove](1): <X>=<a>: b",
      "[reply][end-of-message][quarantine](1",
      "[reply][connect][quarantine](1)",
      "[reply][connect]",
      "[abort]",
      "[abort][data](1)",
      "[sessions][finished] 29(+2) ",
      "[sessions][finished] 29(+2) 3 ",
      "[sessions][finished] 29(2) 3",
      "[sessions][finished] 18446744073709551616(+2) 3",
      "[maintain][memory] (14592KB)x",
      "[maintain][memory] (KB) x",
      "[heartbeat][60][1][2][3][4][5]",
      "[heartbeat][60][1][2][3][4][5][6][7]",
      "[heartbeat][60][-][2][3][4][5][6]",
      "[message][end][body][pass][1][2][3][4](5): x",
      "[message][end][body][pass][1][2][3][4](5.6):",
      "[milter][message][body][pass][enforced][answer][1][1][1][1][1][-](1.2.3): q: n",
      "[milter][load][1][1][1][1][-][1][-][-][-][1][1][1]: x",
      "[future][event](1)",
  };
  for (const char* line : lines) {
    CAPTURE(line);
    CHECK_FALSE(is_event(line, Escapes::undone));
    if (std::string_view(line).find("[header]") == std::string_view::npos)
      CHECK_FALSE(is_event(line, Escapes::literal));
  }
}

TEST_CASE("every word of the vocabulary is read back") {
  for (int i = 0; i < 16; ++i) CHECK(parse_state(word(static_cast<State>(i))) == static_cast<State>(i));
  for (int i = 0; i < 11; ++i) CHECK(parse_status(word(static_cast<Status>(i))) == static_cast<Status>(i));
  for (int i = 0; i < 5; ++i) CHECK(parse_cause(word(static_cast<Cause>(i))) == static_cast<Cause>(i));
  for (int i = 0; i < 2; ++i) CHECK(parse_group(word(static_cast<Group>(i))) == static_cast<Group>(i));
  CHECK_FALSE(parse_state("envelope_from"));
  CHECK_FALSE(parse_status(""));
}

}  // namespace
}  // namespace milter_manager::statistics
