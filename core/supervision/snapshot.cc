// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/supervision/snapshot.h"

#include "core/supervision/cbor.h"

namespace milter_manager::supervision {
namespace {

using nlohmann::json;

constexpr std::string_view kStateNames[] = {"unknown", "reachable", "unreachable", "disabled", "stopped"};

json object_of(const MilterStatus& milter) {
  return {{"name", milter.name},
          {"state", static_cast<unsigned>(milter.state)},
          {"open", milter.open},
          {"last_error", milter.last_error},
          {"last_error_at", milter.last_error_at}};
}

MilterStatus milter_of(const json& object) {
  MilterStatus milter;
  object.at("name").get_to(milter.name);
  const auto state = object.at("state").get<unsigned>();
  if (state < std::size(kStateNames)) milter.state = static_cast<MilterStatus::State>(state);
  object.at("open").get_to(milter.open);
  object.at("last_error").get_to(milter.last_error);
  object.at("last_error_at").get_to(milter.last_error_at);
  return milter;
}

}  // namespace

std::string_view name_of(MilterStatus::State state) { return kStateNames[static_cast<std::size_t>(state)]; }

std::string encode(const ProcessStatus& status) {
  json milters = json::array();
  for (const MilterStatus& milter : status.milters) milters.push_back(object_of(milter));
  return to_cbor({{"worker", status.worker},
                  {"pid", status.pid},
                  {"started_at", status.started_at},
                  {"sessions_finished", status.sessions_finished},
                  {"sessions_open", status.sessions_open},
                  {"children_open", status.children_open},
                  {"max_connections", status.max_connections},
                  {"accepting", status.accepting},
                  {"log_lines", status.log_lines},
                  {"log_dropped", status.log_dropped},
                  {"log_waiting", status.log_waiting},
                  {"milters", std::move(milters)},
                  {"measurements", status.measurements}});
}

Result<ProcessStatus> decode_process_status(std::string_view bytes) {
  return read_cbor(bytes, "a worker's status", [](const json& object) {
    ProcessStatus status;
    object.at("worker").get_to(status.worker);
    object.at("pid").get_to(status.pid);
    object.at("started_at").get_to(status.started_at);
    object.at("sessions_finished").get_to(status.sessions_finished);
    object.at("sessions_open").get_to(status.sessions_open);
    object.at("children_open").get_to(status.children_open);
    object.at("max_connections").get_to(status.max_connections);
    object.at("accepting").get_to(status.accepting);
    object.at("log_lines").get_to(status.log_lines);
    object.at("log_dropped").get_to(status.log_dropped);
    object.at("log_waiting").get_to(status.log_waiting);
    for (const json& milter : object.at("milters")) status.milters.push_back(milter_of(milter));
    object.at("measurements").get_to(status.measurements);
    return status;
  });
}

}  // namespace milter_manager::supervision
