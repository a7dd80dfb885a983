// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/supervision/clock_watch.h"

#include <catch2/catch.hpp>

using namespace milter_manager::supervision;
using namespace std::chrono_literals;

TEST_CASE("a clock that is set is seen once; one that is corrected little by little is not") {
  ClockWatch watch;
  ClockWatch::System system{1'700'000'000s};
  ClockWatch::Steady steady{5s};
  CHECK_FALSE(watch.check(system, steady));
  for (int i = 0; i < 10'000; ++i) CHECK_FALSE(watch.check(system += 1001ms, steady += 1s));
  CHECK(watch.check(system += 3601s, steady += 1s) ==
        "[clock][step] the system's clock was set forward by 3600 seconds (or the machine slept): the log's "
        "times jump; timeouts do not");
  CHECK_FALSE(watch.check(system += 1s, steady += 1s));
  const auto back = watch.check(system -= 119s, steady += 1s);
  REQUIRE(back);
  CHECK_THAT(*back, Catch::Contains("set back by 120 seconds"));
  // However long nobody looked.
  CHECK_FALSE(watch.check(system += 86400s, steady += 86400s));
}
