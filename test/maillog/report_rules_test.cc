// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/maillog/report_rules.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace milter_manager::maillog {
namespace {

using Keys = std::vector<ReportKey>;

Keys keys_of(std::string_view header, std::string_view value) {
  const ReportCounts counts = match_report_rules(header, value);
  Keys keys;
  for (std::size_t i = 0; i < kReportKeys; ++i) {
    for (int n = 0; n < counts.counts[i]; ++n) keys.push_back(static_cast<ReportKey>(i));
  }
  CHECK(counts.any == !keys.empty());
  return keys;
}

TEST_CASE("headers are understood") {
  struct Case {
    const char* header;
    const char* value;
    Keys keys;
  };
  using K = ReportKey;
  const Case cases[] = {
      {"X-Spam", "yes", {K::spam}},
      {"x-SPAM-flag", " YES ", {K::spam}},
      {"X-Spam-Flag", "NO", {}},
      {"X-Spam-Flag", "yesterday", {}},
      {"X-Spam-Flags", "YES", {}},
      {"Subject", "YES", {}},
      {"", "", {}},
      {"X-Spam-Status",
       "Yes, score=9 required=5.0 tests=BAYES_99,URIBL_BLACK,URIBL_DBL_SPAM autolearn=no",
       {K::uribl}},
      {"X-Spam-Status", "Yes, score=9 tests=URIBL_BLACK", {K::uribl}},
      {"X-Spam-Status", "Yes, score=9 tests=BAYES_99,\n\tURIBL_BLACK autolearn=no", {K::uribl}},
      {"X-Spam-Status", "Yes, score=9\n\ttests=BAYES_99\n\t,URIBL_BLACK autolearn=no", {K::uribl}},
      {"X-Spam-Status", "Yes, score=9 tests=[BAYES_99=3.5, URIBL_BLACK=1.7]", {K::uribl}},
      {"X-Spam-Status", "Yes, score=9 tests=BAYES_99 autolearn=URIBL_BLACK", {}},
      {"X-Spam-Status", "Yes, score=9 tests=BAYES_99,NO_URIBL_X", {}},
      {"X-Spam-Status", "Yes, URIBL_BLACK", {}},
      {"X-Spam-Status", "tests=", {}},
      {"X-Spam-Status", "tests=,", {}},
      {"X-Virus-Status", "Infected (Win.Test.EICAR_HDB-1)", {K::virus}},
      {"X-Virus-Status", "Clean", {}},
      {"X-Virus-Status", "Not Infected", {}},
      {"X-Greylist", "Delayed for 00:30:05 by milter-greylist-4.6.4", {K::greylisting_pass}},
      {"X-Greylist", "Not Delayed for long", {}},
      {"X-Greylist", "Message whitelisted by tarpit 30s, not delayed", {K::tarpitting_pass}},
      {"X-Greylist", "Message whitelisted by tarpit", {}},
      {"X-Greylist", "Sender is SPF-compliant, not delayed", {K::spf_pass}},
      {"X-Greylist", "Sender passed SPF\n\ttest, not delayed", {K::spf_pass}},
      {"X-Greylist", "Sender IP whitelisted, not delayed", {}},
      {"Authentication-Results", "mail; spf=pass smtp.mailfrom=a@b", {K::spf_pass}},
      {"Authentication-Results", "mail; spf=fail; sender-id=hardfail", {K::spf_fail, K::sender_id_fail}},
      {"Authentication-Results", "mail; spf=softfail; dkim=none; dkim=neutral; spf=temperror", {}},
      {"Authentication-Results",
       "mail;\n\tdkim=pass header.d=a;\r\n\tdkim-adsp=fail",
       {K::dkim_pass, K::dkim_adsp_fail}},
      {"Authentication-Results",
       "mail; dkim=pass; dkim=pass; dkim=fail",
       {K::dkim_pass, K::dkim_pass, K::dkim_fail}},
      {"Authentication-Results", "mail; dkim=neutral (verification failed) header.d=a", {K::dkim_fail}},
      {"Authentication-Results", "mail; dkim=neutral\n\t(verification\n\tfailed)", {K::dkim_fail}},
      {"Authentication-Results", "mail; dkim=neutral (no key)", {}},
      {"Authentication-Results",
       "mail; dkim=pass (2048-bit key; unprotected) header.d=a; spf=pass",
       {K::spf_pass, K::dkim_pass}},
      {"Authentication-Results",
       "mail; dkim=none (a; dkim=pass (b\\); dkim=pass)) x=\"; dkim=pass\"; sender-id=pass",
       {K::sender_id_pass}},
      {"Authentication-Results", "dkim=pass; DKIM-ADSP = (x) Pass", {K::dkim_adsp_pass}},
      {"Authentication-Results", "mail 1; dkim/1=pass; dkim-adsp/=x", {K::dkim_pass}},
      {"Authentication-Results", "mail; dmarc=pass; auth=pass; dkim-atps=pass; spf2=pass", {}},
      {"Authentication-Results", "mail; dkim=passed; dkim; dkim=; =pass; ;", {}},
      {"Authentication-Results", "dkim=pass", {}},
      {"Authentication-Results", "mail (; dkim=pass", {}},
      {"Authentication-Results", "mail; dkim=pass \\", {K::dkim_pass}},
      {"Authentication-Results", "mail; dkim=pass (\\", {K::dkim_pass}},
      {"Authentication-Results", "mail; dkim=(", {}},
      {"Authentication-Results", "mail; (", {}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.header, c.value);
    CHECK(keys_of(c.header, c.value) == c.keys);
  }
}

TEST_CASE("the greylist's delay is read") {
  CHECK(greylist_delay("X-Greylist", "Delayed for 00:30:05 by milter-greylist-4.6.4") == 1805);
  CHECK(greylist_delay("x-greylist", "delayed for\n\t100:00:00 by") == 360'000);
  CHECK_FALSE(greylist_delay("X-Grey", "Delayed for 00:30:05 by"));
  for (const char* value : {"", "Delayed for", "Delayed for ", "Delayed for 1",
                            "Delayed for 1:", "Delayed for 1:2", "Delayed for 1:2:", "Delayed for a:b:c",
                            "Delayed for 99999999999999999999:00:00", "Not delayed for 00:30:05"}) {
    CAPTURE(value);
    CHECK_FALSE(greylist_delay("X-Greylist", value));
  }
}

}  // namespace
}  // namespace milter_manager::maillog
