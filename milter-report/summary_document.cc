// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/summary_document.h"

#include <fmt/format.h>

#include <algorithm>

#include "milter-report/render.h"

namespace milter_manager::report {
namespace {

using statistics::Cause;
using statistics::Group;
using statistics::State;
using statistics::Status;

template <typename Word>
std::string word_of(std::size_t index) {
  return std::string(statistics::word(static_cast<Word>(index)));
}

std::string key_of(std::string_view word) {
  std::string key(word);
  std::replace(key.begin(), key.end(), '-', '_');
  return key;
}

// Statuses that have a column wherever there are any.
bool occurs(const std::vector<const StatusCounts*>& rows, std::size_t status) {
  return std::any_of(rows.begin(), rows.end(),
                     [&](const StatusCounts* row) { return row->counts[status] > 0; });
}

// A row's label and its counts, with a column for each status that occurs.
Table status_table(std::string id, std::string title, Column label,
                   const std::vector<std::pair<std::string, const StatusCounts*>>& rows) {
  Table table;
  table.id = std::move(id);
  table.title = std::move(title);
  table.columns = {std::move(label), {"all", "all"}};
  std::vector<const StatusCounts*> counts;
  for (const auto& row : rows) counts.push_back(row.second);
  std::vector<std::size_t> shown_statuses;
  for (std::size_t status = 0; status < kStatuses; ++status) {
    if (!occurs(counts, status)) continue;
    shown_statuses.push_back(status);
    const std::string word = word_of<Status>(status);
    table.columns.push_back({key_of(word), word});
  }
  for (const auto& [name, row] : rows) {
    if (row->sum() == 0) continue;
    std::vector<Cell> cells{name, count(row->sum())};
    for (const std::size_t status : shown_statuses) cells.push_back(count(row->counts[status]));
    table.rows.push_back(std::move(cells));
  }
  return table;
}

void add_quantiles(const WaitHistogram& waits, std::vector<Cell>& row) {
  for (const double share : {0.5, 0.95, 0.99}) row.push_back(number(waits.quantile(share), Unit::seconds));
  row.push_back(number(waits.maximum(), Unit::seconds));
}

void add_quantile_facts(const std::string& key, const std::string& label, const WaitHistogram& times,
                        Section& section) {
  section.facts.push_back({key + "_p50", label + ", median", number(times.quantile(0.5), Unit::seconds)});
  section.facts.push_back(
      {key + "_p95", label + ", 95th percentile", number(times.quantile(0.95), Unit::seconds)});
  section.facts.push_back(
      {key + "_p99", label + ", 99th percentile", number(times.quantile(0.99), Unit::seconds)});
  section.facts.push_back({key + "_max", label + ", longest", number(times.maximum(), Unit::seconds)});
}

Cell minute_cell(const BusiestMinute& busiest) {
  return busiest.minute ? number(static_cast<double>(*busiest.minute), Unit::time) : Cell(Unknown{});
}

void add_facts(const Summary& summary, const ReadReport& report, Section& section) {
  auto& facts = section.facts;
  facts.push_back({"connections", "Connections", count(summary.connections)});
  if (summary.messages > 0) {
    facts.push_back({"messages", "Messages", count(summary.messages)});
    facts.push_back({"recipients", "Recipients", count(summary.recipients)});
    facts.push_back({"recipients_refused", "Recipients refused", count(summary.refused)});
    facts.push_back(
        {"bytes", "Size of all messages", number(static_cast<double>(summary.bytes), Unit::bytes)});
    add_quantile_facts("message_time", "Time of a message", summary.message_times, section);
  } else {
    add_quantile_facts("connection_time", "Time of a connection", summary.connection_times, section);
  }
  if (summary.busiest.minute) {
    facts.push_back({"busiest_minute", "Busiest minute", minute_cell(summary.busiest)});
    facts.push_back({"busiest_count", summary.messages > 0 ? "Messages in it" : "Connections in it",
                     count(summary.busiest.count)});
  }
  facts.push_back({"disconnected", "Clients that went away", count(summary.disconnected)});
  std::uint64_t lost = 0, dropped = 0;
  for (const auto& host : report.hosts) {
    lost += host.lost;
    dropped += host.dropped;
  }
  facts.push_back(
      {"lines_lost", "Log lines lost", report.heartbeats > 0 ? count(lost + dropped) : Cell(Unknown{})});
}

Table milters_table(const Summary& summary) {
  Table table;
  table.id = "milters";
  table.title = "Milters";
  const bool has_messages = summary.messages > 0;
  table.columns = {{"milter", "milter", true}, {"connections", "connections"}};
  if (has_messages) {
    table.columns.push_back({"messages", "messages"});
    table.columns.push_back({"asked", "asked"});
    table.columns.push_back({"applied", "applied"});
  }
  for (const auto& [key, heading] : {std::pair("waited_p50", "median"), std::pair("waited_p95", "95th"),
                                     std::pair("waited_p99", "99th"), std::pair("waited_max", "longest")}) {
    table.columns.push_back({key, heading});
  }
  table.columns.push_back({"failed", "failed"});
  table.columns.push_back({"errors", "errors"});
  table.columns.push_back({"timeouts", "timeouts"});
  for (const MilterSummary& milter : summary.milters) {
    std::vector<Cell> row{milter.name, count(milter.connections)};
    if (has_messages) {
      row.push_back(count(milter.messages));
      row.push_back(count(milter.asked));
      row.push_back(count(milter.applied.messages.sum()));
    }
    add_quantiles(has_messages ? milter.waits : milter.connection_waits, row);
    row.push_back(count(has_messages ? milter.failures : milter.connection_statuses[Status::error]));
    row.push_back(milter.loads > 0 ? count(milter.errors) : Cell(Unknown{}));
    row.push_back(milter.loads > 0 ? count(milter.timeouts) : Cell(Unknown{}));
    table.rows.push_back(std::move(row));
  }
  table.notes.push_back(has_messages
                            ? "Median to longest: the wait for one message, of those that it was waited for."
                            : "Median to longest: the wait in one connection.");
  return table;
}

Table verdicts_table(const Summary& summary) {
  Table table;
  table.id = "verdicts";
  table.title = "Milters' verdicts on messages";
  table.columns = {{"milter", "milter", true},  {"stage", "stage", true}, {"status", "status", true},
                   {"group", "group", true},    {"cause", "cause", true}, {"messages", "messages"},
                   {"share", "of its messages"}};
  for (const MilterSummary& milter : summary.milters) {
    for (std::size_t state = 0; state < kStates; ++state) {
      for (std::size_t status = 0; status < kStatuses; ++status) {
        for (std::size_t group = 0; group < kGroups; ++group) {
          for (std::size_t cause = 0; cause < kCauses; ++cause) {
            const std::uint64_t messages = milter.verdicts[group][cause][state][status];
            if (messages == 0) continue;
            table.rows.push_back({milter.name, word_of<State>(state), word_of<Status>(status),
                                  word_of<Group>(group), word_of<Cause>(cause), count(messages),
                                  share(messages, milter.messages)});
          }
        }
      }
    }
  }
  return table;
}

Table effects_table(const Summary& summary) {
  Table table;
  table.id = "effects";
  table.title = "What milters did to the mail";
  table.columns = {{"milter", "milter", true},
                   {"effect", "", true},
                   {"asked", "asked"},
                   {"rejected", "rejected"},
                   {"deferred", "deferred"},
                   {"discarded", "discarded"},
                   {"quarantined", "quarantined"},
                   {"recipients_rejected", "recipients rejected"},
                   {"recipients_deferred", "recipients deferred"}};
  const auto add = [&](const MilterSummary& milter, const char* what, Group group, const Effect& effect) {
    const std::uint64_t asked = milter.statuses[static_cast<std::size_t>(group)].sum();
    if (asked == 0) return;
    table.rows.push_back({milter.name, what, count(asked), count(effect.messages[Status::reject]),
                          count(effect.messages[Status::temporary_failure]),
                          count(effect.messages[Status::discard]), count(effect.messages[Status::quarantine]),
                          count(effect.rejected), count(effect.deferred)});
  };
  for (const MilterSummary& milter : summary.milters) {
    add(milter, "did", Group::enforced, milter.applied);
    add(milter, "would have", Group::evaluated, milter.evaluated);
  }
  table.notes.emplace_back(
      "\"did\": its verdict counted; \"would have\": it is only tried. Messages: whole ones, also when all "
      "their recipients were refused.");
  return table;
}

Table keys_table(const Summary& summary, const maillog::ReportRules& rules) {
  Table table;
  table.id = "reports";
  table.title = "What headers say";
  table.columns = {
      {"milter", "milter", true}, {"key", "key", true}, {"label", "meaning", true}, {"headers", "headers"}};
  const auto add = [&](const std::string& name, const std::vector<std::uint64_t>& keys) {
    for (std::size_t key = 0; key < keys.size(); ++key) {
      if (keys[key] == 0) continue;
      const maillog::ReportKeyInfo& info = rules.keys()[key];
      table.rows.push_back({name, info.name, info.label, count(keys[key])});
    }
  };
  add("(sent to the MTA)", summary.report_keys);
  for (const MilterSummary& milter : summary.milters) add(milter.name, milter.report_keys);
  return table;
}

Table busiest_table(const Summary& summary) {
  const bool has_messages = summary.messages > 0;
  Table table;
  table.id = "busiest_minutes";
  table.title = "The busiest minutes";
  table.columns = {{"milter", "milter", true},
                   {"minute", "minute"},
                   {"count", has_messages ? "messages in it" : "connections in it"}};
  const auto add = [&](const std::string& name, const BusiestMinute& busiest) {
    if (busiest.minute) table.rows.push_back({name, minute_cell(busiest), count(busiest.count)});
  };
  add("(all)", summary.busiest);
  for (const MilterSummary& milter : summary.milters) add(milter.name, milter.busiest);
  if (has_messages) table.notes.emplace_back("Of a milter: the messages that it was asked about.");
  return table;
}

Table hosts_table(const Summary& summary, const ReadReport& report) {
  const bool has_messages = summary.messages > 0;
  Table table;
  table.id = "hosts";
  table.title = "Hosts";
  table.columns = {{"host", "host", true}, {"connections", "connections"}};
  if (has_messages) {
    for (const char* const key : {"messages", "rejected", "deferred", "discarded"})
      table.columns.push_back({key, key});
  }
  for (const auto& [key, heading] :
       {std::pair("events", "events"), std::pair("lines_written", "lines written"),
        std::pair("lines_lost", "lost"), std::pair("lines_dropped", "dropped")}) {
    table.columns.push_back({key, heading});
  }
  static const HostSummary kNothing;
  for (const auto& host : report.hosts) {
    const bool known = host.written > 0;
    const auto found = std::find_if(summary.hosts.begin(), summary.hosts.end(),
                                    [&](const HostSummary& one) { return one.name == host.name; });
    const HostSummary& of = found != summary.hosts.end() ? *found : kNothing;
    std::vector<Cell> row{host.name, count(of.connections)};
    if (has_messages) {
      row.push_back(count(of.messages));
      for (const Status status : {Status::reject, Status::temporary_failure, Status::discard})
        row.push_back(count(of.statuses[status]));
    }
    row.push_back(count(host.events));
    for (const std::uint64_t lines : {host.written, host.lost, host.dropped})
      row.push_back(known ? count(lines) : Cell(Unknown{}));
    table.rows.push_back(std::move(row));
  }
  return table;
}

// What milters said on each host: where one differs, something is wrong with it there.
Table host_milters_table(const Summary& summary) {
  Table table;
  table.id = "host_milters";
  table.title = "Milters by host";
  table.columns = {{"host", "host", true},      {"milter", "milter", true},     {"effect", "", true},
                   {"asked", "asked"},          {"rejected", "rejected"},       {"deferred", "deferred"},
                   {"discarded", "discarded"},  {"quarantined", "quarantined"}, {"failed", "failed"},
                   {"waited_mean", "mean wait"}};
  for (const HostSummary& host : summary.hosts) {
    for (const HostSummary::Verdicts& of : host.verdicts) {
      for (const Group group : {Group::enforced, Group::evaluated}) {
        const auto at = static_cast<std::size_t>(group);
        const StatusCounts& statuses = of.statuses[at];
        const std::uint64_t asked = statuses.sum();
        if (asked == 0) continue;
        table.rows.push_back(
            {host.name, summary.milters[of.milter].name, group == Group::enforced ? "says" : "would say",
             count(asked), count(statuses[Status::reject]), count(statuses[Status::temporary_failure]),
             count(statuses[Status::discard]), count(statuses[Status::quarantine]), count(of.failures[at]),
             number(of.waited[at] / static_cast<double>(asked), Unit::seconds)});
      }
    }
  }
  return table;
}

}  // namespace

void add_summary(const Summary& summary, const ReadReport& report, const maillog::ReportRules& rules,
                 Document& document) {
  Section& section = document.sections.emplace_back();
  add_facts(summary, report, section);
  section.tables.push_back(milters_table(summary));
  section.tables.push_back(busiest_table(summary));
  if (summary.messages > 0) {
    std::vector<std::pair<std::string, const StatusCounts*>> stages;
    for (std::size_t state = 0; state < kStates; ++state)
      stages.emplace_back(word_of<State>(state), &summary.by_stage[state]);
    section.tables.push_back(
        status_table("messages", "How messages ended", {"stage", "stage", true}, stages));
    section.tables.push_back(effects_table(summary));
    section.tables.push_back(verdicts_table(summary));
  } else {
    document.cautions.emplace_back(
        "The log has no [message] lines (an old version, or statistics.messages is false): all is told of "
        "connections, of which one may carry "
        "several messages.");
  }
  std::vector<std::pair<std::string, const StatusCounts*>> ends{{"(all)", &summary.connection_statuses}};
  for (const MilterSummary& milter : summary.milters)
    ends.emplace_back(milter.name, &milter.connection_statuses);
  section.tables.push_back(
      status_table("connections", "How connections ended", {"milter", "milter", true}, ends));
  section.tables.push_back(keys_table(summary, rules));
  section.tables.push_back(hosts_table(summary, report));
  if (summary.hosts.size() > 1 && summary.messages > 0) section.tables.push_back(host_milters_table(summary));
}

}  // namespace milter_manager::report
