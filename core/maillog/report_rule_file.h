// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/maillog/report_rules.h"

namespace re2 {
class RE2;
}

// Private to this room: report rules as they are written.
namespace milter_manager::maillog {

using Pattern = std::shared_ptr<const re2::RE2>;

// A header matches by its value.
struct HeaderMatch {
  std::vector<std::string> headers;  // in lower case
  Pattern pattern;
};

// A result in Authentication-Results matches.
struct ResultMatch {
  std::string method;                // in lower case
  std::vector<std::string> results;  // in lower case
  std::string property;              // for property_of(); empty: any result of these
  Pattern pattern;                   // of the property
};

struct ReportRule {
  ReportKeyInfo info;
  std::size_t place = 0;  // in the order in which rules were read
  std::vector<HeaderMatch> headers;
  std::vector<ResultMatch> results;
};

using ReportRuleTable = std::map<std::string, ReportRule, std::less<>>;

// A key of ReportKey: its number, else kReportKeys.
std::size_t report_key_number(std::string_view key);

// Adds the rules in a file's text to the table; a key that is there already is replaced. What is wrong is appended to
// `faults`, a line each, and such a key is left out.
void read_report_rules(std::string_view text, std::string_view name, ReportRuleTable& table,
                       std::vector<std::string>& faults);

}  // namespace milter_manager::maillog
