// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>

#include "core/maillog/minutes.h"
#include "core/result.h"

namespace milter_manager::log_analyzer {

// The milters that have archives in a directory. Each costs some megabytes, and who can write to the log can make up
// names: when there are kMaximum, no further one gets any until some are removed.
class ArchivedMilters {
 public:
  static constexpr std::size_t kMaximum = 250;

  static Result<ArchivedMilters> of(const std::string& directory);

  // Takes up the milters of these rows, as long as there is room: those with the most events first.
  void take_up(const maillog::SeriesTable& rows);
  // Whether a milter, by its name in the log, has archives or may get some.
  bool has(std::string_view milter) const;
  // How many milters in all rows there was no room for.
  std::size_t left_out() const { return left_out_.size(); }

 private:
  std::set<std::string> safe_names_;
  std::set<std::string> left_out_;
};

}  // namespace milter_manager::log_analyzer
