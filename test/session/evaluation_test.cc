// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/evaluation.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>

namespace milter_manager::session {

using protocol::command::Family;

TEST_CASE("a key's place in a trial is the same on every host, and for ever") {
  struct Case {
    const char* milter;
    const char* key;
    double position;
  };
  const Case cases[] = {
      {"spamass-milter", "192.0.2.0/24", 0.97277666296190624},
      {"spamass-milter", "2001:db8:1::/48", 0.3419838698489398},
      {"clamav-milter", "example.org", 0.35005375680939022},
      {"clamav-milter", "EXAMPLE.Org", 0.35005375680939022},
      {"", "", 0.72270648634033896},
  };
  for (const Case& c : cases) {
    INFO(c.milter << " " << c.key);
    CHECK(enforcement_position(c.milter, c.key) == c.position);
  }
  // A name and a key are no one text.
  CHECK(enforcement_position("ab", "c") != enforcement_position("a", "bc"));
}

TEST_CASE("keys that lie close together are spread evenly") {
  constexpr int kParts = 10;
  constexpr int kKeys = 65536;
  int networks[kParts] = {};
  int domains[kParts] = {};
  for (int i = 0; i < kKeys; ++i) {
    const double network =
        enforcement_position("milter-greylist", fmt::format("10.{}.{}.0/24", i / 256, i % 256));
    const double domain = enforcement_position("milter-greylist", fmt::format("customer{}.example", i));
    REQUIRE((network >= 0 && network < 1));
    ++networks[static_cast<int>(network * kParts)];
    ++domains[static_cast<int>(domain * kParts)];
  }
  // Five standard deviations of a binomial distribution: sqrt(65536 * 0.1 * 0.9) is 77.
  for (int i = 0; i < kParts; ++i) {
    INFO("part " << i);
    CHECK(std::abs(networks[i] - kKeys / kParts) < 5 * 77);
    CHECK(std::abs(domains[i] - kKeys / kParts) < 5 * 77);
  }
}

TEST_CASE("milters are tried on different clients") {
  int both = 0;
  for (int i = 0; i < 10000; ++i) {
    const std::string key = fmt::format("10.{}.{}.0/24", i / 256, i % 256);
    if (enforcement_position("a", key) < 0.1 && enforcement_position("b", key) < 0.1) ++both;
  }
  // 100 expected, standard deviation 10.
  CHECK(both > 50);
  CHECK(both < 150);
}

TEST_CASE("clients of one network are treated alike") {
  CHECK(client_network(Family::inet, "192.0.2.77") == "192.0.2.0/24");
  CHECK(client_network(Family::inet6, "2001:db8:1:2::3") == "2001:db8:1::/48");
  CHECK(client_network(Family::inet6, "2001:DB8:0001:ffff::") == "2001:db8:1::/48");
  CHECK(client_network(Family::unix, "/run/socket") == "/run/socket");
  CHECK(client_network(Family::unknown, "") == "");
  CHECK(client_network(Family::inet, "no address") == "no address");
}

}  // namespace milter_manager::session
