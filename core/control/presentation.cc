// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/control/presentation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/control/text_table.h"
#include "core/statistics/escape.h"

namespace milter_manager::control {
namespace {

using Json = nlohmann::json;

// Of anything that may come: the value at a path, null where there is none.
const Json& at(const Json& json, std::string_view path) {
  static const Json kNone;
  const std::size_t end = path.find('/');
  const std::string key(path.substr(0, end));
  if (!json.is_object() || !json.contains(key)) return kNone;
  return end == std::string_view::npos ? json[key] : at(json[key], path.substr(end + 1));
}

double number(const Json& json) { return json.is_number() ? json.get<double>() : 0; }
double number(const Json& json, std::string_view path) { return number(at(json, path)); }
std::string count(const Json& json, std::string_view path) {
  return fmt::format("{}", static_cast<std::uint64_t>(std::clamp(number(json, path), 0.0, 9e18)));
}

// Safe for a terminal.
std::string text(const Json& json, std::string_view path) {
  const Json& found = at(json, path);
  std::string out;
  if (found.is_string()) statistics::append_escaped(found.get_ref<const std::string&>(), '\0', out);
  return out;
}

double sum(const Json& counts) {
  double all = 0;
  if (counts.is_object()) {
    for (const auto& [status, one] : counts.items()) all += number(one);
  }
  return all;
}

// "1200 pass, 3 reject".
std::string counts_text(const Json& counts) {
  std::string out;
  if (!counts.is_object()) return "-";
  for (const auto& [status, one] : counts.items()) {
    if (number(one) <= 0) continue;
    std::string name;
    statistics::append_escaped(status, '\0', name);
    out += fmt::format("{}{:.0f} {}", out.empty() ? "" : ", ", number(one), name);
  }
  return out.empty() ? "-" : out;
}

std::string quantile(const Json& json, std::string_view path) {
  const Json& found = at(json, path);
  return wait_text(found.is_number() ? found.get<double>() : -1);
}

Result<Json> parsed(std::string_view status_json) {
  Json json = Json::parse(status_json, nullptr, false);
  if (!json.is_object() || !at(json, "milters").is_array())
    return failure("the manager's answer is no status");
  return json;
}

std::string how_long_ago(const Json& json, std::string_view path, double now) {
  const double then = number(json, path);
  return then > 0 ? duration_text(std::max(0.0, now - then)) : "-";
}

std::string milters_text(const Json& json, double now) {
  if (at(json, "milters").empty()) return "No milter is configured.\n";
  TextTable table({"MILTER", "STATE", "OPEN", "BUSY", "PASS", "ACCEPT", "REJECT", "TEMPFAIL", "OTHER", "P50",
                   "P95", "P99", "ERRORS"},
                  {1});
  std::string trials, errors;
  for (const Json& milter : at(json, "milters")) {
    const Json& verdicts = at(milter, "verdicts");
    double other = sum(verdicts);
    for (const char* status : {"pass", "accept", "reject", "temporary-failure"})
      other -= number(verdicts, status);
    const bool on_trial = at(milter, "evaluation_mode") == true;
    const bool broken = at(milter, "breaker") == "open";
    const std::string state = text(milter, "state") + (broken     ? " (breaker open)"
                                                       : on_trial ? " (evaluation)"
                                                                  : "");
    table.add({text(milter, "name"), state, count(milter, "connections"), count(milter, "busy"),
               count(verdicts, "pass"), count(verdicts, "accept"), count(verdicts, "reject"),
               count(verdicts, "temporary-failure"), fmt::format("{:.0f}", other),
               quantile(milter, "wait/p50"), quantile(milter, "wait/p95"), quantile(milter, "wait/p99"),
               count(milter, "errors")});
    if (sum(at(milter, "evaluated")) > 0) {
      trials += fmt::format("{}: only tried, would have been: {}\n", text(milter, "name"),
                            counts_text(at(milter, "evaluated")));
    }
    if (at(milter, "last_error").is_string()) {
      errors += fmt::format("{}: last error {} ago: {}\n", text(milter, "name"),
                            how_long_ago(milter, "last_error_at", now), text(milter, "last_error"));
    }
  }
  return table.text() + trials + errors;
}

std::string processes_text(const Json& json) {
  TextTable table({"PROCESS", "PID", "SESSIONS", "FINISHED", "TO MILTERS", "ACCEPTING"});
  for (const Json& process : at(json, "processes")) {
    const std::string worker = count(process, "worker");
    table.add({worker == "0" ? "manager" : "worker " + worker, count(process, "pid"),
               count(process, "sessions_open"), count(process, "sessions_finished"),
               count(process, "milter_connections"), at(process, "accepting") == true ? "yes" : "no"});
  }
  return table.text();
}

}  // namespace

std::string duration_text(double seconds) {
  const auto whole = static_cast<std::uint64_t>(std::clamp(seconds, 0.0, 1e12));
  const std::string time = fmt::format("{:02}:{:02}:{:02}", whole / 3600 % 24, whole / 60 % 60, whole % 60);
  return whole < 86400 ? time : fmt::format("{} d {}", whole / 86400, time);
}

std::string wait_text(double seconds) {
  if (seconds < 0) return "-";
  if (seconds < 0.001) return fmt::format("{:.0f} µs", seconds * 1e6);
  if (seconds < 1) return fmt::format("{:.0f} ms", seconds * 1e3);
  return seconds < 10 ? fmt::format("{:.1f} s", seconds) : fmt::format("{:.0f} s", seconds);
}

Result<std::string> show_status(std::string_view status_json, double now) {
  const auto json = parsed(status_json);
  if (!json) return tl::unexpected(json.error());
  std::string out =
      fmt::format("milter-manager {}, pid {}, up {}, listens at {}\n", text(*json, "version"),
                  count(*json, "pid"), duration_text(number(*json, "uptime")),
                  text(*json, "connection_spec").empty() ? "nothing" : text(*json, "connection_spec"));
  out += fmt::format("configuration  read {} ago; {} reloads, {} refused\n",
                     how_long_ago(*json, "configured_at", now), count(*json, "reloads/done"),
                     count(*json, "reloads/refused"));
  out += fmt::format("sessions       {} open, {} finished: {}\n", count(*json, "sessions/open"),
                     count(*json, "sessions/finished"), counts_text(at(*json, "sessions/by_status")));
  out += fmt::format("messages       {}; half of them took up to {}, 95 % {}\n",
                     counts_text(at(*json, "messages")), quantile(*json, "message_seconds/p50"),
                     quantile(*json, "message_seconds/p95"));
  out += fmt::format("log            {} statistics lines, {} lost\n", count(*json, "log/lines"),
                     count(*json, "log/dropped"));
  if (number(*json, "worker_restarts") > 0) {
    out +=
        fmt::format("workers        {} started again after they had died\n", count(*json, "worker_restarts"));
  }
  return out + "\n" + processes_text(*json) + "\n" + milters_text(*json, now);
}

Result<std::string> show_milters(std::string_view status_json, double now) {
  const auto json = parsed(status_json);
  if (!json) return tl::unexpected(json.error());
  return milters_text(*json, now);
}

Result<std::string> show_rates(std::string_view status_json, std::string_view before, double seconds) {
  const auto json = parsed(status_json);
  if (!json) return tl::unexpected(json.error());
  const Json old = before.empty() ? *json : Json::parse(before, nullptr, false);
  // A manager that was started anew counts from 0.
  const auto rate = [&](double now, double then) {
    return fmt::format("{:.1f}", seconds > 0 ? std::max(0.0, now - then) / seconds : 0);
  };
  std::string out =
      fmt::format("up {}   sessions: {} open, {}/s   messages: {}/s   lost lines: {}\n\n",
                  duration_text(number(*json, "uptime")), count(*json, "sessions/open"),
                  rate(number(*json, "sessions/finished"), number(old, "sessions/finished")),
                  rate(sum(at(*json, "messages")), sum(at(old, "messages"))), count(*json, "log/dropped"));
  TextTable table(
      {"MILTER", "STATE", "OPEN", "BUSY", "MESSAGES/s", "REJECTED/s", "ERRORS/s", "P50", "P95", "P99"}, {1});
  for (const Json& milter : at(*json, "milters")) {
    const Json* same = &milter;
    for (const Json& one : at(old, "milters")) {
      if (at(one, "name") == at(milter, "name")) same = &one;
    }
    table.add({text(milter, "name"), text(milter, "state"), count(milter, "connections"),
               count(milter, "busy"), rate(number(milter, "wait/count"), number(*same, "wait/count")),
               rate(number(milter, "verdicts/reject"), number(*same, "verdicts/reject")),
               rate(number(milter, "errors"), number(*same, "errors")), quantile(milter, "wait/p50"),
               quantile(milter, "wait/p95"), quantile(milter, "wait/p99")});
  }
  return out + table.text();
}

}  // namespace milter_manager::control
