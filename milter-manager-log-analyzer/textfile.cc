// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-manager-log-analyzer/textfile.h"

#include <fmt/format.h>

#include "core/archive/working_copy.h"
#include "milter-manager-log-analyzer/file_replacement.h"
#include "milter-manager-log-analyzer/metric_table.h"

namespace milter_manager::log_analyzer {
namespace {

constexpr std::int64_t kMinute = 60;

std::string text_of(const maillog::ReadState& state) {
  std::string text;
  for (const MetricFamily& family : metric_families()) {
    if (family.type != MetricType::counter) continue;
    const std::string name = std::string(family.name) + "_total";
    bool has_head = false;
    for (const auto& [key, totals] : state.totals) {
      for (const MetricField& field : family.fields) {
        if (field.kind != key.kind) continue;
        if (!has_head) text += head_of(family, name);
        has_head = true;
        fmt::format_to(std::back_inserter(text), "{}{} {}\n", name, labels_of(field, key),
                       totals[field.field]);
      }
    }
  }
  if (state.closed) {
    const MetricFamily newest{"milter_manager_log_newest_minute_timestamp_seconds",
                              MetricType::gauge,
                              "The end of the newest minute that the totals hold, as Unix time.",
                              {}};
    text += head_of(newest, newest.name);
    fmt::format_to(std::back_inserter(text), "{} {}\n", newest.name, *state.closed + kMinute);
  }
  return text;
}

}  // namespace

Result<void> write_textfile(const std::string& path, const maillog::ReadState& state) {
  auto file = FileReplacement::open(archive::file_behind(path));
  if (!file) return tl::unexpected(file.error());
  file->write(text_of(state));
  return file->commit();
}

}  // namespace milter_manager::log_analyzer
