// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/check.h"

namespace milter_manager::detect {

// The files of a host, below `root` ("": the host itself). Paths are those of the host: absolute, without the root. Links to
// absolute paths are followed below the root.
//
// What can't be read as it should becomes a warning with file and line; a file that is missing is no reason for one.
class Files {
 public:
  static constexpr std::size_t kMaxBytes = 1 << 20;  // of a file; what comes after them is not read

  Files(std::string root, std::vector<config::Problem>& problems)
      : root_(std::move(root)), problems_(problems) {}

  // nullopt: missing, no regular file, or not to be read. Ends before the first NUL. Never waits, as for a FIFO.
  std::optional<std::string> read(const std::string& path);

  bool is_file(const std::string& path) const;
  bool is_executable(const std::string& path) const;
  bool exists(const std::string& path) const;  // of any kind; a link counts, wherever it leads
  bool is_link_to(const std::string& path, std::string_view target) const;
  std::vector<std::string> names_in(const std::string& folder) const;  // sorted; empty where there is none

  void warn(const std::string& path, int line, std::string message);
  // `text` as it may stand in a configuration: nullopt, with a warning, where it has control bytes or is no UTF-8.
  std::optional<std::string> plain(const std::string& path, int line, std::string_view what,
                                   std::string text);

 private:
  std::string place_of(const std::string& path) const;

  std::string root_;
  std::vector<config::Problem>& problems_;
};

std::string_view trimmed(std::string_view text);

}  // namespace milter_manager::detect
