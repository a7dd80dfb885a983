// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/maillog/report_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "core/maillog/greylist_delay.h"
#include "test/maillog/log_runs.h"
#include "test/maillog/shipped_rules.h"

namespace milter_manager::maillog {
namespace {

using Keys = std::vector<std::string>;

// The keys under which a header counts, in the order of the rules, each as often as it counts.
Keys keys_of(const ReportRules& rules, std::string_view header, std::string_view value) {
  std::vector<ReportHit> hits{{7, 7}};  // of the header before
  rules.match(header, value, hits);
  std::sort(hits.begin(), hits.end(), [](ReportHit a, ReportHit b) { return a.key < b.key; });
  Keys keys;
  for (const ReportHit& hit : hits) {
    for (int n = 0; n < hit.count; ++n) keys.push_back(rules.keys().at(hit.key).name);
  }
  return keys;
}

Keys keys_of(std::string_view header, std::string_view value) {
  return keys_of(shipped_rules(), header, value);
}

ReportRules parsed(std::string_view text) {
  auto rules = ReportRules::parse(text, "rules.toml");
  INFO((rules ? std::string() : rules.error().message));
  REQUIRE(rules);
  return std::move(*rules);
}

TEST_CASE("headers are understood") {
  struct Case {
    const char* header;
    const char* value;
    Keys keys;
  };
  const Case cases[] = {
      {"X-Spam", "yes", {"spam"}},
      {"x-SPAM-flag", " YES ", {"spam"}},
      {"X-Spam-Flag", "NO", {}},
      {"X-Spam-Flag", "yesterday", {}},
      {"X-Spam-Flags", "YES", {}},
      {"Subject", "YES", {}},
      {"", "", {}},
      {"X-Spam-Status",
       "Yes, score=9 required=5.0 tests=BAYES_99,URIBL_BLACK,URIBL_DBL_SPAM autolearn=no",
       {"uribl"}},
      {"X-Spam-Status", "Yes, score=9 tests=URIBL_BLACK", {"uribl"}},
      {"X-Spam-Status", "Yes, score=9 tests=BAYES_99,\n\tURIBL_BLACK autolearn=no", {"uribl"}},
      {"X-Spam-Status", "Yes, score=9\n\ttests=BAYES_99\n\t,URIBL_BLACK autolearn=no", {"uribl"}},
      {"X-Spam-Status", "Yes, score=9 tests=[BAYES_99=3.5, URIBL_BLACK=1.7]", {"uribl"}},
      {"X-Spam-Status", "Yes, score=9 tests=BAYES_99 autolearn=URIBL_BLACK", {}},
      {"X-Spam-Status", "Yes, score=9 tests=BAYES_99,NO_URIBL_X", {}},
      {"X-Spam-Status", "Yes, URIBL_BLACK", {}},
      {"X-Spam-Status", "tests=", {}},
      {"X-Spam-Status", "tests=,", {}},
      {"X-Virus-Status", "Infected (Win.Test.EICAR_HDB-1)", {"virus"}},
      {"X-Virus-Status", "Clean", {}},
      {"X-Virus-Status", "Not Infected", {}},
      {"X-Greylist", "Delayed for 00:30:05 by milter-greylist-4.6.4", {"greylisting_pass"}},
      {"X-Greylist", "Not Delayed for long", {}},
      {"X-Greylist", "Message whitelisted by tarpit 30s, not delayed", {"tarpitting_pass"}},
      {"X-Greylist", "Message whitelisted by tarpit", {}},
      {"X-Greylist", "Sender is SPF-compliant, not delayed", {"spf_pass"}},
      {"X-Greylist", "Sender passed SPF\n\ttest, not delayed", {"spf_pass"}},
      {"X-Greylist", "Sender IP whitelisted, not delayed", {}},
      {"Authentication-Results", "mail; spf=pass smtp.mailfrom=a@b", {"spf_pass"}},
      {"Authentication-Results", "mail; spf=fail; sender-id=hardfail", {"spf_fail", "sender_id_fail"}},
      {"Authentication-Results", "mail; spf=softfail; dkim=none; dkim=neutral; spf=temperror", {}},
      {"Authentication-Results",
       "mail;\n\tdkim=pass header.d=a;\r\n\tdkim-adsp=fail",
       {"dkim_pass", "dkim_adsp_fail"}},
      {"Authentication-Results",
       "mail; dkim=pass; dkim=pass; dkim=fail",
       {"dkim_pass", "dkim_pass", "dkim_fail"}},
      {"Authentication-Results", "mail; dkim=neutral (verification failed) header.d=a", {"dkim_fail"}},
      {"Authentication-Results", "mail; dkim=neutral\n\t(verification\n\tfailed)", {"dkim_fail"}},
      {"Authentication-Results", "mail; dkim=neutral (no key)", {}},
      {"Authentication-Results",
       "mail; dkim=pass (2048-bit key; unprotected) header.d=a; spf=pass",
       {"spf_pass", "dkim_pass"}},
      {"Authentication-Results",
       "mail; dkim=none (a; dkim=pass (b\\); dkim=pass)) x=\"; dkim=pass\"; sender-id=pass",
       {"sender_id_pass"}},
      {"Authentication-Results", "dkim=pass; DKIM-ADSP = (x) Pass", {"dkim_adsp_pass"}},
      {"Authentication-Results", "mail 1; dkim/1=pass; dkim-adsp/=x", {"dkim_pass"}},
      {"Authentication-Results", "mail; dmarc=pass; auth=pass; dkim-atps=pass; spf2=pass", {"dmarc_pass"}},
      {"Authentication-Results", "mail; dkim=passed; dkim; dkim=; =pass; ;", {}},
      {"Authentication-Results", "dkim=pass", {}},
      {"Authentication-Results", "mail (; dkim=pass", {}},
      {"Authentication-Results", "mail; dkim=pass \\", {"dkim_pass"}},
      {"Authentication-Results", "mail; dkim=pass (\\", {"dkim_pass"}},
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

TEST_CASE("rspamd's headers are understood") {
  struct Case {
    const char* header;
    const char* value;
    Keys keys;
  };
  const Case cases[] = {
      {"X-Rspamd-Action", "no action", {"rspamd_no_action"}},
      {"X-Rspamd-Action", "greylist", {"rspamd_greylist"}},
      {"X-Rspamd-Action", " Add Header ", {"rspamd_add_header"}},
      {"X-Rspamd-Action", "rewrite subject", {"rspamd_rewrite_subject"}},
      {"X-Rspamd-Action", "soft reject", {"rspamd_soft_reject"}},
      {"X-Rspamd-Action", "reject", {"rspamd_reject"}},
      {"X-Rspamd-Action", "rejected", {}},
      {"X-Rspamd-Action", "6.3", {}},
      {"X-Spamd-Result", "default: False [-1.20 / 15.00]", {"rspamd_score_under_0"}},
      {"X-Spamd-Result", "default: False [0.00 / 15.00]; [0]", {"rspamd_score_0_to_5"}},
      {"X-Spamd-Result", "default: False [4.99 / 15.00]; X(9.00)[]", {"rspamd_score_0_to_5"}},
      {"X-Spamd-Result", "default: False [5.00 / 15.00]", {"rspamd_score_5_to_10"}},
      {"X-Spamd-Result", "default: False [10.00 / 15.00]", {"rspamd_score_10_to_15"}},
      {"X-Spamd-Result", "default: True [15.00 / 15.00]", {"rspamd_score_15_and_over"}},
      {"X-Spamd-Result", "default: True [123.45 / 15.00]", {"rspamd_score_15_and_over"}},
      {"X-Spamd-Result",
       "default: False [6.32 / "
       "15.00];\n\tBAYES_SPAM(5.10)[99.99%];\n\tPHISHING(1.50)[a->b];\n\tRBL_SENDERSCORE(0.50)[]; "
       "DBL_SPAM(6.50)[x]; FUZZY_DENIED(0.01)[1:a]",
       {"rspamd_score_5_to_10", "rspamd_bayes_spam", "rspamd_fuzzy_denied", "rspamd_phishing", "rspamd_uribl",
        "rspamd_rbl"}},
      {"X-Spamd-Result",
       "default: False [-3.00 / 15.00]; BAYES_HAM(-3.00)[100.00%]; PHISHING(0.00)[]; RBL_X(-0.10)[]; "
       "URIBL_RED(0.00)[]",
       {"rspamd_score_under_0", "rspamd_bayes_ham"}},
      {"X-Spamd-Result", "default: False [1.0 / 15.00]; NO_BAYES_SPAM(5.10)[]", {"rspamd_score_0_to_5"}},
      {"X-Spamd-Result", "", {}},
      {"X-Spamd-Result", "[[[[;;;;((((", {}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.header, c.value);
    CHECK(keys_of(c.header, c.value) == c.keys);
  }
}

TEST_CASE("DMARC and ARC results are counted") {
  CHECK(
      keys_of("Authentication-Results", "m; dmarc=pass (p=none dis=none) header.from=a.example; arc=fail") ==
      Keys{"dmarc_pass", "arc_fail"});
  CHECK(keys_of("Authentication-Results", "m; dmarc=fail; arc=pass; dmarc=none; arc=none") ==
        Keys{"dmarc_fail", "arc_pass"});
}

TEST_CASE("the keys of the report archives come first, the others as they stand in the files") {
  const auto& keys = shipped_rules().keys();
  REQUIRE(keys.size() > kReportKeys + 4);
  CHECK(keys[0].name == "spam");
  CHECK(keys[kReportKeys - 1].name == "tarpitting_pass");
  CHECK(keys[kReportKeys].name == "dmarc_pass");
  CHECK(keys[kReportKeys].label == "DMARC pass");
  CHECK(keys[kReportKeys].graph == "DMARC and ARC");
  CHECK_FALSE(keys[kReportKeys].stacked);
  CHECK(shipped_rules().find("rspamd_reject")->stacked);
  CHECK(shipped_rules().find("nothing") == nullptr);
  CHECK(ReportRules().keys().size() == kReportKeys);
  CHECK(ReportRules().keys()[0].name == "spam");
}

TEST_CASE("patterns see folded values as one line, and any bytes") {
  const ReportRules rules = parsed(R"(
    [a]
    match = [{ header = "X-A", pattern = '^b c$' }, { header = ["X-A", "X-B"], pattern = 'C' }]
    [b]
    match = [{ header = "x-b", pattern = '\xff\x00.' }]
    [c]
    match = [{ header = "X-A", pattern = '' }])");
  CHECK(keys_of(rules, "x-a", "B\r\n\t c") == Keys{"a", "c"});
  CHECK(keys_of(rules, "X-A", "b\nc") == Keys{"a", "c"});
  CHECK(keys_of(rules, "X-A", "") == Keys{"c"});
  CHECK(keys_of(rules, "X-B", std::string_view("\xff\0\xfe", 3)) == Keys{"b"});
  CHECK(keys_of(rules, "X-B", "c\n") == Keys{"a"});
  CHECK(keys_of(rules, "X-C", "c").empty());
  CHECK(keys_of(rules, std::string(10'000, 'x'), "c").empty());
}

TEST_CASE("a pattern's plain end spares nothing that matches") {
  const ReportRules rules = parsed(R"(
    [a]
    match = [{ header = "X-A", pattern = 'list=(?:[^,]*,)*BAD_' }]
    [b]
    match = [{ header = "X-B", pattern = 'x|a_b' }]
    [c]
    match = [{ header = "X-C", pattern = '(?P<n>1)?\pL_' }]
    [d]
    match = [{ header = "X-D", pattern = '_' }])");
  CHECK(keys_of(rules, "X-A", "list=GOOD_1,bad_2") == Keys{"a"});
  CHECK(keys_of(rules, "X-A", "list=ba_d,_bad_") == Keys{});
  CHECK(keys_of(rules, "X-A", "list=_,b,BAD_") == Keys{"a"});
  CHECK(keys_of(rules, "X-A", "list=BAD").empty());
  CHECK(keys_of(rules, "X-A", "_").empty());
  CHECK(keys_of(rules, "X-B", "x") == Keys{"b"});
  CHECK(keys_of(rules, "X-C", "z_") == Keys{"c"});
  CHECK(keys_of(rules, "X-D", "_") == Keys{"d"});
  CHECK(keys_of(rules, "X-D", "").empty());
}

TEST_CASE("a header counts once for a key, however many of its patterns match") {
  std::string text = "[a]\nmatch = [\n";
  for (int i = 0; i < 40; ++i) text += "{ header = \"X-A\", pattern = \"a{" + std::to_string(i) + "}\" },\n";
  text += "]\n";
  CHECK(keys_of(parsed(text), "X-A", std::string(39, 'a')) == Keys{"a"});
}

TEST_CASE("patterns that need much memory match all the same") {
  // As one automaton these would have more states than a set may have.
  std::string text;
  for (int i = 0; i < 30; ++i) {
    text += fmt::format("[k{}]\nmatch = [{{ header = \"X-A\", pattern = '{}[a-q][^u-z]{{{}}}x' }}]\n", i,
                        static_cast<char>('a' + i % 10), 100 + i);
  }
  const ReportRules rules = parsed(text);
  std::string value = "a";
  for (int i = 0; i < 20'000; ++i) value += static_cast<char>('a' + (i * 7 + i / 13) % 20);
  CHECK(keys_of(rules, "X-A", value).empty());
  value += 'x';
  Keys expected;
  for (int i = 0; i < 30; ++i) {
    const std::string tail = value.substr(value.size() - 1 - static_cast<std::size_t>(100 + i) - 2, 2);
    if (tail[0] == 'a' + i % 10 && tail[1] <= 'q') expected.push_back("k" + std::to_string(i));
  }
  CHECK(keys_of(rules, "X-A", value) == expected);
}

TEST_CASE("a result's properties can be asked for") {
  const ReportRules rules = parsed(R"(
    [own_dkim]
    match = [{ method = "DKIM", result = ["pass", "policy"], property = "header.d", pattern = '(^|\.)example\.com$' }]
    [key_short]
    match = [{ method = "dkim", result = "pass", property = "comment", pattern = '^(512|768)-bit' }]
    [why]
    match = [{ method = "dkim", result = "fail", property = "reason", pattern = 'expired' }])");
  const char* const header = "Authentication-Results";
  CHECK(keys_of(rules, header, "m; dkim=pass (512-bit key) header.d=mail.Example.com header.b=x/=") ==
        Keys{"own_dkim", "key_short"});
  CHECK(
      keys_of(rules, header, "m; dkim=policy header.d=\"example.com\"; dkim=pass header.d=badexample.com") ==
      Keys{"own_dkim"});
  CHECK(keys_of(rules, header, "m; dkim=fail reason=\"it has expired\" header.d=example.com") == Keys{"why"});
  CHECK(keys_of(rules, header, "m; dkim=pass header.i=@example.com").empty());
}

TEST_CASE("rules come from files and folders, and a later one replaces an earlier one") {
  const ScratchFolder folder;
  const auto write = [&](const std::string& name, const std::string& text) {
    std::ofstream(folder.path(name)) << text;
    return folder.path(name);
  };
  std::filesystem::create_directory(folder.path("rules"));
  write("rules/20.toml", "[a]\nmatch = [{ header = \"X-2\", pattern = \"x\" }]\n");
  write("rules/10.toml", "[a]\nmatch = [{ header = \"X-1\", pattern = \"x\" }]\n[b]\nmatch = []\n");
  write("rules/30.txt", "no rules");
  const std::string more =
      write("more.toml", "[spam]\nmatch = []\n[b]\nmatch = [{ header = \"X-3\", pattern = \"\" }]\n");
  const std::vector<std::string> paths{std::string(PROJECT_ROOT) + "/share/report-rules",
                                       folder.path("rules"), more};
  const auto rules = ReportRules::load(paths);
  REQUIRE(rules);
  CHECK(keys_of(*rules, "X-1", "x").empty());
  CHECK(keys_of(*rules, "X-2", "x") == Keys{"a"});
  CHECK(keys_of(*rules, "X-3", "x") == Keys{"b"});
  CHECK(keys_of(*rules, "X-Spam-Flag", "YES").empty());
  CHECK(keys_of(*rules, "X-Virus-Status", "Infected") == Keys{"virus"});

  std::filesystem::create_directory(folder.path("empty"));
  const std::vector<std::string> missing{folder.path("none.toml"), folder.path("empty")};
  const auto failed = ReportRules::load(missing);
  REQUIRE_FALSE(failed);
  CHECK(failed.error().message == folder.path("none.toml") + " cannot be read: No such file or directory\n" +
                                      folder.path("empty") + " holds no *.toml");
  write("large.toml", std::string(ReportRules::kLargestFile + 1, '\n'));
  const std::string large = folder.path("large.toml");
  CHECK(ReportRules::load({&large, 1}).error().message == large + " is too large for report rules");
}

TEST_CASE("what is wrong in rules is told with file, line, key and reason") {
  struct Case {
    const char* text;
    const char* message;
  };
  const Case cases[] = {
      {"[a]\nmatch = [\n  { header = \"X\", pattern = \"(\" }]",
       "rules.toml:3: [a]: the pattern is refused: missing ): ("},
      {"\n[a]\nmatch = [{ header = \"X\", pattern = '(?=x)' }]",
       "rules.toml:3: [a]: the pattern is refused: invalid perl operator: (?="},
      {"[a]\nmatch = [{ header = \"X\", pattern = 'x{2000}' }]",
       "rules.toml:2: [a]: the pattern is refused: invalid repetition size: {2000}"},
      {"[a]\nmatch = [{ header = \"X\", pattern = 'é' }]",
       "rules.toml:2: [a]: \"pattern\" holds more than ASCII: headers are bytes, written as \\xHH"},
      {"[a]\nmatch = [{ header = \"X\", pattern = 1 }]",
       "rules.toml:2: [a]: \"pattern\" must be a text of 1000 bytes at most"},
      {"[a]\nmatch = 1", "rules.toml:2: [a]: \"match\" must be a list of tables"},
      {"[a]\nmatch = [1]",
       "rules.toml:2: [a]: a match must be a table: { header = …, pattern = … } or { method = …, result = … "
       "}"},
      {"[a]\nmatch = [{ header = \"X\" }]",
       "rules.toml:2: [a]: a match has header and pattern, or method and result, perhaps with property and "
       "pattern"},
      {"[a]\nmatch = [{ method = \"spf\", result = \"pass\", property = \"reason\" }]",
       "rules.toml:2: [a]: a match has header and pattern, or method and result, perhaps with property and "
       "pattern"},
      {"[a]\nmatch = [{ header = \"X Y\", pattern = \"\" }]", "rules.toml:2: [a]: \"X Y\" is no header"},
      {"[a]\nmatch = [{ header = [], pattern = \"\" }]",
       "rules.toml:2: [a]: \"header\" must be one word to 50"},
      {"[a]\nmatch = [{ method = [\"spf\"], result = \"pass\" }]",
       "rules.toml:2: [a]: \"method\" must be a text"},
      {"[a]\nmatch = [{ method = \"spf\", result = \"pa;ss\" }]",
       "rules.toml:2: [a]: \"pa;ss\" is no result"},
      {"[a]\nmatch = [{ method = \"spf\", result = \"pass\", property = \"d\", pattern = \"\" }]",
       "rules.toml:2: [a]: \"d\" is no property"},
      {"[a]\nmatch = [{ head = \"X\" }]",
       "rules.toml:2: [a]: \"head\" is not known: there are header, pattern, method, result and property"},
      {"[a]\nlabel = \"a\"", "rules.toml:1: [a]: it has no \"match\": [] for a key that shall count nothing"},
      {"[a]\nlabel = \"a\\u0000\"\nmatch = []",
       "rules.toml:2: [a]: label and graph must be texts of 1 to 30 bytes without control characters and "
       "\"\\\""},
      {"[a]\ngraph = \"\"\nmatch = []",
       "rules.toml:2: [a]: label and graph must be texts of 1 to 60 bytes without control characters and "
       "\"\\\""},
      {"[a]\nstacked = 1\nmatch = []", "rules.toml:2: [a]: \"stacked\" must be true or false"},
      {"[a]\ncolor = 1\nmatch = []",
       "rules.toml:2: [a]: \"color\" is not known: there are label, graph, stacked and match"},
      {"[spam]\nlabel = \"x\"\nmatch = []",
       "rules.toml:2: [spam]: \"label\" has no place: the key is in the report graph, with a label of its "
       "own"},
      {"[A]\nmatch = []",
       "rules.toml:1: [A]: a key is a small letter, then small letters, digits and \"_\", 24 at most"},
      {"[\"a\\n/..\"]\nmatch = []",
       "rules.toml:1: [a?/..]: a key is a small letter, then small letters, digits and \"_\", 24 at most"},
      {"[a123456789012345678901234]\nmatch = []",
       "rules.toml:1: [a123456789012345678901234]: a key is a small letter, then small letters, digits and "
       "\"_\", 24 at "
       "most"},
      {"a = 1", "rules.toml:1: [a]: a key must be a table"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    const auto rules = ReportRules::parse(c.text, "rules.toml");
    REQUIRE_FALSE(rules);
    CHECK(rules.error().message == c.message);
  }
  // The parser's own words for what is no TOML.
  const auto rules = ReportRules::parse("[a]\nmatch = [", "rules.toml");
  REQUIRE_FALSE(rules);
  CHECK(rules.error().message.starts_with("rules.toml:2: "));
}

TEST_CASE("all that is wrong is told at once, up to a limit") {
  std::string text = "[z]\nmatch = 1\n[a]\nmatch = 2\n";
  CHECK(ReportRules::parse(text, "r").error().message ==
        "r:2: [z]: \"match\" must be a list of tables\nr:4: [a]: \"match\" must be a list of tables");
  for (int i = 0; i < 100; ++i) text += "[k" + std::to_string(i) + "]\nmatch = 1\n";
  const std::string message = ReportRules::parse(text, "r").error().message;
  CHECK(std::count(message.begin(), message.end(), '\n') == 20);
  CHECK(message.ends_with("\n… and so on"));
}

TEST_CASE("the numbers of keys and matches are limited") {
  std::string text;
  for (std::size_t i = 0; i <= ReportRules::kMaximumKeys; ++i) text += fmt::format("[k{}]\nmatch = []\n", i);
  CHECK(ReportRules::parse(text, "r").error().message == "there are more than 200 report keys");
  text = "[a]\nmatch = [";
  for (std::size_t i = 0; i <= ReportRules::kMaximumMatches; ++i)
    text += "{ header = \"X\", pattern = \"\" },";
  CHECK(ReportRules::parse(text + "]", "r").error().message == "r:2: [a]: it has more than 50 matches");
}

}  // namespace
}  // namespace milter_manager::maillog
