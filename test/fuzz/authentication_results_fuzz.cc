// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as an Authentication-Results value: what is read lies in the value, in order, and is what its names say;
// the rules take the same bytes under any header.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/maillog/authentication_results.h"
#include "core/maillog/report_rules.h"

namespace {

using namespace milter_manager::maillog;

constexpr std::string_view kRules = R"(
[a]
match = [{ method = "dkim", result = "pass", property = "header.d", pattern = "example" },
         { header = "Authentication-Results", pattern = "dkim" }, { header = "Authentication-Results", pattern = ";.*;" },
         { header = "Authentication-Results", pattern = '(a*b?){20}$' }]
[b]
match = [{ method = "spf", result = ["pass", "fail"] },
         { method = "spf", result = "none", property = "comment", pattern = "^a" }])";

void require(bool condition) {
  if (!condition) std::abort();
}

bool is_in(std::string_view part, std::string_view whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

bool is_keyword(std::string_view word) { return word.find_first_of(" \t\r\n;=()\"\\.,/") == word.npos; }

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto rules = ReportRules::parse(kRules, "rules");
  require(rules.has_value());
  const std::string_view value(reinterpret_cast<const char*>(data), size);

  AuthenticationResults results(value);
  require(is_in(results.server(), value));
  const char* behind = value.data();
  std::size_t passed = 0, count = 0;
  while (const auto one = results.next()) {
    ++count;
    require(!one->method.empty() && !one->result.empty());
    require(is_keyword(one->method) && is_keyword(one->version) && is_keyword(one->result));
    for (const std::string_view part :
         {one->method, one->version, one->result, one->comment, one->properties}) {
      require(is_in(part, value));
    }
    require(one->method.data() >= behind && one->result.data() > one->method.data());
    behind = one->result.data();
    for (const char* name : {"header.d", "reason", "comment"}) {
      const auto property = property_of(*one, name);
      require(!property || property->size() <= value.size());
    }
    const auto is_spf = one->method.size() == 3 && (one->method[0] | 0x20) == 's' &&
                        (one->method[1] | 0x20) == 'p' && (one->method[2] | 0x20) == 'f';
    passed += is_spf && one->result == "pass" ? 1 : 0;
  }
  require(count <= size / 3);

  std::vector<ReportHit> hits;
  rules->match("Authentication-Results", value, hits);
  std::size_t spf = 0;
  for (const ReportHit& hit : hits) {
    require(hit.count > 0 && hit.key < rules->keys().size());
    if (rules->keys()[hit.key].name == "b") spf = hit.count;
  }
  require(spf >= std::min<std::size_t>(passed, UINT16_MAX));
  rules->match(value, value, hits);
  return 0;
}
