// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace milter_manager::launcher {

// A milter's command, as the configuration has it.
struct Command {
  std::string line;  // command and options, as a shell would read them
  std::string user;  // whom it runs as; "": whom the launcher runs as
  friend auto operator<=>(const Command&, const Command&) = default;
};

// What goes between the manager and its launcher, in frames (core/net/frame.h). No I/O here.
//
//   allow NUL LINE NUL USER         may be launched; only until `sealed`
//   sealed NUL                      from now on nobody can allow anything
//   launch NUL LINE NUL USER        answered, in order, by one of the first three:
//
//   success NUL
//   failure NUL MESSAGE             it could not be started
//   error NUL MESSAGE               it may not be started, or not now
//   output NUL LINE NUL TEXT        a line that a started command has written to its standard output …
//   complaint NUL LINE NUL TEXT     … or standard error
//   ended NUL LINE NUL TEXT         how it ended, in words
enum class ToLauncher : std::uint8_t { allow, sealed, launch };
enum class FromLauncher : std::uint8_t { success, failure, error, output, complaint, ended };

struct Request {
  ToLauncher kind = ToLauncher::launch;
  Command command;
  bool operator==(const Request&) const = default;
};
struct Report {
  FromLauncher kind = FromLauncher::success;
  std::string line;  // of output, complaint, ended
  std::string text;
  bool operator==(const Report&) const = default;
};

std::string encode(const Request& request);
std::string encode(const Report& report);
// Of a frame's content.
Result<Request> decode_request(std::string_view content);
Result<Report> decode_report(std::string_view content);

inline constexpr std::size_t kMostBytes = std::size_t{1} << 16;

}  // namespace milter_manager::launcher
