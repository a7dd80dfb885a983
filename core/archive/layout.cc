// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/archive/layout.h"

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
};

constexpr RowSpan kRowSpans[] = {
    {"MAX", 8, 200},     {"MAX", 56, 200},     {"MAX", 280, 200},       {"MAX", 3360, 200},
    {"AVERAGE", 8, 200}, {"AVERAGE", 56, 200}, {"AVERAGE", 280, 200},   {"AVERAGE", 3360, 200},
    {"LAST", 8, 200},    {"LAST", 56, 200},    {"LAST", 280, 200},      {"LAST", 3360, 200},
    {"MAX", 1, 2880},    {"MAX", 1440, 3650},  {"AVERAGE", 1440, 3650},
};

constexpr std::string_view kSuffix = ".rrd";

}  // namespace

std::span<const Layout> layouts() { return kLayouts; }

const Layout& layout(Kind kind) {
  const Layout& found = kLayouts[static_cast<std::size_t>(kind)];
  assert(found.kind == kind);
  return found;
}

std::span<const RowSpan> row_spans() { return kRowSpans; }

std::string file_name(Kind kind, std::string_view milter) {
  const Layout& of_kind = layout(kind);
  std::string name(of_kind.prefix);
  if (of_kind.of_milter) name += safe_name(milter);
  name += kSuffix;
  return name;
}

std::optional<FileName> parse_file_name(std::string_view name) {
  if (!name.ends_with(kSuffix)) return std::nullopt;
  name.remove_suffix(kSuffix.size());
  for (const Layout& candidate : kLayouts) {
    if (!candidate.of_milter && name == candidate.prefix) return FileName{candidate.kind, {}};
    if (!candidate.of_milter || !name.starts_with(candidate.prefix)) continue;
    const std::string_view milter = name.substr(candidate.prefix.size());
    if (milter.empty() || !original_name(milter)) return std::nullopt;
    return FileName{candidate.kind, std::string(milter)};
  }
  return std::nullopt;
}

}  // namespace milter_manager::archive
