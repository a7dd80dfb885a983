// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/control/message.h"

#include <catch2/catch.hpp>

#include "core/net/frame.h"

using namespace milter_manager::control;
using namespace std::string_literals;

TEST_CASE("commands and replies have milter manager 2's bytes") {
  const struct {
    Command command;
    std::string bytes;
  } commands[] = {
      {{CommandKind::reload, ""}, "\0\0\0\x07reload\0"s},
      {{CommandKind::get_configuration, ""}, "\0\0\0\x12get-configuration\0"s},
      {{CommandKind::get_status, ""}, "\0\0\0\x0bget-status\0"s},
      {{CommandKind::set_configuration, "<c/>"}, "\0\0\0\x16set-configuration\0<c/>"s},
      {{CommandKind::stop_child, "a b"}, "\0\0\0\x0estop-child\0a b"s},
  };
  for (const auto& [command, bytes] : commands) {
    CHECK(encode(command) == bytes);
    CHECK(decode_command(std::string_view(bytes).substr(4)).value() == command);
  }
  const struct {
    Reply reply;
    std::string bytes;
  } replies[] = {
      {{ReplyKind::success, ""}, "\0\0\0\x08success\0"s},
      {{ReplyKind::failure, "why"},
       "\0\0\0\x0b"
       "failure\0why"s},
      {{ReplyKind::error, "why"},
       "\0\0\0\x09"
       "error\0why"s},
      {{ReplyKind::configuration, "<c/>"},
       "\0\0\0\x12"
       "configuration\0<c/>"s},
      {{ReplyKind::status, "{}"}, "\0\0\0\x09status\0{}"s},
  };
  for (const auto& [reply, bytes] : replies) {
    CHECK(encode(reply) == bytes);
    CHECK(decode_reply(std::string_view(bytes).substr(4)).value() == reply);
  }
}

TEST_CASE("what is no command is told why") {
  const struct {
    std::string content, message;
  } cases[] = {
      {"", "command isn't terminated by NUL: <>"},
      {"reload", "command isn't terminated by NUL: <reload>"},
      {"reload\0x"s, "command reload has needless data: <x>"},
      {"get-status\0{}"s, "command get-status has needless data: <{}>"},
      {"get-configuration\0\0"s, "command get-configuration has needless data: <\\x00>"},
      {"shutdown\0"s, "unexpected command was received: <shutdown>"},
      {"\n\x1b[2J\0"s, "unexpected command was received: <\\x0a\\x1b[2J>"},
      {std::string(100, 'x') + '\0', "unexpected command was received: <" + std::string(64, 'x') + "...>"},
  };
  for (const auto& [content, message] : cases) {
    CAPTURE(content);
    const auto command = decode_command(content);
    REQUIRE_FALSE(command);
    CHECK(command.error().message == message);
  }
}

TEST_CASE("messages are found however the bytes come in") {
  const std::string bytes = encode(Command{CommandKind::reload, ""}) +
                            encode(Command{CommandKind::stop_child, "x"}) +
                            encode(Command{CommandKind::get_status, ""});
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    milter_manager::net::FrameReader reader(kMostCommandBytes);
    std::vector<std::string> found;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      reader.append(std::string_view(bytes).substr(at, piece));
      while (true) {
        const auto next = reader.next();
        REQUIRE(next);
        if (!*next) break;
        found.emplace_back(**next);
      }
    }
    CHECK(found == std::vector{"reload\0"s, "stop-child\0x"s, "get-status\0"s});
    CHECK(reader.buffered_bytes() == 0);
  }
}

TEST_CASE("a message that is too long is refused by its length, before its bytes come") {
  milter_manager::net::FrameReader reader(10);
  reader.append("\0\0\0\x0b"s);
  const auto next = reader.next();
  REQUIRE_FALSE(next);
  CHECK(next.error().message == "a message of 11 bytes is too long; 10 are the most");
}
