// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "milter-report/processes/process.h"

namespace re2 {
class RE2;
}

namespace milter_manager::report::processes {

// Which processes to look at: those of a name, those of a number, those whose number is in a file; of these, where there are
// filters, those whose command line any of them fits.
class Selection {
 public:
  Selection();
  Selection(Selection&&) noexcept;
  Selection& operator=(Selection&&) noexcept;
  ~Selection();

  void add_name(std::string name);
  void add_pid(int pid);
  // Every *.pid below the folder, looked at anew each time: services restart. Links to folders are not followed.
  void add_pid_directory(std::string path);
  // A regular expression (RE2's syntax), whatever the case. Error: it is none.
  Result<void> add_filter(const std::string& pattern);

  bool is_empty() const { return names_.empty() && pids_.empty() && pid_directories_.empty(); }
  bool has_names() const { return !names_.empty(); }
  const std::vector<std::string>& names() const { return names_; }

  // The pids to look at, as told or as found in files, in order. A folder that can't be read, and no more than that, adds a sentence to
  // `problems`: files without a number and numbers of nobody are what is left of services that ended.
  std::vector<int> pids(std::vector<std::string>& problems) const;
  // The name that the process goes by among those that were given; "" if by none.
  std::string_view name_of(const Process& process) const;
  bool passes_filters(const Process& process) const;

 private:
  std::vector<std::string> names_;
  std::vector<int> pids_;
  std::vector<std::string> pid_directories_;
  std::vector<std::unique_ptr<re2::RE2>> filters_;
};

}  // namespace milter_manager::report::processes
