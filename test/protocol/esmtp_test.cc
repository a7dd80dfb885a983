// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/protocol/esmtp.h"

#include <catch2/catch.hpp>

using namespace milter_manager::protocol;

TEST_CASE("the address of a path, and its domain") {
  const struct {
    const char *path, *address, *domain;
  } cases[] = {
      {"<User@Example.org>", "User@Example.org", "Example.org"},
      {"User@Example.org", "User@Example.org", "Example.org"},
      {"<>", "", ""},
      {"", "", ""},
      {"<Postmaster>", "Postmaster", ""},
      {"<@a.example,@b.example:user@c.example>", "user@c.example", "c.example"},
      {"<\"a@b\"@example.org>", "\"a@b\"@example.org", "example.org"},
      {"<\"a>b<c\"@example.org>", "\"a>b<c\"@example.org", "example.org"},
      {"<\"a\\\"@b\"@example.org>", "\"a\\\"@b\"@example.org", "example.org"},
      {"<\"a@b\">", "\"a@b\"", ""},
      {"<user@[192.0.2.1]>", "user@[192.0.2.1]", "[192.0.2.1]"},
      {"<user@[IPv6:::1]>", "user@[IPv6:::1]", "[IPv6:::1]"},
      {"<a@b@example.org>", "a@b@example.org", "example.org"},
      {"<user@example.org", "user@example.org", "example.org"},
      {"Some One <user@example.org>", "user@example.org", "example.org"},
      {"<\"never closed@example.org>", "\"never closed@example.org>", ""},
      {"<user\\", "user\\", ""},
      {"<@route.example>", "@route.example", "route.example"},
  };
  for (const auto& one : cases) {
    INFO(one.path);
    CHECK(address_of(one.path) == one.address);
    CHECK(domain_of(one.path) == one.domain);
  }
}

TEST_CASE("an ESMTP argument is a keyword and maybe a value") {
  const struct {
    const char *argument, *keyword, *value;
  } cases[] = {
      {"SIZE=10", "SIZE", "10"},
      {"SMTPUTF8", "SMTPUTF8", ""},
      {"ENVID=a=b", "ENVID", "a=b"},
      {"SIZE=", "SIZE", ""},
      {"=x", "", "x"},
      {"", "", ""},
  };
  for (const auto& one : cases) {
    const Parameter parameter = parse_parameter(one.argument);
    CHECK(parameter.keyword == one.keyword);
    CHECK(parameter.value == one.value);
  }
}
