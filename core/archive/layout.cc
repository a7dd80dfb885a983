// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/archive/layout.h"

#include <algorithm>
#include <array>
#include <cassert>

namespace milter_manager::archive {
namespace {

using Names = std::string_view[];

constexpr Names kSession = {"smtp", "child", "disconnected", "concurrent"};
constexpr Names kManagerStatus = {"pass",       "accept", "reject", "discard", "temporary_failure",
                                  "quarantine", "abort",  "error"};
constexpr Names kMilterStatus = {"pass",       "accept", "reject", "discard", "temporary_failure",
                                 "quarantine", "abort",  "error",  "stop"};
constexpr Names kReport = {"spam",           "virus",     "uribl",          "greylisting_pass",
                           "spf_pass",       "spf_fail",  "sender_id_pass", "sender_id_fail",
                           "dkim_pass",      "dkim_fail", "dkim_adsp_pass", "dkim_adsp_fail",
                           "tarpitting_pass"};
constexpr Names kManagerMessage = {"pass",       "accept", "reject", "discard",    "temporary_failure",
                                   "quarantine", "abort",  "bytes",  "recipients", "refused"};
constexpr Names kMilterMessage = {"pass",  "accept", "reject", "discard",  "temporary_failure", "quarantine",
                                  "abort", "stop",   "error",  "rejected", "deferred"};
constexpr Names kEvaluation = {"pass",       "accept",   "reject",  "discard", "temporary_failure",
                               "quarantine", "rejected", "deferred"};
constexpr Names kLoad = {"open", "busy", "busy_mean", "busy_max", "p50", "p95", "p99", "errors", "timeouts"};
constexpr Names kGreylist = {"delayed_1",  "delayed_5",  "delayed_10",
                             "delayed_30", "delayed_60", "delayed_over"};
constexpr Names kHealth = {"processes", "lines", "lost", "dropped"};
constexpr Names kKey = {"count"};
// Bytes, percents of one CPU, counts: sums over all processes of a name, means over the samples of the minute.
constexpr Names kProcess = {"processes", "vss", "rss", "pss", "cpu", "descriptors", "threads"};

constexpr Layout kLayouts[] = {
    {Kind::session, "session", false, kSession},
    {Kind::manager_status, "milter-manager.status", false, kManagerStatus},
    {Kind::manager_report, "milter-manager.report", false, kReport},
    {Kind::milter_status, "milter.status.", true, kMilterStatus},
    {Kind::milter_report, "milter.report.", true, kReport},
    {Kind::manager_message, "milter-manager.message", false, kManagerMessage},
    {Kind::milter_message, "milter.message.", true, kMilterMessage},
    {Kind::milter_evaluation, "milter.evaluation.", true, kEvaluation},
    {Kind::milter_load, "milter.load.", true, kLoad},
    {Kind::milter_greylist, "milter.greylist.", true, kGreylist},
    {Kind::health, "health", false, kHealth},
    {Kind::manager_key, "milter-manager.report.", false, kKey, true},
    {Kind::milter_key, "milter.report.", true, kKey, true},
};

constexpr Layout kProcessLayout = {Kind::process, "process.", true, kProcess};

constexpr RowSpan kRowSpans[] = {
    {"MAX", 8, 200},     {"MAX", 56, 200},     {"MAX", 280, 200},       {"MAX", 3360, 200},
    {"AVERAGE", 8, 200}, {"AVERAGE", 56, 200}, {"AVERAGE", 280, 200},   {"AVERAGE", 3360, 200},
    {"LAST", 8, 200},    {"LAST", 56, 200},    {"LAST", 280, 200},      {"LAST", 3360, 200},
    {"MAX", 1, 2880},    {"MAX", 1440, 3650},  {"AVERAGE", 1440, 3650},
};

constexpr std::string_view kSuffix = ".rrd";
constexpr std::string_view kDot = "%2E";  // in no safe name: there a "." stands for itself

// A milter's safe name behind "milter.report.", where "KEY.NAME" may stand too.
std::string beside_keys(std::string_view safe_milter) {
  std::string name(safe_milter);
  const std::size_t dot = name.find('.');
  if (dot != name.npos && is_key(safe_milter.substr(0, dot))) name.replace(dot, 1, kDot);
  return name;
}

std::string without_keys(std::string_view text) {
  std::string name(text);
  if (const std::size_t dot = name.find(kDot); dot != name.npos) name.replace(dot, kDot.size(), 1, '.');
  return name;
}

// What a file's stem means as one of this layout. No value where it is none.
std::optional<FileName> parse_stem(const Layout& layout, std::string_view text) {
  if (!text.starts_with(layout.prefix)) return std::nullopt;
  std::string_view rest = text.substr(layout.prefix.size());
  FileName name{layout.kind, {}, {}};
  if (layout.of_key) {
    name.key = rest.substr(0, layout.of_milter ? rest.find('.') : rest.npos);
    if (!is_key(name.key)) return std::nullopt;
    rest.remove_prefix(std::min(name.key.size() + (layout.of_milter ? 1 : 0), rest.size()));
  }
  if (layout.of_milter) {
    name.safe_milter = layout.kind == Kind::milter_report ? without_keys(rest) : std::string(rest);
    if (rest.empty() || !original_name(name.safe_milter)) return std::nullopt;
  }
  return stem(name) == text ? std::optional(name) : std::nullopt;
}

}  // namespace

std::span<const Layout> layouts() { return kLayouts; }

const Layout& layout(Kind kind) {
  if (kind == Kind::process) return kProcessLayout;
  const Layout& found = kLayouts[static_cast<std::size_t>(kind)];
  assert(found.kind == kind);
  return found;
}

std::span<const RowSpan> row_spans() { return kRowSpans; }

bool is_key(std::string_view key) {
  constexpr std::size_t kLongestKey = 24;
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz";
  return !key.empty() && key.size() <= kLongestKey && kLetters.find(key[0]) != key.npos &&
         key.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == key.npos;
}

std::string stem(const FileName& name) {
  const Layout& of_kind = layout(name.kind);
  std::string stem(of_kind.prefix);
  if (of_kind.of_key) stem += name.key;
  if (of_kind.of_key && of_kind.of_milter) stem += '.';
  if (of_kind.of_milter)
    stem += name.kind == Kind::milter_report ? beside_keys(name.safe_milter) : name.safe_milter;
  return stem;
}

std::string file_name(Kind kind, std::string_view milter, std::string_view key) {
  const Layout& of_kind = layout(kind);
  assert(!of_kind.of_key || is_key(key));
  FileName name{kind, of_kind.of_milter ? safe_name(milter) : "", std::string(of_kind.of_key ? key : "")};
  return stem(name) + std::string(kSuffix);
}

std::optional<FileName> parse_file_name(std::string_view name) {
  if (!name.ends_with(kSuffix)) return std::nullopt;
  name.remove_suffix(kSuffix.size());
  for (const Layout& candidate : kLayouts) {
    if (auto found = parse_stem(candidate, name)) return found;
  }
  return std::nullopt;
}

}  // namespace milter_manager::archive
