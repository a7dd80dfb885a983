// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/supervision/evaluation.h"

#include <utility>

#include "core/config/exchange.h"
#include "core/supervision/cbor.h"

namespace milter_manager::supervision {
namespace {

using nlohmann::json;

bool is_error(const config::Problem& problem) { return problem.severity == config::Problem::Severity::error; }

json object_of(const ConfigurationFiles& files) {
  return {{"load_paths", files.load_paths}, {"custom_file", files.custom_file}, {"sources", files.sources}};
}

ConfigurationFiles files_of(const json& object) {
  return {object.at("load_paths").get<std::vector<std::string>>(),
          object.at("custom_file").get<std::string>(), object.at("sources").get<std::string>()};
}

}  // namespace

bool Evaluation::has_errors() const {
  for (const config::Problem& problem : problems) {
    if (is_error(problem)) return true;
  }
  return aborted;
}

std::string Evaluation::errors() const {
  std::string lines;
  for (const config::Problem& problem : problems) {
    if (!is_error(problem)) continue;
    if (!lines.empty()) lines += '\n';
    lines += config::format(problem);
  }
  if (lines.empty() && aborted) lines = "the configuration could not be read to its end";
  return lines;
}

std::string encode(const ConfigurationFiles& files) { return to_cbor(object_of(files)); }

Result<ConfigurationFiles> decode_files(std::string_view bytes) {
  return read_cbor(bytes, "configuration files", [](const json& object) { return files_of(object); });
}

std::string encode(const Evaluation& evaluation) {
  return to_cbor({{"configuration", config::encode(*evaluation.configuration)},
                  {"problems", config::encode(evaluation.problems)},
                  {"aborted", evaluation.aborted},
                  {"files", object_of(evaluation.files)}});
}

Result<Evaluation> decode_evaluation(std::string_view bytes) {
  struct Parts {
    std::string configuration, problems;
    bool aborted = false;
    ConfigurationFiles files;
  };
  auto parts = read_cbor(bytes, "an evaluation", [](const json& object) {
    return Parts{object.at("configuration").get<std::string>(), object.at("problems").get<std::string>(),
                 object.at("aborted").get<bool>(), files_of(object.at("files"))};
  });
  if (!parts) return tl::unexpected(parts.error());
  auto configuration = config::decode(parts->configuration);
  if (!configuration) return tl::unexpected(configuration.error());
  auto problems = config::decode_problems(parts->problems);
  if (!problems) return tl::unexpected(problems.error());
  return Evaluation{std::make_shared<config::Configuration>(std::move(*configuration)), std::move(*problems),
                    parts->aborted, std::move(parts->files)};
}

}  // namespace milter_manager::supervision
