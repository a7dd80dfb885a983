// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <catch2/catch.hpp>

#include "core/maillog/report_rules.h"

namespace milter_manager::maillog {

// The rules that are installed with the programs.
inline const ReportRules& shipped_rules() {
  static const ReportRules rules = [] {
    const std::string folder = std::string(PROJECT_ROOT) + "/share/report-rules";
    auto loaded = ReportRules::load({&folder, 1});
    INFO((loaded ? std::string() : loaded.error().message));
    REQUIRE(loaded);
    return std::move(*loaded);
  }();
  return rules;
}

}  // namespace milter_manager::maillog
