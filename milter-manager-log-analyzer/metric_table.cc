// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-manager-log-analyzer/metric_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/archive/layout.h"
#include "core/maillog/report_rules.h"

namespace milter_manager::log_analyzer {
namespace {

using maillog::Kind;

template <typename Field>
std::size_t at(Field field) {
  return static_cast<std::size_t>(field);
}

template <typename Field>
MetricField only(Kind kind, Field field) {
  return {kind, at(field), {}, {}};
}

// The first `count` statuses have the same place in every row that has any.
std::vector<MetricField> statuses(Kind kind, std::size_t count) {
  constexpr std::string_view kNames[] = {"pass",       "accept", "reject", "discard", "temporary-failure",
                                         "quarantine", "abort",  "error",  "stop"};
  std::vector<MetricField> fields;
  for (std::size_t i = 0; i < count; ++i) fields.push_back({kind, i, "status", kNames[i]});
  return fields;
}

std::vector<MetricField> with(std::vector<MetricField> fields, MetricField more) {
  fields.push_back(more);
  return fields;
}

std::vector<MetricField> report_keys(Kind kind, Kind of_other_keys) {
  std::vector<MetricField> fields;
  for (std::size_t i = 0; i < maillog::kReportKeys; ++i) {
    fields.push_back({kind, i, "key", maillog::report_key_name(static_cast<maillog::ReportKey>(i))});
  }
  fields.push_back({of_other_keys, 0, "key", {}});  // the series' own
  return fields;
}

template <typename Field>
std::vector<MetricField> recipients(Kind kind, Field rejected, Field deferred) {
  return {{kind, at(rejected), "verdict", "rejected"}, {kind, at(deferred), "verdict", "deferred"}};
}

std::vector<MetricFamily> make_families() {
  using maillog::EvaluationField;
  using maillog::GreylistField;
  using maillog::HealthField;
  using maillog::LoadField;
  using maillog::MessageField;
  using maillog::MilterMessageField;
  using maillog::SessionField;
  constexpr auto kCounter = MetricType::counter;
  constexpr auto kGauge = MetricType::gauge;
  return {
      {"milter_manager_log_connections",
       kCounter,
       "Connections from the MTA that ended.",
       {only(Kind::session, SessionField::smtp)}},
      {"milter_manager_log_milter_connections",
       kCounter,
       "Connections to milters that ended.",
       {only(Kind::session, SessionField::child)}},
      {"milter_manager_log_disconnections",
       kCounter,
       "SMTP clients that went away while a session was running.",
       {only(Kind::session, SessionField::disconnected)}},
      {"milter_manager_log_concurrent_connections",
       kGauge,
       "The most connections at once in the minute.",
       {only(Kind::session, SessionField::concurrent)}},
      {"milter_manager_log_sessions", kCounter, "Connections from the MTA, by how they ended.",
       statuses(Kind::manager_status, 8)},
      {"milter_manager_log_milter_sessions", kCounter, "Connections to a milter, by how they ended.",
       statuses(Kind::milter_status, 9)},
      {"milter_manager_log_reports", kCounter, "Headers added by milters that say this of a mail.",
       report_keys(Kind::manager_report, Kind::manager_key)},
      {"milter_manager_log_milter_reports", kCounter, "Headers added by a milter that say this of a mail.",
       report_keys(Kind::milter_report, Kind::milter_key)},
      {"milter_manager_log_messages", kCounter, "Messages, by how they ended.", statuses(Kind::message, 7)},
      {"milter_manager_log_message_bytes",
       kCounter,
       "Bytes of messages' headers and bodies.",
       {only(Kind::message, MessageField::bytes)}},
      {"milter_manager_log_recipients",
       kCounter,
       "Recipients of messages that the MTA did not refuse itself.",
       {only(Kind::message, MessageField::recipients)}},
      {"milter_manager_log_refused_recipients",
       kCounter,
       "Recipients of messages that milters refused.",
       {only(Kind::message, MessageField::refused)}},
      {"milter_manager_log_milter_messages", kCounter, "Messages, by a milter's verdict that counted.",
       with(statuses(Kind::milter_message, 7),
            {Kind::milter_message, at(MilterMessageField::stop), "status", "stop"})},
      {"milter_manager_log_milter_message_errors",
       kCounter,
       "Messages for which a milter failed.",
       {only(Kind::milter_message, MilterMessageField::error)}},
      {"milter_manager_log_milter_refused_recipients", kCounter, "Recipients that a milter refused.",
       recipients(Kind::milter_message, MilterMessageField::rejected, MilterMessageField::deferred)},
      {"milter_manager_log_milter_evaluated_messages", kCounter,
       "Messages, by a milter's verdict that was only tried.", statuses(Kind::milter_evaluation, 6)},
      {"milter_manager_log_milter_evaluated_recipients", kCounter,
       "Recipients that a milter would have refused, had it counted.",
       recipients(Kind::milter_evaluation, EvaluationField::rejected, EvaluationField::deferred)},
      {"milter_manager_log_milter_open_connections",
       kGauge,
       "Connections to a milter.",
       {only(Kind::milter_load, LoadField::open)}},
      {"milter_manager_log_milter_busy_connections",
       kGauge,
       "Connections to a milter with a command unanswered: at the minute's end, on average, at most.",
       {{Kind::milter_load, at(LoadField::busy), "of", "end"},
        {Kind::milter_load, at(LoadField::busy_mean), "of", "mean"},
        {Kind::milter_load, at(LoadField::busy_max), "of", "maximum"}}},
      {"milter_manager_log_milter_wait_seconds",
       kGauge,
       "Percentiles of the wait for a milter, per message.",
       {{Kind::milter_load, at(LoadField::p50), "percentile", "50"},
        {Kind::milter_load, at(LoadField::p95), "percentile", "95"},
        {Kind::milter_load, at(LoadField::p99), "percentile", "99"}}},
      {"milter_manager_log_milter_errors",
       kCounter,
       "Failures of a milter, timeouts among them.",
       {only(Kind::milter_load, LoadField::errors)}},
      {"milter_manager_log_milter_timeouts",
       kCounter,
       "Failures of a milter to answer in time.",
       {only(Kind::milter_load, LoadField::timeouts)}},
      {"milter_manager_log_milter_delayed_messages",
       kCounter,
       "Messages that passed the greylist after a delay of at most so many minutes, and more than the next "
       "less.",
       {{Kind::milter_greylist, at(GreylistField::delayed_1), "minutes", "1"},
        {Kind::milter_greylist, at(GreylistField::delayed_5), "minutes", "5"},
        {Kind::milter_greylist, at(GreylistField::delayed_10), "minutes", "10"},
        {Kind::milter_greylist, at(GreylistField::delayed_30), "minutes", "30"},
        {Kind::milter_greylist, at(GreylistField::delayed_60), "minutes", "60"},
        {Kind::milter_greylist, at(GreylistField::delayed_over), "minutes", "over"}}},
      {"milter_manager_log_processes",
       kGauge,
       "Processes that wrote a heartbeat in the minute.",
       {only(Kind::health, HealthField::processes)}},
      {"milter_manager_log_lines",
       kCounter,
       "Statistics lines written, as the heartbeats tell.",
       {only(Kind::health, HealthField::lines)}},
      {"milter_manager_log_lost_lines",
       kCounter,
       "Statistics lines written that never reached the log.",
       {only(Kind::health, HealthField::lost)}},
      {"milter_manager_log_dropped_lines",
       kCounter,
       "Statistics lines that the log's sink could not take.",
       {only(Kind::health, HealthField::dropped)}},
  };
}

// A name as a label's value, before it is escaped.
std::string label_value(std::string_view name) {
  // What is escaped in a label and what matters only to file names is all right here.
  std::string probe(name);
  std::replace_if(
      probe.begin(), probe.end(),
      [](char byte) { return byte == '/' || byte == '\\' || byte == ':' || byte == '\n'; }, '.');
  if (archive::safe_name(probe) == probe) return std::string(name);
  return archive::safe_name(name);
}

void put_label(std::string_view label, std::string_view value, std::string& out) {
  fmt::format_to(std::back_inserter(out), "{}{}=\"", out.empty() ? "" : ",", label);
  for (const char byte : value) {
    if (byte == '\\' || byte == '"') out += '\\';
    if (byte == '\n') {
      out += "\\n";
    } else {
      out += byte;
    }
  }
  out += '"';
}

}  // namespace

const std::vector<MetricFamily>& metric_families() {
  static const std::vector<MetricFamily> families = make_families();
  return families;
}

std::string labels_of(const MetricField& field, const maillog::SeriesKey& series) {
  std::string labels;
  if (!series.milter.empty()) put_label("milter", label_value(series.milter), labels);
  if (!field.label.empty()) {
    put_label(field.label, series.report_key.empty() ? field.value : std::string_view(series.report_key),
              labels);
  }
  return labels.empty() ? labels : "{" + labels + "}";
}

std::string head_of(const MetricFamily& family, std::string_view name) {
  return fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, family.help, name,
                     family.type == MetricType::counter ? "counter" : "gauge");
}

}  // namespace milter_manager::log_analyzer
