// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/condition/address.h"

#include <catch2/catch.hpp>

using namespace milter_manager::condition;

TEST_CASE("an address is read in every form in which a person or an MTA writes it") {
  struct Case {
    const char* text;
    const char* same;  // nullptr: none
  };
  const std::vector<Case> cases = {
      {"192.0.2.1", "192.0.2.1"},     {"::ffff:192.0.2.1", "192.0.2.1"}, {"::FFFF:c000:201", "192.0.2.1"},
      {"2001:DB8::1", "2001:db8::1"}, {"fe80::1%eth0", "fe80::1"},       {"::1", "::1"},
      {"::192.0.2.1", "::192.0.2.1"}, {"192.0.2.1%eth0", nullptr},       {"192.0.2.256", nullptr},
      {"192.0.2", nullptr},           {"[192.0.2.1]", nullptr},          {"", nullptr},
      {"mx.example.org", nullptr},    {"1:2:3:4:5:6:7:8:9", nullptr},    {"/run/socket", nullptr},
  };
  for (const Case& one : cases) {
    INFO(one.text);
    const auto address = Address::parse(one.text);
    REQUIRE(address.has_value() == (one.same != nullptr));
    if (address) CHECK(address->text() == one.same);
  }
  CHECK_FALSE(Address::parse(std::string_view("::1\0", 4)));
  CHECK_FALSE(Address::parse(std::string(1000, '1')));
  CHECK(*Address::parse("::ffff:10.0.0.1") == *Address::parse("10.0.0.1"));
}

TEST_CASE("a black list is asked for the address backwards") {
  CHECK(Address::parse("192.0.2.99")->reversed() == "99.2.0.192");
  // The example of RFC 5782, 2.4.
  CHECK(Address::parse("2001:db8:1:2:3:4:567:89ab")->reversed() ==
        "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2");
}

TEST_CASE("a network contains what its prefix says") {
  struct Case {
    const char* network;
    const char* address;
    bool contains;
  };
  const std::vector<Case> cases = {
      {"192.0.2.0/24", "192.0.2.255", true},
      {"192.0.2.0/24", "192.0.3.0", false},
      {"192.0.2.77/24", "192.0.2.1", true},
      {"192.0.2.0/255.255.255.0", "192.0.2.255", true},
      {"192.0.2.0/255.255.255.128", "192.0.2.128", false},
      {"192.0.2.0/31", "192.0.2.1", true},
      {"192.0.2.0/31", "192.0.2.2", false},
      {"192.0.2.1", "192.0.2.1", true},
      {"192.0.2.1", "192.0.2.2", false},
      {"192.0.2.1/32", "::ffff:192.0.2.1", true},
      {"0.0.0.0/0", "203.0.113.9", true},
      {"0.0.0.0/0", "2001:db8::1", false},
      {"::ffff:192.0.2.0/120", "192.0.2.9", true},
      {"2001:db8::/32", "2001:db8:ffff::1", true},
      {"2001:db8::/32", "2001:db9::1", false},
      {"2001:db8::/ffff:ffff::", "2001:db8:ffff::1", true},
      {"2001:db8:0:201::/64", "2001:db8:0:202::1", false},
      {"::/0", "192.0.2.1", true},
      {"fe80::/10", "febf::1", true},
      {"fe80::/10", "fec0::1", false},
  };
  for (const Case& one : cases) {
    INFO(one.network << " " << one.address);
    const auto network = Network::parse(one.network);
    REQUIRE(network);
    CHECK(network->contains(*Address::parse(one.address)) == one.contains);
  }
}

TEST_CASE("what is no network is said to be none") {
  struct Case {
    const char* text;
    const char* message;
  };
  const std::vector<Case> cases = {
      {"", "neither an address nor a network: <>"},
      {"mx.example.org/24", "neither an address nor a network: <mx.example.org/24>"},
      {"192.0.2.0/33", "no prefix of a network: <33>: <192.0.2.0/33>"},
      {"192.0.2.0/", "no prefix of a network: <>: <192.0.2.0/>"},
      {"192.0.2.0/-1", "no prefix of a network: <-1>: <192.0.2.0/-1>"},
      {"192.0.2.0/255.0.255.0", "no prefix of a network: <255.0.255.0>: <192.0.2.0/255.0.255.0>"},
      {"2001:db8::/129", "no prefix of a network: <129>: <2001:db8::/129>"},
      {"2001:db8::/255.255.0.0", "no prefix of a network: <255.255.0.0>: <2001:db8::/255.255.0.0>"},
  };
  for (const Case& one : cases) {
    const auto network = Network::parse(one.text);
    REQUIRE_FALSE(network);
    CHECK(network.error().message == one.message);
  }
}
