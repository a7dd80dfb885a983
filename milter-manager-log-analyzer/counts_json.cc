// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-manager-log-analyzer/counts_json.h"

#include <nlohmann/json.hpp>

#include "milter-manager-log-analyzer/archives_update.h"

namespace milter_manager::log_analyzer {
namespace {

using Json = nlohmann::ordered_json;

Json by_day(const maillog::LinesByDay& lines) {
  Json out = Json::array();
  for (const auto& [key, count] : lines.lines()) {
    out.push_back({{"host", key.first}, {"day", key.second}, {"lines", count}});
  }
  return out;
}

}  // namespace

std::string counts_json(const maillog::SeriesTable& rows, const maillog::Collector& collector) {
  const maillog::LineCounts& counts = collector.stream().counts();
  Json out;
  out["lines"] = {{"read", counts.lines},
                  {"events", counts.events},
                  {"other_programs", counts.other_programs},
                  {"no_statistics", counts.no_statistics},
                  {"cut", counts.cut},
                  {"unknown", counts.unknown},
                  {"no_stamp", counts.no_stamp}};
  out["lost"] = by_day(collector.report().lost);
  out["late"] = by_day(collector.report().late);
  out["future"] = by_day(collector.report().future);
  out["series"] = Json::object();
  for (const auto& [key, series] : rows) {
    const auto kind = archive_kind(key.kind);
    if (!kind) continue;
    const auto& sources = archive::layout(*kind).sources;
    Json& entry = out["series"][archive::file_name(*kind, key.milter, key.report_key)];
    entry["sources"] = Json::array();
    for (const auto& source : sources) entry["sources"].push_back(std::string(source));
    for (const auto& [minute, row] : series) {
      entry["minutes"][std::to_string(minute)] =
          std::vector<double>(row.begin(), row.begin() + static_cast<std::ptrdiff_t>(sources.size()));
    }
  }
  // Names are bytes of a log.
  return out.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace milter_manager::log_analyzer
