// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "core/result.h"
#include "milter-report/processes/minutes.h"

namespace milter_manager::report {

// A folder with an archive for each name of processes, process.NAME.rrd: as long as the object lives nobody else stores samples there.
class ProcessArchives {
 public:
  // Makes the folder if it is missing. Errors: it can't be written, another run is at work there.
  static Result<ProcessArchives> open(const std::string& directory);
  ProcessArchives(ProcessArchives&& other) noexcept;
  ProcessArchives& operator=(ProcessArchives&&) = delete;
  ~ProcessArchives();

  // Stores a minute. Returns what is to be told: archives that could not be written, one that was damaged and is begun anew.
  struct Stored {
    std::vector<std::string> notes;
    bool all = true;  // nothing failed
  };
  Stored store(const std::vector<processes::ProcessRow>& rows) const;

 private:
  ProcessArchives(std::string directory, int lock) : directory_(std::move(directory)), lock_(lock) {}

  std::string directory_;
  int lock_;
};

}  // namespace milter_manager::report
