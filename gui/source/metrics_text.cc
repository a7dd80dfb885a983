// SPDX-License-Identifier: GPL-3.0-or-later
#include <cstdlib>
#include <optional>

#include "core/archive/archive.h"
#include "gui/source/manager_state.h"

namespace milter_manager::gui {
namespace {

using archive::Kind;

// "name{label="value",…} number": one line of Prometheus' text format.
struct Sample {
  std::string_view name;
  std::map<std::string, std::string, std::less<>> labels;
  double value = 0;

  std::string label(std::string_view key) const {
    const auto found = labels.find(key);
    return found != labels.end() ? found->second : std::string();
  }
};

// A value between double quotes; `text` begins behind the first and ends behind the last one. None where there is no last one.
std::optional<std::string> unquote(std::string_view& text) {
  std::string value;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') {
      text.remove_prefix(i + 1);
      return value;
    }
    const bool is_escaped = text[i] == '\\' && i + 1 < text.size();
    if (is_escaped) ++i;
    value += is_escaped && text[i] == 'n' ? '\n' : text[i];
  }
  return std::nullopt;
}

std::optional<Sample> parse_sample(std::string_view line) {
  Sample sample;
  const std::size_t end = line.find_first_of("{ ");
  if (end == line.npos || end == 0) return std::nullopt;
  sample.name = line.substr(0, end);
  line.remove_prefix(end);
  if (line.front() == '{') {
    line.remove_prefix(1);
    while (!line.empty() && line.front() != '}') {
      const std::size_t equals = line.find("=\"");
      if (equals == line.npos) return std::nullopt;
      const std::string key(line.substr(0, equals));
      line.remove_prefix(equals + 2);
      auto value = unquote(line);
      if (!value) return std::nullopt;
      sample.labels.emplace(key, std::move(*value));
      if (!line.empty() && line.front() == ',') line.remove_prefix(1);
    }
    if (line.empty()) return std::nullopt;
    line.remove_prefix(1);
  }
  const std::string number(line);
  char* rest = nullptr;
  sample.value = std::strtod(number.c_str(), &rest);
  if (rest == number.c_str() || !archive::is_count(sample.value)) return std::nullopt;
  return sample;
}

// Which metric goes where: by its label `status`, or to one source.
struct Place {
  std::string_view name;
  Kind kind;
  bool of_milter;
  bool is_counter;
  std::string_view source;  // "": as the label says
};
constexpr Place kPlaces[] = {
    {"milter_manager_sessions_total", Kind::manager_status, false, true, ""},
    {"milter_manager_messages_total", Kind::manager_message, false, true, ""},
    {"milter_manager_sessions", Kind::session, false, false, "concurrent"},
    {"milter_manager_message_bytes_total", Kind::manager_message, false, true, "bytes"},
    {"milter_manager_clients_gone_total", Kind::session, false, true, "disconnected"},
    {"milter_manager_milter_connections_total", Kind::milter_status, true, true, ""},
    {"milter_manager_milter_verdicts_total", Kind::milter_message, true, true, ""},
    {"milter_manager_milter_connections", Kind::milter_load, true, false, "open"},
    {"milter_manager_milter_busy", Kind::milter_load, true, false, "busy"},
    {"milter_manager_milter_errors_total", Kind::milter_load, true, true, "errors"},
    {"milter_manager_milter_timeouts_total", Kind::milter_load, true, true, "timeouts"},
};

void take(const Sample& sample, const Place& place, ManagerState& state) {
  const std::string milter = place.of_milter ? sample.label("milter") : std::string();
  if (place.of_milter) {
    if (milter.empty()) return;
    if (!state.milters.contains(milter) && state.milters.size() >= ManagerState::kMaximumMilters) return;
    state.milters[milter];
  }
  Kind kind = place.kind;
  if (kind == Kind::milter_message && sample.label("group") == "evaluated") {
    kind = Kind::milter_evaluation;
    state.milters[milter].is_evaluated = true;
  }
  const auto sources = archive::layout(kind).sources;
  std::string source = place.source.empty() ? sample.label("status") : std::string(place.source);
  for (char& letter : source) letter = letter == '-' ? '_' : letter;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    if (sources[i] == source)
      ManagerState::add(place.is_counter ? state.counters : state.levels, {kind, milter, i}, sample.value);
  }
}

}  // namespace

Result<ManagerState> parse_metrics(std::string_view text) {
  ManagerState state;
  bool is_manager = false;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    if (!line.starts_with("milter_manager_")) continue;
    is_manager = true;
    const auto sample = parse_sample(line);
    if (!sample) continue;
    if (sample->name == "milter_manager_start_time_seconds") state.started_at = sample->value;
    if (sample->name == "milter_manager_milter_up" && !sample->label("milter").empty() &&
        state.milters.size() < ManagerState::kMaximumMilters) {
      state.milters[sample->label("milter")].state =
          sample->value > 0 ? MilterState::reachable : MilterState::unreachable;
    }
    for (const Place& place : kPlaces) {
      if (place.name == sample->name) take(*sample, place, state);
    }
  }
  if (!is_manager) return failure("the answer has no metrics of milter-manager");
  return state;
}

}  // namespace milter_manager::gui
