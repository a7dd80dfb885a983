// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/protocol/command.h"

#include <catch2/catch.hpp>
#include <vector>

#include "test/protocol/allocations.h"
#include "test/protocol/bytes.h"

using namespace milter_manager::protocol;

namespace {

struct Case {
  const char* name;
  Command command;
  std::string packet;  // without the length
};

std::vector<Case> valid_commands() {
  static const std::string size = bytes("SIZE=10\0"), two = bytes("BODY=8BITMIME\0SMTPUTF8\0"),
                           macros = bytes("j\0mx\0{daemon_name}\0smtpd\0"), odd = bytes("j\0mx\0v\0");
  using namespace command;
  return {
      {"abort", Abort{}, "A"},
      {"body", Body{"La de da\r\n"}, "BLa de da\r\n"},
      {"a body of any bytes", Body{std::string_view("\0\xff", 2)}, bytes("B\0\xff")},
      {"an empty body", Body{}, "B"},
      {"inet", Connect{"mx.example.net", Family::inet, 50443, "192.168.123.123"},
       bytes("Cmx.example.net\0"
             "4\xc5\x0b"
             "192.168.123.123\0")},
      {"inet6", Connect{"mx", Family::inet6, 25, "2001:db8::1"},
       bytes("Cmx\0"
             "6\0\x19IPv6:2001:db8::1\0")},
      {"unix", Connect{"localhost", Family::unix, 0, "/run/mta.sock"},
       bytes("Clocalhost\0L\0\0/run/mta.sock\0")},
      {"unknown", Connect{"unknown", Family::unknown, 0, ""}, bytes("Cunknown\0U")},
      {"macros", DefineMacro{CommandKind::connect, StringList(macros)},
       bytes("DCj\0mx\0{daemon_name}\0smtpd\0")},
      {"no macros", DefineMacro{CommandKind::unknown, {}}, "DU"},
      {"macros, an odd count", DefineMacro{CommandKind::header, StringList(odd)}, bytes("DLj\0mx\0v\0")},
      {"end of message", EndOfMessage{}, "E"},
      {"end of message with a last piece", EndOfMessage{"bye"}, "Ebye"},
      {"helo", Helo{"delian"}, bytes("Hdelian\0")},
      {"empty helo", Helo{}, bytes("H\0")},
      {"quit, new connection", QuitNewConnection{}, "K"},
      {"header", Header{"Subject", " a\n\tb"}, bytes("LSubject\0 a\n\tb\0")},
      {"header without value", Header{"X-Empty", ""}, bytes("LX-Empty\0\0")},
      {"mail", Mail{"<a@example.com>", {}}, bytes("M<a@example.com>\0")},
      {"mail with arguments", Mail{"<>", StringList(two)}, bytes("M<>\0BODY=8BITMIME\0SMTPUTF8\0")},
      {"empty mail", Mail{}, bytes("M\0")},
      {"end of header", EndOfHeader{}, "N"},
      {"negotiate, version 2", Negotiate{{2, 0x3f, 0x7f}}, bytes("O\0\0\0\2\0\0\0\x3f\0\0\0\x7f")},
      {"negotiate, version 6", Negotiate{{6, 0x1ff, 0x1fffff}}, bytes("O\0\0\0\6\0\0\1\xff\0\x1f\xff\xff")},
      {"quit", Quit{}, "Q"},
      {"recipient", Recipient{"<b@example.org>", StringList(size)}, bytes("R<b@example.org>\0SIZE=10\0")},
      {"empty recipient", Recipient{}, bytes("R\0")},
      {"data", Data{}, "T"},
      {"unknown", Unknown{"XCLIENT ?"}, bytes("UXCLIENT ?\0")},
      {"empty unknown", Unknown{}, bytes("U\0")},
  };
}

}  // namespace

TEST_CASE("every command is written as the MTA writes it, and read back") {
  for (const Case& one : valid_commands()) {
    INFO(one.name);
    std::string packet;
    encode(one.command, packet);
    CHECK(packet == packet_of(one.packet));
    const auto decoded = decode_command(Packet{packet});
    REQUIRE(decoded);
    CHECK(*decoded == one.command);
  }
}

TEST_CASE("every macro stage is read") {
  for (const char stage : std::string("CHMRTLNBEU")) {
    const std::string packet = packet_of(std::string("D") + stage);
    const auto decoded = decode_command(Packet{packet});
    REQUIRE(decoded);
    CHECK(std::get<command::DefineMacro>(*decoded).stage == static_cast<CommandKind>(stage));
  }
}

TEST_CASE("the ways to write a client's address give the same address") {
  const struct {
    std::string packet;
    command::Family family;
    std::string address;
  } cases[] = {
      {bytes("Ch\0"
             "4\0\0[192.0.2.1]\0"),
       command::Family::inet, "192.0.2.1"},
      {bytes("Ch\0"
             "6\0\0::1\0"),
       command::Family::inet6, "::1"},
      {bytes("Ch\0"
             "6\0\0ipv6:::1\0"),
       command::Family::inet6, "::1"},
      {bytes("Ch\0"
             "6\0\0[IPv6:2001:db8::25]\0"),
       command::Family::inet6, "2001:db8::25"},
      {bytes("Ch\0"
             "6\0\0IPv6:::ffff:192.0.2.1\0"),
       command::Family::inet6, "::ffff:192.0.2.1"},
  };
  for (const auto& one : cases) {
    const std::string packet = packet_of(one.packet);
    const auto decoded = decode_command(Packet{packet});
    REQUIRE(decoded);
    const auto& connect = std::get<command::Connect>(*decoded);
    CHECK(connect.family == one.family);
    CHECK(connect.address == one.address);
  }
}

TEST_CASE("a malformed command is refused and named") {
  const struct {
    std::string packet, message;
  } cases[] = {
      {"Agarbage", "malformed abort command: bytes behind its end"},
      {"Kgarbage", "malformed quit-new-connection command: bytes behind its end"},
      {"Ngarbage", "malformed end-of-header command: bytes behind its end"},
      {"Qgarbage", "malformed quit command: bytes behind its end"},
      {"Tgarbage", "malformed data command: bytes behind its end"},
      {"H", "malformed helo command: a string without NUL at its end"},
      {"Hdelian", "malformed helo command: a string without NUL at its end"},
      {bytes("Hdelian\0x"), "malformed helo command: bytes behind its end"},
      {bytes("Hdelian\0x\0"), "malformed helo command: bytes behind its end"},
      {"L", "malformed header command: a string without NUL at its end"},
      {bytes("LSubject\0"), "malformed header command: a string without NUL at its end"},
      {bytes("LSubject\0value"), "malformed header command: a string without NUL at its end"},
      {bytes("LSubject\0value\0more\0"), "malformed header command: bytes behind its end"},
      {"M", "malformed envelope-from command: a string without NUL at its end"},
      {"M<a@b>", "malformed envelope-from command: a string without NUL at its end"},
      {bytes("M<a@b>\0SIZE=1"), "malformed envelope-from command: a string without NUL at its end"},
      {"R<a@b>", "malformed envelope-recipient command: a string without NUL at its end"},
      {bytes("R<a@b>\0NOTIFY"), "malformed envelope-recipient command: a string without NUL at its end"},
      {"UHELP", "malformed unknown command: a string without NUL at its end"},
      {bytes("UHELP\0me"), "malformed unknown command: bytes behind its end"},
      {"O", "malformed negotiate command: fewer than three numbers"},
      {bytes("O\0\0\0"), "malformed negotiate command: fewer than three numbers"},
      {bytes("O\0\0\0\2\0\0\0\x3f\0\0\0"), "malformed negotiate command: fewer than three numbers"},
      {bytes("O\0\0\0\2\0\0\0\x3f\0\0\0\x7f!"), "malformed negotiate command: bytes behind its end"},
      {"D", "malformed define-macro command: no stage"},
      {"DZ", "malformed define-macro command: unknown stage <Z>"},
      {"DQ", "malformed define-macro command: unknown stage <Q>"},
      {bytes("DCj\0mx"), "malformed define-macro command: a string without NUL at its end"},
      {"C", "malformed connect command: a string without NUL at its end"},
      {"Cmx", "malformed connect command: a string without NUL at its end"},
      {bytes("Cmx\0"), "malformed connect command: no address family"},
      {bytes("Cmx\0U\0\0"), "malformed connect command: bytes behind its end"},
      {bytes("Cmx\0"
             "4"),
       "malformed connect command: no port"},
      {bytes("Cmx\0"
             "4\0"),
       "malformed connect command: no port"},
      {bytes("Cmx\0"
             "4\0\0"),
       "malformed connect command: a string without NUL at its end"},
      {bytes("Cmx\0"
             "4\0\0"
             "192.0.2.1"),
       "malformed connect command: a string without NUL at its end"},
      {bytes("Cmx\0"
             "4\0\0"
             "192.0.2.1\0x"),
       "malformed connect command: bytes behind its end"},
      {bytes("Cmx\0"
             "4\0\0\0"),
       "malformed connect command: no IPv4 address: <>"},
      {bytes("Cmx\0"
             "4\0\0"
             "192.0.2.256\0"),
       "malformed connect command: no IPv4 address: <192.0.2.256>"},
      {bytes("Cmx\0"
             "4\0\0"
             "::1\0"),
       "malformed connect command: no IPv4 address: <::1>"},
      {bytes("Cmx\0"
             "4\0\0"
             "<\x1b[1m>\0"),
       "malformed connect command: no IPv4 address: <\\x3c\\x1b[1m\\x3e>"},
      {bytes("Cmx\0"
             "6\0\0IPv6:192.0.2.1\0"),
       "malformed connect command: no IPv6 address: <192.0.2.1>"},
      {bytes("Cmx\0"
             "6\0\0"
             ":::1\0"),
       "malformed connect command: no IPv6 address: <:::1>"},
      {bytes("Cmx\0X\0\0?\0"), "malformed connect command: unknown address family <X>"},
      {bytes("Cmx\0\0\0\0?\0"), "malformed connect command: unknown address family <\\x00>"},
      {"Z", "unknown command <Z>"},
      {bytes("\0"), "unknown command <\\x00>"},
  };
  for (const auto& one : cases) {
    const std::string packet = packet_of(one.packet);
    const auto decoded = decode_command(Packet{packet});
    REQUIRE_FALSE(decoded);
    CHECK(decoded.error().message == one.message);
  }
}

TEST_CASE("a long word in a malformed command is cut in the message") {
  const std::string packet = packet_of(bytes("Cmx\0"
                                             "4\0\0") +
                                       std::string(100000, 'x') + '\0');
  const auto decoded = decode_command(Packet{packet});
  REQUIRE_FALSE(decoded);
  CHECK(decoded.error().message ==
        "malformed connect command: no IPv4 address: <" + std::string(80, 'x') + "…>");
}

TEST_CASE("a command cut anywhere is read or refused, and what is read is what was there") {
  for (const Case& one : valid_commands()) {
    INFO(one.name);
    for (std::size_t size = 1; size < one.packet.size(); ++size) {
      const std::string packet = packet_of(std::string_view(one.packet).substr(0, size));
      const auto decoded = decode_command(Packet{packet});
      if (!decoded) continue;
      std::string again;
      encode(*decoded, again);
      CHECK(again == packet);
    }
  }
}

TEST_CASE("reading a command takes no memory") {
  for (const Case& one : valid_commands()) {
    INFO(one.name);
    const std::string packet = packet_of(one.packet);
    const auto before = allocations();
    const bool ok = decode_command(Packet{packet}).has_value();
    const auto after = allocations();
    CHECK(ok);
    CHECK(after.count == before.count);
  }
}

TEST_CASE("commands have names for messages") {
  CHECK(name_of(CommandKind::recipient) == "envelope-recipient");
  CHECK(name_of(CommandKind::end_of_message) == "end-of-message");
  CHECK(name_of(CommandKind::quit_new_connection) == "quit-new-connection");
}
