// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/check.h"
#include "core/config/configuration.h"
#include "core/result.h"

namespace milter_manager::supervision {

// The configuration's files as the evaluating process found them. Workers read these rather than the disk: what one process
// has found good is what all serve with, also one that is started after somebody has broken or deleted a file.
struct ConfigurationFiles {
  std::vector<std::string> load_paths;
  std::string custom_file;  // "": none
  std::string sources;      // ruby::LoadOutcome::sources
};

// What an evaluation of the configuration came to.
struct Evaluation {
  std::shared_ptr<const config::Configuration> configuration;  // never null
  std::vector<config::Problem> problems;
  bool aborted = false;  // an exception ended it: what came after it is missing
  ConfigurationFiles files;

  bool has_errors() const;
  // The errors, one a line: "FILE:LINE: message". "" if there are none.
  std::string errors() const;
};

// On their way between processes. Decoding trusts nothing.
std::string encode(const ConfigurationFiles& files);
Result<ConfigurationFiles> decode_files(std::string_view bytes);
std::string encode(const Evaluation& evaluation);
Result<Evaluation> decode_evaluation(std::string_view bytes);

}  // namespace milter_manager::supervision
