// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace milter_manager::maillog {

// What a header that a milter added says of the mail, in the order of the report archives' data sources.
enum class ReportKey : std::uint8_t {
  spam,
  virus,
  uribl,
  greylisting_pass,
  spf_pass,
  spf_fail,
  sender_id_pass,
  sender_id_fail,
  dkim_pass,
  dkim_fail,
  dkim_adsp_pass,
  dkim_adsp_fail,
  tarpitting_pass,
};
inline constexpr std::size_t kReportKeys = 13;

// How often each key applies to one header: a header may name several results of one method.
struct ReportCounts {
  std::array<std::uint16_t, kReportKeys> counts{};
  bool any = false;
};

// The rules, names and words without regard to case, folded or not:
//
//   X-Spam, X-Spam-Flag: yes                              spam
//   X-Spam-Status: … tests=…,URIBL_… …                    uribl
//   X-Virus-Status: Infected…                             virus
//   X-Greylist: Message whitelisted by tarpit 30s …       tarpitting_pass
//   X-Greylist: Delayed for …                             greylisting_pass
//   X-Greylist: … Sender is SPF-compliant …               spf_pass (also "Sender passed SPF test")
//   Authentication-Results: id; METHOD=pass …             METHOD_pass, of spf, sender-id, dkim and dkim-adsp
//   Authentication-Results: id; METHOD=fail …             METHOD_fail (also hardfail, neutral (verification failed))
//
// Cost: one pass over the value, none for other headers; no allocation.
ReportCounts match_report_rules(std::string_view header, std::string_view value);

// Seconds of "X-Greylist: Delayed for 00:31:05 by milter-greylist"; none for other headers and texts.
std::optional<std::uint64_t> greylist_delay(std::string_view header, std::string_view value);

}  // namespace milter_manager::maillog
