// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/protocol/macro.h"

#include <catch2/catch.hpp>

#include "test/protocol/bytes.h"

using namespace milter_manager::protocol;

namespace {

void define(MacroTable& table, CommandKind stage, std::string_view pairs) {
  table.define(command::DefineMacro{stage, StringList(pairs)});
}

}  // namespace

TEST_CASE("braces are no part of a macro's name") {
  CHECK(bare_macro_name("{auth_type}") == "auth_type");
  CHECK(bare_macro_name("auth_type") == "auth_type");
  CHECK(bare_macro_name("j") == "j");
  CHECK(bare_macro_name("{}").empty());
  CHECK(bare_macro_name("{") == "{");
  CHECK(bare_macro_name("{a") == "{a");
}

TEST_CASE("a macro is found with and without braces") {
  MacroTable table;
  define(table, CommandKind::mail, bytes("{auth_type}\0PLAIN\0{i}\0abc\0"));
  CHECK(table.find(CommandKind::mail, "auth_type") == "PLAIN");
  CHECK(table.find(CommandKind::mail, "{auth_type}") == "PLAIN");
  CHECK(table.find(CommandKind::mail, "i") == "abc");
  CHECK_FALSE(table.find(CommandKind::mail, "auth"));
}

TEST_CASE("later stages hide earlier ones, and stages to come do not count") {
  const CommandKind stages[] = {CommandKind::connect,       CommandKind::helo, CommandKind::mail,
                                CommandKind::recipient,     CommandKind::data, CommandKind::header,
                                CommandKind::end_of_header, CommandKind::body, CommandKind::end_of_message,
                                CommandKind::unknown};
  MacroTable table;
  for (std::size_t i = 0; i < std::size(stages); ++i) {
    CHECK_FALSE(table.find(stages[i], "own"));
    const std::string pairs = bytes("v\0") + std::to_string(i) + '\0';
    define(table, stages[i], pairs);
  }
  for (std::size_t i = 0; i < std::size(stages); ++i) CHECK(table.find(stages[i], "v") == std::to_string(i));

  define(table, CommandKind::mail, bytes("x\0mail\0"));
  CHECK(table.find(CommandKind::mail, "v") == "1");
  CHECK(table.find(CommandKind::end_of_message, "x") == "mail");
  CHECK_FALSE(table.find(CommandKind::helo, "x"));
}

TEST_CASE("a stage's macros are replaced as a whole") {
  MacroTable table;
  define(table, CommandKind::recipient, bytes("{rcpt_addr}\0a\0{rcpt_host}\0h\0"));
  define(table, CommandKind::recipient, bytes("{rcpt_addr}\0b\0"));
  CHECK(table.find(CommandKind::recipient, "rcpt_addr") == "b");
  CHECK_FALSE(table.find(CommandKind::recipient, "rcpt_host"));
  define(table, CommandKind::recipient, "");
  CHECK(table.pairs(CommandKind::recipient).empty());
}

TEST_CASE("an odd count of strings gives the last name an empty value") {
  MacroTable table;
  define(table, CommandKind::connect, bytes("j\0mx\0v\0"));
  CHECK(table.find(CommandKind::connect, "v") == "");
  CHECK(table.pairs(CommandKind::connect) == bytes("j\0mx\0v\0\0"));
}

TEST_CASE("of a name that comes twice the first counts") {
  MacroTable table;
  define(table, CommandKind::connect, bytes("j\0one\0{j}\0two\0"));
  CHECK(table.find(CommandKind::connect, "j") == "one");
}

TEST_CASE("setting a macro replaces that one and keeps the others") {
  MacroTable table;
  define(table, CommandKind::mail, bytes("i\0q1\0{auth_type}\0PLAIN\0"));
  table.set(CommandKind::mail, "auth_type", "LOGIN");
  table.set(CommandKind::mail, "{trusted_domain}", "yes");
  table.set(CommandKind::mail, "v", "1");
  CHECK(table.pairs(CommandKind::mail) == bytes("i\0q1\0{auth_type}\0LOGIN\0{trusted_domain}\0yes\0v\0"
                                                "1\0"));
  table.set(CommandKind::mail, bytes("v\0{x}"), bytes("2\0x"));
  CHECK(table.find(CommandKind::mail, "v") == "2");
  table.set(CommandKind::mail, "", "nameless");
  table.set(CommandKind::quit, "v", "3");
  CHECK(table.pairs(CommandKind::mail) == bytes("i\0q1\0{auth_type}\0LOGIN\0{trusted_domain}\0yes\0v\0"
                                                "2\0"));
  CHECK_FALSE(table.find(CommandKind::quit, "v"));
}

TEST_CASE("a subset has what the list asks for") {
  MacroTable table;
  define(table, CommandKind::connect, bytes("j\0mx\0{daemon_name}\0smtpd\0v\0Postfix\0{if_name}\0lo\0"));
  const std::string wanted = bytes("j\0mx\0{daemon_name}\0smtpd\0");
  CHECK(table.subset(CommandKind::connect, "j {daemon_name}") == wanted);
  CHECK(table.subset(CommandKind::connect, " daemon_name,, {j} ,{missing}") == wanted);
  CHECK(table.subset(CommandKind::connect, "{daemon} daemon_name2 J").empty());
  CHECK(table.subset(CommandKind::connect, "").empty());
  CHECK(table.subset(CommandKind::helo, "j").empty());
}

TEST_CASE("a message's macros end with it, the connection's stay") {
  MacroTable table;
  for (const auto stage : {CommandKind::connect, CommandKind::helo, CommandKind::mail, CommandKind::recipient,
                           CommandKind::end_of_message, CommandKind::unknown}) {
    define(table, stage, bytes("x\0y\0"));
  }
  table.clear_message();
  CHECK_FALSE(table.pairs(CommandKind::connect).empty());
  CHECK_FALSE(table.pairs(CommandKind::helo).empty());
  CHECK(table.pairs(CommandKind::mail).empty());
  CHECK(table.pairs(CommandKind::recipient).empty());
  CHECK(table.pairs(CommandKind::end_of_message).empty());
  CHECK(table.pairs(CommandKind::unknown).empty());
  table.clear();
  CHECK(table.pairs(CommandKind::connect).empty());
}
