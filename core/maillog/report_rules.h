// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace milter_manager::maillog {

// The keys that the report archives have a data source for, in their order. Their meaning is a rule file's, like that
// of all others.
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
std::string_view report_key_name(ReportKey key);

// Whether `name` can be a key: a small letter, then small letters, digits and "_", 24 bytes at most.
bool is_report_key(std::string_view name);

// What a header says when a rule matches it, and how that is shown.
struct ReportKeyInfo {
  std::string name;   // "dmarc_pass"
  std::string label;  // in legends: "DMARC pass"
  std::string graph;  // the title of the graph that it shares with the others of that title
  // Of shared graphs: the keys are parts of a whole and stand on each other.
  bool stacked = false;
};

struct ReportRule;  // as it is written

// So often a header counts under a key.
struct ReportHit {
  std::uint16_t key = 0;  // index into ReportRules::keys()
  std::uint16_t count = 0;
};

// What headers that milters added say of the mails: which headers count under which key. Rules are TOML files;
// share/doc/report-rules.md is their manual:
//
//   [dmarc_pass]
//   label = "DMARC pass"
//   match = [{ method = "dmarc", result = "pass" }]
//
//   [newsletter]
//   match = [{ header = "X-Class", pattern = '^newsletter\b' }]
//
// A key of a later file takes the place of the same key of an earlier one. Regular expressions are RE2's, so that no
// header, whatever it holds, takes more than time in proportion to its length.
class ReportRules {
 public:
  static constexpr std::size_t kMaximumKeys = 200;
  static constexpr std::size_t kMaximumMatches = 50;    // of one key
  static constexpr std::size_t kLongestPattern = 1000;  // bytes
  static constexpr std::size_t kLargestFile = 1 << 20;  // bytes

  // No rules: no header counts.
  ReportRules();
  // Reads files and folders in this order; of a folder its *.toml in the order of their names. All that is wrong is
  // told in one error, a line each: file, line, key, reason.
  static Result<ReportRules> load(std::span<const std::string> paths);
  // The same from text; `name` stands for the file's in errors.
  static Result<ReportRules> parse(std::string_view text, std::string_view name);

  ReportRules(ReportRules&&) noexcept;
  ReportRules& operator=(ReportRules&&) noexcept;
  ~ReportRules();

  // Those of ReportKey first, at their numbers, whether they have rules or not; then the others as they
  // stand in the files.
  const std::vector<ReportKeyInfo>& keys() const;
  // None where there is no such key.
  const ReportKeyInfo* find(std::string_view key) const;

  // What the header says: `hits` is emptied and gets an entry for each key that it counts under. Header names are
  // compared without regard to case. Folds in the value are undone before patterns see it.
  // Cost: for a header without rules some nanoseconds, else a pass over the value, perhaps one more for each of
  // a few patterns.
  void match(std::string_view header, std::string_view value, std::vector<ReportHit>& hits) const;

 private:
  struct Compiled;
  explicit ReportRules(std::unique_ptr<Compiled> compiled);
  static Result<ReportRules> compile(std::map<std::string, ReportRule, std::less<>>&& table,
                                     std::vector<std::string>&& faults);
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace milter_manager::maillog
