// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/supervision/worker_messages.h"

#include <utility>

#include "core/supervision/cbor.h"

namespace milter_manager::supervision {
namespace {

using nlohmann::json;

json object_of(const proxy::MilterLoad& load) {
  return {{"name", load.name},
          {"span", load.span},
          {"open", load.open},
          {"busy", load.busy},
          {"busy_mean", load.busy_mean},
          {"busy_max", load.busy_max},
          {"waits", load.waits.buckets()},
          {"errors", load.errors},
          {"timeouts", load.timeouts}};
}

proxy::MilterLoad load_of(const json& object) {
  proxy::MilterLoad load;
  object.at("name").get_to(load.name);
  object.at("span").get_to(load.span);
  object.at("open").get_to(load.open);
  object.at("busy").get_to(load.busy);
  object.at("busy_mean").get_to(load.busy_mean);
  object.at("busy_max").get_to(load.busy_max);
  for (const json& bucket : object.at("waits")) {
    load.waits.add_to_bucket(bucket.at(0).get<std::uint32_t>(), bucket.at(1).get<std::uint32_t>());
  }
  object.at("errors").get_to(load.errors);
  object.at("timeouts").get_to(load.timeouts);
  return load;
}

}  // namespace

std::string encode(const std::vector<proxy::MilterLoad>& loads) {
  json all = json::array();
  for (const proxy::MilterLoad& load : loads) all.push_back(object_of(load));
  return to_cbor(all);
}

Result<std::vector<proxy::MilterLoad>> decode_loads(std::string_view bytes) {
  return read_cbor(bytes, "a worker's load", [](const json& all) {
    std::vector<proxy::MilterLoad> loads;
    for (const json& one : all) loads.push_back(load_of(one));
    return loads;
  });
}

std::string encode(const MilterAnswers& answers) { return to_cbor(json(answers)); }

Result<MilterAnswers> decode_answers(std::string_view bytes) {
  return read_cbor(bytes, "what a worker's milters answered",
                   [](const json& all) { return all.get<MilterAnswers>(); });
}

std::string encode(const std::set<std::string>& names) { return to_cbor(json(names)); }

Result<std::set<std::string>> decode_names(std::string_view bytes) {
  return read_cbor(bytes, "a list of names",
                   [](const json& all) { return all.get<std::set<std::string>>(); });
}

}  // namespace milter_manager::supervision
