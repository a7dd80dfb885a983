// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/maillog/read_state.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "core/maillog/fingerprint.h"

namespace milter_manager::maillog {
namespace {

const std::string kAnyBytes = "/a b/%41\n\t\xff\xc3\xa9" + std::string(1, '\0') + "-";

ReadState full_state() {
  ReadState state;
  state.files.push_back({"-", 1, 2, 3, -4, 5, 5, UINT64_MAX, 3, 9, true, false});
  state.files.push_back({kAnyBytes, UINT64_MAX, 2, 3, INT64_MAX, 1000, 1000, 8, 1000, 9, false, true});
  state.journal_cursor = "s=1;i=2";
  state.hosts.push_back({"mail", {1789344804, 1789344804.134747}});
  state.hosts.push_back({kAnyBytes, {std::nullopt, 0.1}});
  state.hosts.push_back({"-", {-5, std::nullopt}});
  state.processes.push_back({"mail", 77, true, 1, 2, UINT64_MAX});
  state.rows[{Kind::session, "", ""}][1789344780] = {1, 2.5, 1.0 / 3, 4};
  state.rows[{Kind::milter_status, kAnyBytes, ""}][0] = {1};
  state.rows[{Kind::milter_key, kAnyBytes, "dmarc_pass"}][-60] = {1e300};
  state.totals[{Kind::session, "", ""}] = {1e15, 2, 3, 4};
  state.totals[{Kind::milter_key, kAnyBytes, "dmarc_pass"}] = {7};
  state.maxima.push_back({{Kind::session, "", ""}, 60, 3, UINT64_MAX, 4.5});
  state.closed = 1789344780;
  state.first = -60;
  return state;
}

// A text with a checksum that is right.
std::string sealed(const std::string& lines) {
  const std::string text = "milter-manager log state 1\n" + lines;
  return text + fmt::format("end {:016x}\n", fingerprint(text));
}

TEST_CASE("a state is read back as it was") {
  CHECK(from_text(to_text(full_state())).value() == full_state());
  CHECK(from_text(to_text(ReadState())).value() == ReadState());
}

TEST_CASE("quantiles that are not known stay unknown in a state") {
  ReadState state;
  state.rows[{Kind::milter_load, "m", ""}][60][4] = std::numeric_limits<double>::quiet_NaN();
  const auto read = from_text(to_text(state));
  REQUIRE(read);
  CHECK(std::isnan(read->rows.at({Kind::milter_load, "m", ""}).at(60)[4]));
}

TEST_CASE("a state is text that a person can read") {
  ReadState state;
  state.closed = 60;
  state.files.push_back({"/var/log/mail.log", 1, 2, 3, 4, 5, 5, 6, 5, 7, false, false});
  state.rows[{Kind::session, "", ""}][120] = {1, 2, 0, 0.5};
  const std::string text = to_text(state);
  CHECK(text.substr(0, text.rfind("end ")) ==
        "milter-manager log state 1\n"
        "clock 60 -\n"
        "journal %\n"
        "file /var/log/mail.log 1 2 3 4 5 5 6 5 7 0 0\n"
        "row 0 % % 120 1 2 0 0.5\n");
}

TEST_CASE("a state that is damaged anywhere is no state") {
  const std::string text = to_text(full_state());
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string damaged = text;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    CHECK_FALSE(from_text(damaged));
    CHECK_FALSE(from_text(text.substr(0, at)));
  }
  CHECK_FALSE(from_text(text + "x"));
}

TEST_CASE("a state of another version is not read") {
  CHECK(from_text("milter-manager log state 2\n").error().message ==
        "it is of another version, or no state at all");
}

TEST_CASE("a state that makes no sense is told, line by line") {
  REQUIRE(from_text(sealed("")));
  REQUIRE(from_text(sealed("row 0 % % 120 1 2 0 0.5\n")));
  for (const char* line : {
           "x",
           "",
           "clock",
           "clock 1",
           "clock 1 2 3",
           "clock 99999999999999 -",
           "file",
           "file /a 1 2 3 4 5 5 6 5 7 0",
           "file /a 1 2 3 4 5 6 6 5 7 0 0",  // a head longer than what was read
           "file /a 1 2 3 4 5 5 6 6 7 0 0",  // a tail longer than what was read
           "file /a 1 2 3 4 5 5 6 5 7 0 2",
           "file /a -1 2 3 4 5 5 6 5 7 0 0",
           "file /%4 1 2 3 4 5 5 6 5 7 0 0",
           "file /%zz 1 2 3 4 5 5 6 5 7 0 0",
           "host a 1 nan",
           "host a 1 inf",
           "host a 1 1e99",
           "process a 4294967296 0 0 0 0",
           "row 13 % % 120 1",
           "row 0 % % 121 1 2 3 4",
           "row 0 % % 120 1 2 3",
           "row 0 % % 120 1 2 3 -4",
           "row 0 % % 120 1 2 3 inf",
           "row 0 % % 120 1 2 3 4\nrow 0 % % 120 1 2 3 4",
           "maximum 0 % % 60 4 1 1",
           "maximum 0 % % 60 3 1 nan",
       }) {
    CAPTURE(line);
    CHECK_FALSE(from_text(sealed(std::string(line) + "\n")));
  }
  CHECK(from_text(sealed("journal x\nx\n")).error().message == "its line 3 makes no sense");
}

}  // namespace
}  // namespace milter_manager::maillog
