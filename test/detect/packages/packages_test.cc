// SPDX-License-Identifier: GPL-3.0-or-later
#include <unistd.h>

#include <catch2/catch.hpp>

#include "core/detect/detect.h"

using namespace milter_manager;

TEST_CASE("Debian's milters are found as their packages configure them") {
  struct Row {
    const char* name;
    const char* spec;
  };
  const bool has_postfix = ::access("/usr/sbin/postfix", X_OK) == 0;
  const Row rows[] = {
      {"clamav-milter", "unix:/var/run/clamav/clamav-milter.ctl"},
      {"opendkim", "unix:/run/opendkim/opendkim.sock"},
      {"opendmarc", "unix:/run/opendmarc/opendmarc.sock"},
      {"spamass-milter",
       has_postfix ? "unix:/var/spool/postfix/spamass/spamass.sock" : "unix:/var/run/spamass/spamass.sock"},
      {"amavisd-milter", "unix:/var/lib/amavis/amavisd-milter.sock"},
      {"rspamd", "inet:11332@localhost"},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    const auto detection = detect::detect_milter({"debian", {}, ""}, row.name);
    REQUIRE(detection.milters.size() == 1);
    const detect::Milter& milter = detection.milters[0];
    CHECK(milter.connection_spec.value_or("none") == row.spec);
    CHECK(milter.enabled);
    CHECK(milter.description.value_or("") != "");
    CHECK(milter.command != "");
    for (const auto& problem : detection.problems) FAIL_CHECK(format(problem));
  }
}
