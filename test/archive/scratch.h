// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "core/archive/archive.h"
#include "test/read_file.h"

namespace milter_manager::archive {

// A directory of a test's own, removed with all that is in it.
class ScratchDirectory {
 public:
  ScratchDirectory();
  ~ScratchDirectory();
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;

  const std::string& path() const { return path_; }
  std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }

 private:
  std::string path_;
};

// Runs `rrdtool ARGUMENTS`, in `directory`, and returns what it prints. Fails the test if rrdtool does.
std::string rrdtool(const ScratchDirectory& directory, const std::string& arguments);

void write_file(const std::string& path, std::string_view text);

// 2026-09-14 00:13 UTC and a number of minutes.
Minute minute(std::int64_t number);

// The value of `source` in the minute row of `minute`; NaN where there is none.
double value_at(const Archive& archive, Minute minute, std::string_view source);

}  // namespace milter_manager::archive
