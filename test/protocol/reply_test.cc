// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/protocol/reply.h"

#include <catch2/catch.hpp>
#include <vector>

#include "test/protocol/allocations.h"
#include "test/protocol/bytes.h"

using namespace milter_manager::protocol;

namespace {

struct Case {
  const char* name;
  Reply reply;
  std::string packet;  // without the length
};

std::vector<Case> valid_replies() {
  static const std::string lists = bytes("\0\0\0\0j {daemon_name}\0\0\0\0\5i\0");
  using namespace reply;
  return {
      {"add recipient", AddRecipient{"<a@b>"}, bytes("+<a@b>\0")},
      {"delete recipient", DeleteRecipient{"<a@b>"}, bytes("-<a@b>\0")},
      {"add recipient with parameters", AddRecipientWithParameters{"<a@b>", "NOTIFY=NEVER"},
       bytes("2<a@b>\0NOTIFY=NEVER\0")},
      {"add recipient with no parameters", AddRecipientWithParameters{"<a@b>", ""}, bytes("2<a@b>\0")},
      {"shutdown", Shutdown{}, "4"},
      {"accept", Accept{}, "a"},
      {"replace body", ReplaceBody{std::string_view("a\0b", 3)}, bytes("ba\0b")},
      {"replace body by nothing", ReplaceBody{}, "b"},
      {"continue", Continue{}, "c"},
      {"discard", Discard{}, "d"},
      {"change from", ChangeFrom{"<>", ""}, bytes("e<>\0")},
      {"change from with parameters", ChangeFrom{"<a@b>", "SIZE=1"}, bytes("e<a@b>\0SIZE=1\0")},
      {"connection failure", ConnectionFailure{}, "f"},
      {"add header", AddHeader{"X-Spam", "yes"}, bytes("hX-Spam\0yes\0")},
      {"add header without value", AddHeader{"X-Spam", ""}, bytes("hX-Spam\0\0")},
      {"insert header", InsertHeader{0x01020304, "X", "y"}, bytes("i\1\2\3\4X\0y\0")},
      {"symbol list", SymbolListReply{SymbolLists(lists)}, "l" + lists},
      {"no symbol list", SymbolListReply{}, "l"},
      {"change header", ChangeHeader{2, "Subject", "new"}, bytes("m\0\0\0\2Subject\0new\0")},
      {"delete header", ChangeHeader{1, "Subject", ""}, bytes("m\0\0\0\1Subject\0\0")},
      {"negotiate, version 2", Negotiate{{2, 0x3f, 0x7f}, {}}, bytes("O\0\0\0\2\0\0\0\x3f\0\0\0\x7f")},
      {"negotiate, version 6", Negotiate{{6, 0x1ff, 0x400}, SymbolLists(lists)},
       bytes("O\0\0\0\6\0\0\1\xff\0\0\4\0") + lists},
      {"progress", Progress{}, "p"},
      {"quarantine", Quarantine{"virus"}, bytes("qvirus\0")},
      {"reject", Reject{}, "r"},
      {"skip", Skip{}, "s"},
      {"temporary failure", TemporaryFailure{}, "t"},
      {"reply code", ReplyCode{"554 5.7.1 1% 2%% 3%%%"}, bytes("y554 5.7.1 1% 2%% 3%%%\0")},
      {"reply code of two lines", ReplyCode{"451-4.7.1 one\r\n451 4.7.1 two"},
       bytes("y451-4.7.1 one\r\n451 4.7.1 two\0")},
  };
}

}  // namespace

TEST_CASE("every reply is written as a milter writes it, and read back") {
  for (const Case& one : valid_replies()) {
    INFO(one.name);
    std::string packet;
    encode(one.reply, packet);
    CHECK(packet == packet_of(one.packet));
    const auto decoded = decode_reply(Packet{packet});
    REQUIRE(decoded);
    CHECK(*decoded == one.reply);
  }
}

TEST_CASE("parameters that are there but empty are none") {
  const std::string packet = packet_of(bytes("e<a@b>\0\0"));
  const auto decoded = decode_reply(Packet{packet});
  REQUIRE(decoded);
  CHECK(*decoded == Reply(reply::ChangeFrom{"<a@b>", ""}));
}

TEST_CASE("a malformed reply is refused and named") {
  const struct {
    std::string packet, message;
  } cases[] = {
      {"+", "malformed add-recipient reply: a string without NUL at its end"},
      {"+<a@b>", "malformed add-recipient reply: a string without NUL at its end"},
      {bytes("+<a@b>\0SIZE=1\0"), "malformed add-recipient reply: bytes behind its end"},
      {"-<a@b>", "malformed delete-recipient reply: a string without NUL at its end"},
      {"2<a@b>", "malformed add-recipient-with-parameters reply: a string without NUL at its end"},
      {bytes("2<a@b>\0SIZE"),
       "malformed add-recipient-with-parameters reply: a string without NUL at its end"},
      {bytes("2<a@b>\0SIZE\0x"), "malformed add-recipient-with-parameters reply: bytes behind its end"},
      {"4!", "malformed shutdown reply: bytes behind its end"},
      {"a!", "malformed accept reply: bytes behind its end"},
      {"c!", "malformed continue reply: bytes behind its end"},
      {"d!", "malformed discard reply: bytes behind its end"},
      {"f!", "malformed connection-failure reply: bytes behind its end"},
      {"p!", "malformed progress reply: bytes behind its end"},
      {"r!", "malformed reject reply: bytes behind its end"},
      {"s!", "malformed skip reply: bytes behind its end"},
      {"t!", "malformed temporary-failure reply: bytes behind its end"},
      {"e", "malformed change-from reply: a string without NUL at its end"},
      {bytes("e<a@b>\0x\0y\0"), "malformed change-from reply: bytes behind its end"},
      {bytes("hX\0"), "malformed add-header reply: a string without NUL at its end"},
      {bytes("hX\0y"), "malformed add-header reply: a string without NUL at its end"},
      {bytes("hX\0y\0z"), "malformed add-header reply: bytes behind its end"},
      {bytes("i\0\0\0"), "malformed insert-header reply: no index"},
      {bytes("i\0\0\0\1X\0"), "malformed insert-header reply: a string without NUL at its end"},
      {bytes("i\0\0\0\1X\0y\0z"), "malformed insert-header reply: bytes behind its end"},
      {"m", "malformed change-header reply: no index"},
      {bytes("m\0\0\0\1X\0y"), "malformed change-header reply: a string without NUL at its end"},
      {bytes("m\0\0\0\1X\0y\0z"), "malformed change-header reply: bytes behind its end"},
      {"q", "malformed quarantine reply: a string without NUL at its end"},
      {bytes("qvirus\0!"), "malformed quarantine reply: bytes behind its end"},
      {"O", "malformed negotiate reply: fewer than three numbers"},
      {bytes("O\0\0\0\2\0\0\0\x3f\0\0\0"), "malformed negotiate reply: fewer than three numbers"},
      {bytes("O\0\0\0\2\0\0\0\x3f\0\0\0\x7f\0"), "malformed negotiate reply: a symbol list without stage"},
      {bytes("O\0\0\0\2\0\0\0\x3f\0\0\0\x7f\0\0\0\1i"),
       "malformed negotiate reply: a string without NUL at its end"},
      {bytes("O\0\0\0\2\0\0\0\x3f\0\0\0\x7f\0\0\0\7i\0"),
       "malformed negotiate reply: a symbol list of unknown stage 7"},
      {bytes("l\0\0"), "malformed symbol-list reply: a symbol list without stage"},
      {bytes("l\xff\xff\xff\xff\0"),
       "malformed symbol-list reply: a symbol list of unknown stage 4294967295"},
      {"y550 no", "malformed reply-code reply: a string without NUL at its end"},
      {bytes("y550 no\0x"), "malformed reply-code reply: bytes behind its end"},
      {bytes("y550 no\0\0"), "malformed reply-code reply: bytes behind its end"},
      {bytes("y\0"), "malformed reply-code reply: no code from 400 to 599: <>"},
      {bytes("y250 ok\0"), "malformed reply-code reply: no code from 400 to 599: <250>"},
      {"Z", "unknown reply <Z>"},
      {"\xff", "unknown reply <\\xff>"},
  };
  for (const auto& one : cases) {
    const std::string packet = packet_of(one.packet);
    const auto decoded = decode_reply(Packet{packet});
    REQUIRE_FALSE(decoded);
    CHECK(decoded.error().message == one.message);
  }
}

TEST_CASE("a reply cut anywhere is read or refused, and what is read is what was there") {
  for (const Case& one : valid_replies()) {
    INFO(one.name);
    for (std::size_t size = 1; size < one.packet.size(); ++size) {
      const std::string packet = packet_of(std::string_view(one.packet).substr(0, size));
      const auto decoded = decode_reply(Packet{packet});
      if (!decoded) continue;
      std::string again;
      encode(*decoded, again);
      CHECK(again == packet);
    }
  }
}

TEST_CASE("reading a reply takes no memory") {
  for (const Case& one : valid_replies()) {
    INFO(one.name);
    const std::string packet = packet_of(one.packet);
    const auto before = allocations();
    const bool ok = decode_reply(Packet{packet}).has_value();
    const auto after = allocations();
    CHECK(ok);
    CHECK(after.count == before.count);
  }
}

TEST_CASE("the last symbol list of a stage counts, and an empty one is one") {
  std::string bytes;
  append_symbol_list(bytes, SymbolStage::connect, "j");
  append_symbol_list(bytes, SymbolStage::helo, "");
  append_symbol_list(bytes, SymbolStage::connect, "j, {daemon_name}");
  const SymbolLists lists(bytes);
  CHECK(lists.find(SymbolStage::connect).names == "j, {daemon_name}");
  CHECK(lists.find(SymbolStage::helo).present);
  CHECK(lists.find(SymbolStage::helo).names.empty());
  CHECK_FALSE(lists.find(SymbolStage::mail).present);
  CHECK_FALSE(SymbolLists().find(SymbolStage::connect).present);
}

TEST_CASE("replies have names for messages") {
  CHECK(name_of(ReplyKind::add_header) == "add-header");
  CHECK(name_of(ReplyKind::temporary_failure) == "temporary-failure");
}
