// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "milter-report/document.h"
#include "milter-report/model/milter_load.h"

namespace milter_manager::report {

// What to advise on.
struct WorkersQuestion {
  std::string name;                        // "spamd", or the milter's
  std::string setting = "--max-children";  // what is set: "workers" for milters other than spamd
  bool is_spamd = true;
  std::optional<std::uint32_t> workers;      // how many there are now
  std::optional<std::uint64_t> memory;       // bytes of one
  std::optional<std::uint64_t> connections;  // SMTP connections at once, at most
};

// A section for each host: load, how many workers it takes, the busiest hours, what spamd says of itself, conclusions.
void add_workers(const std::map<std::string, HostLoad, std::less<>>& hosts, const WorkersQuestion& question,
                 Document& document);

// The section for who has no load to measure: the rule.
Section section_without_load(const WorkersQuestion& question, std::uint64_t most_open);

}  // namespace milter_manager::report
