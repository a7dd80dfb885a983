// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/source/manager_state.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <tuple>

#include "core/archive/archive.h"

namespace milter_manager::gui {
namespace {

using archive::Kind;
using Json = nlohmann::json;

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

// Where a word of the protocol ("temporary-failure") stands in an archive's row.
std::optional<std::size_t> source_of(Kind kind, std::string_view word) {
  std::string name(word);
  std::replace(name.begin(), name.end(), '-', '_');
  const auto sources = archive::layout(kind).sources;
  const auto found = std::find(sources.begin(), sources.end(), name);
  if (found == sources.end()) return std::nullopt;
  return static_cast<std::size_t>(found - sources.begin());
}

void add(std::map<ManagerState::Number, double>& numbers, Kind kind, const std::string& milter,
         std::string_view word, double value) {
  const auto source = source_of(kind, word);
  if (source) ManagerState::add(numbers, {kind, milter, *source}, value);
}

MilterState state_of(std::string_view word) {
  if (word == "reachable") return MilterState::reachable;
  if (word == "unreachable") return MilterState::unreachable;
  if (word == "disabled") return MilterState::disabled;
  if (word == "stopped") return MilterState::stopped;
  return MilterState::unknown;
}

// Of an object's member; none where it is no number, or the object is none.
std::optional<double> number(const Json& object, const char* key) {
  if (!object.is_object()) return std::nullopt;
  const auto found = object.find(key);
  return found != object.end() && found->is_number() ? std::optional(found->get<double>()) : std::nullopt;
}
std::string text(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}
const Json& member(const Json& object, const char* key) {
  static const Json kNone;
  if (!object.is_object()) return kNone;
  const auto found = object.find(key);
  return found != object.end() ? *found : kNone;
}

void add_counts(const Json& by_status, Kind kind, const std::string& milter, ManagerState& state) {
  if (!by_status.is_object()) return;
  for (const auto& [word, value] : by_status.items()) {
    if (value.is_number()) add(state.counters, kind, milter, word, value.get<double>());
  }
}

void add_milter(const Json& json, ManagerState& state) {
  if (!json.is_object()) return;
  const std::string name = text(json, "name");
  if (name.empty() || state.milters.size() >= ManagerState::kMaximumMilters) return;
  ManagerState::Milter& milter = state.milters[name];
  milter.state = state_of(text(json, "state"));
  milter.is_evaluated = member(json, "evaluation_mode") == Json(true);
  milter.last_error = text(json, "last_error");
  add_counts(member(json, "sessions"), Kind::milter_status, name, state);
  add_counts(member(json, "verdicts"), Kind::milter_message, name, state);
  add_counts(member(json, "evaluated"), Kind::milter_evaluation, name, state);
  for (const char* key : {"errors", "timeouts"}) {
    if (const auto value = number(json, key)) add(state.counters, Kind::milter_load, name, key, *value);
  }
  if (const auto value = number(json, "connections"))
    add(state.levels, Kind::milter_load, name, "open", *value);
  if (const auto value = number(json, "busy")) add(state.levels, Kind::milter_load, name, "busy", *value);
}

}  // namespace

bool ManagerState::Number::operator<(const Number& other) const {
  return std::tie(kind, milter, source) < std::tie(other.kind, other.milter, other.source);
}

void ManagerState::add(std::map<Number, double>& numbers, const Number& number, double value) {
  const auto known = numbers.find(number);
  const double sum = value + (known != numbers.end() ? known->second : 0);
  if (archive::is_count(value) && archive::is_count(sum)) numbers[number] = sum;
}

Result<ManagerState> parse_status(std::string_view text_of_json) {
  const Json json = Json::parse(text_of_json, nullptr, false);
  if (json.is_discarded() || !json.is_object() || !member(json, "milters").is_array())
    return failure("the answer is not a status of milter-manager");
  ManagerState state;
  state.started_at = number(json, "started_at").value_or(0);
  const Json& sessions = member(json, "sessions");
  add_counts(member(sessions, "by_status"), Kind::manager_status, "", state);
  if (const auto value = number(sessions, "finished")) add(state.counters, Kind::session, "", "smtp", *value);
  if (const auto value = number(sessions, "open")) add(state.levels, Kind::session, "", "concurrent", *value);
  add_counts(member(json, "messages"), Kind::manager_message, "", state);
  for (const Json& milter : member(json, "milters")) add_milter(milter, state);
  return state;
}

std::vector<StateRow> rows_between(const ManagerState& before, const ManagerState& after, double seconds) {
  std::vector<StateRow> rows;
  if (!(seconds > 0) || before.started_at != after.started_at) return rows;
  const auto row_of = [&](const ManagerState::Number& number) -> double& {
    if (rows.empty() || rows.back().kind != number.kind || rows.back().milter != number.milter) {
      const auto found = std::find_if(rows.begin(), rows.end(), [&](const StateRow& row) {
        return row.kind == number.kind && row.milter == number.milter;
      });
      if (found != rows.end()) return found->row[number.source];
      rows.push_back({number.kind, number.milter, {}});
      rows.back().row.fill(kUnknown);
    }
    return rows.back().row[number.source];
  };
  for (const auto& [number, value] : after.counters) {
    const auto earlier = before.counters.find(number);
    // A status that comes for the first time was 0 before.
    const double gained = value - (earlier != before.counters.end() ? earlier->second : 0);
    if (gained < 0) return {};  // a manager that does not tell its start has begun anew
    row_of(number) = gained * 60 / seconds;
  }
  for (const auto& [number, value] : after.levels) row_of(number) = value;
  return rows;
}

}  // namespace milter_manager::gui
