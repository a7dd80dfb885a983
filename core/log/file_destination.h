// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/log/writer.h"
#include "core/result.h"

namespace milter_manager::log {

// A file that grows at its end, or standard output ("" or "-"). A full disk is waited for; a pipe that nobody
// reads any more takes and forgets everything.
//
// Error of opening: "failed to set log output path: <PATH>: Permission denied".
//
// reopen() closes the file and opens its path again, for those who rotate logs; when that fails it goes on
// with standard output, and starts with the line that `reopen_failed`, called on the writer's thread, makes
// of the reason.
Result<std::unique_ptr<Destination>> open_file_destination(
    const std::string& path, std::function<std::string(std::string_view reason)> reopen_failed);

}  // namespace milter_manager::log
