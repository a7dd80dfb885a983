// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/archive_document.h"

#include <algorithm>
#include <cmath>

namespace milter_manager::report {
namespace {

using archive::Kind;

// Rows of averages give sums that are whole numbers but for rounding.
Cell whole(double value) { return Number{std::round(value), Unit::count}; }

// A row for each archive of these kinds, a column for each source that has anything.
Table kinds_table(const ArchiveSummary& summary, std::string id, std::string title,
                  std::initializer_list<std::pair<Kind, const char*>> kinds) {
  Table table;
  table.id = std::move(id);
  table.title = std::move(title);
  table.columns = {{"milter", "milter", true}, {"what", "", true}};
  std::vector<std::string> sources;
  for (const auto& [kind, what] : kinds) {
    for (const std::string_view source : archive::layout(kind).sources) {
      const bool occurs = std::any_of(summary.archives.begin(), summary.archives.end(),
                                      [&, of = kind](const ArchiveCounts& one) {
                                        return one.kind == of && std::round(one.count(source)) > 0;
                                      });
      if (occurs && std::find(sources.begin(), sources.end(), source) == sources.end())
        sources.emplace_back(source);
    }
  }
  for (const std::string& source : sources) {
    std::string heading = source;
    std::replace(heading.begin(), heading.end(), '_', ' ');
    table.columns.push_back({source, heading});
  }
  for (const ArchiveCounts& one : summary.archives) {
    for (const auto& [kind, what] : kinds) {
      if (one.kind != kind || std::round(one.sum()) <= 0) continue;
      std::vector<Cell> row{one.milter.empty() ? "(all)" : one.milter, what};
      for (const std::string& source : sources) {
        row.push_back(one.counts.count(source) > 0 ? whole(one.count(source)) : Cell(Unknown{}));
      }
      table.rows.push_back(std::move(row));
    }
  }
  return table;
}

Table keys_table(const ArchiveSummary& summary) {
  Table table;
  table.id = "reports";
  table.title = "What headers say";
  table.columns = {{"milter", "milter", true}, {"key", "key", true}, {"headers", "headers"}};
  for (const ArchiveCounts& one : summary.archives) {
    const std::string milter = one.milter.empty() ? "(sent to the MTA)" : one.milter;
    if (one.kind == Kind::manager_key || one.kind == Kind::milter_key) {
      table.rows.push_back({milter, one.key, whole(one.sum())});
    } else if (one.kind == Kind::manager_report || one.kind == Kind::milter_report) {
      for (const auto& [source, value] : one.counts) {
        if (std::round(value) > 0) table.rows.push_back({milter, source, whole(value)});
      }
    }
  }
  return table;
}

}  // namespace

void add_archive_summary(const ArchiveSummary& summary, Document& document) {
  Section& section = document.sections.emplace_back();
  const auto fact = [&](const char* key, const char* label, Kind kind, std::string_view source,
                        Unit unit = Unit::count) {
    const ArchiveCounts* const counts = summary.find(kind);
    if (counts == nullptr) return;
    section.facts.push_back(
        {key, label, number(std::round(source.empty() ? counts->sum() : counts->count(source)), unit)});
  };
  fact("connections", "Connections", Kind::session, "smtp");
  fact("disconnected", "Clients that went away", Kind::session, "disconnected");
  if (const ArchiveCounts* const messages = summary.find(Kind::manager_message)) {
    const double others =
        messages->count("bytes") + messages->count("recipients") + messages->count("refused");
    section.facts.push_back({"messages", "Messages", whole(messages->sum() - others)});
  }
  fact("recipients", "Recipients", Kind::manager_message, "recipients");
  fact("recipients_refused", "Recipients refused", Kind::manager_message, "refused");
  fact("bytes", "Size of all messages", Kind::manager_message, "bytes", Unit::bytes);
  fact("lines_lost", "Log lines lost", Kind::health, "lost");
  fact("lines_dropped", "Log lines dropped", Kind::health, "dropped");
  section.tables.push_back(kinds_table(summary, "messages", "How messages ended",
                                       {{Kind::manager_message, "ended"},
                                        {Kind::milter_message, "did"},
                                        {Kind::milter_evaluation, "would have"}}));
  section.tables.push_back(kinds_table(summary, "connections", "How connections ended",
                                       {{Kind::manager_status, "ended"}, {Kind::milter_status, "ended"}}));
  section.tables.push_back(kinds_table(summary, "load", "Failures", {{Kind::milter_load, "in all"}}));
  section.tables.push_back(kinds_table(summary, "greylist", "Delays of what greylisting let pass, by minutes",
                                       {{Kind::milter_greylist, "mails"}}));
  section.tables.push_back(keys_table(summary));
  std::erase_if(section.tables, [](const Table& table) { return table.rows.empty(); });
  section.paragraphs.emplace_back(
      "Archives count by the minute: verdicts by stage, causes, quantiles of waits, single hosts and mails "
      "are only in the log.");
}

}  // namespace milter_manager::report
