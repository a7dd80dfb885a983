// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/result.h"

namespace milter_manager::daemon {

// A file with this process's number and a line end; gone with the object, if it still holds that number.
class PidFile {
 public:
  // Readable for all. A file that is there already is replaced, a link too: never what it points to. A relative path
  // is of the working directory now, also when that is another one later.
  static Result<PidFile> create(const std::string& path);
  PidFile() = default;
  PidFile(PidFile&& other) noexcept;
  PidFile& operator=(PidFile&& other) noexcept;
  ~PidFile();

  void remove();

 private:
  std::string path_;  // "": none
};

}  // namespace milter_manager::daemon
