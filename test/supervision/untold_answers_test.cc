// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/supervision/untold_answers.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace milter_manager::supervision;

TEST_CASE("a milter's answers are told when there are some, or when it is time") {
  std::vector<MilterAnswers> told;
  UntoldAnswers untold([&](const MilterAnswers& answers) {
    told.push_back(answers);
    return true;
  });
  untold.tell();
  CHECK(told.empty());
  untold.add("one", true);
  CHECK(told.empty());
  untold.tell();
  CHECK(told == std::vector<MilterAnswers>{{{"one", "1"}}});
  for (std::size_t i = 1; i < UntoldAnswers::kAtOnce; ++i) untold.add("one", false);
  CHECK(told.size() == 1);
  untold.add("other", true);
  REQUIRE(told.size() == 2);
  CHECK(told[1] == MilterAnswers{{"one", "000000000"}, {"other", "1"}});
}

TEST_CASE("while the supervisor takes nothing, each milter's last answers are kept, and no more") {
  bool takes = false;
  std::vector<MilterAnswers> told;
  UntoldAnswers untold([&](const MilterAnswers& answers) {
    if (takes) told.push_back(answers);
    return takes;
  });
  for (std::size_t i = 0; i < 10 * UntoldAnswers::kMostOfOne; ++i) untold.add("one", false);
  untold.add("one", true);
  untold.add("other", true);
  takes = true;
  untold.tell();
  REQUIRE(told.size() == 1);
  CHECK(told[0] ==
        MilterAnswers{{"one", std::string(UntoldAnswers::kMostOfOne - 1, '0') + '1'}, {"other", "1"}});
  untold.tell();
  CHECK(told.size() == 1);
}
