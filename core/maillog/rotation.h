// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace milter_manager::maillog {

// The files beside a log that hold what it held before, by their names, newest first:
//
//   mail.log.1  mail.log.2.gz  mail.log.10.xz            numbered: 1 is the newest
//   mail.log-20260914  mail.log-20260914.zst             dated
//   mail-20260914.log  mail.1.log.gz                     with the log's extension behind
//
// A log's packed and unpacked form may both be there for a while: the unpacked one comes first.
// Empty where the folder can't be read.
std::vector<std::string> rotated_logs(const std::string& path);

// Whether a file of that name may be such a one of a log of that name; without folders.
bool is_rotation_of(std::string_view name, std::string_view log_name);

// Paths for file name patterns as in the shell, each once. A pattern that is a file's name, and one that fits
// no file,
// stands for itself.
std::vector<std::string> expand_patterns(const std::vector<std::string>& patterns);

}  // namespace milter_manager::maillog
