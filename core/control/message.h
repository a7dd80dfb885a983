// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.h"

namespace milter_manager::control {

// What goes over the controller's socket: a client sends a command and gets a reply, and may send the next one then. No I/O here.
//
// A message is a length of four bytes (big endian, of what follows), a name, NUL, and the name's text, which may hold anything:
//
//   set-configuration NUL TEXT      puts TEXT into milter-manager.custom.conf; does not reload
//   get-configuration NUL           answered by `configuration`, XML
//   reload NUL                      answered when new sessions take the new configuration, or when it was refused
//   get-status NUL                  answered by `status`, JSON
//   stop-child NUL NAME             new sessions leave this milter out until the next reload
//
//   success NUL
//   failure NUL MESSAGE             what was asked for has been tried, and did not succeed
//   error NUL MESSAGE               it was not tried: it can't be understood, or is not allowed
//   configuration NUL XML
//   status NUL JSON
//
// The framing and all but the JSON are milter manager 2's, so its clients go on working.

enum class CommandKind : std::uint8_t {
  set_configuration,
  get_configuration,
  reload,
  get_status,
  stop_child
};
enum class ReplyKind : std::uint8_t { success, failure, error, configuration, status };

struct Command {
  CommandKind kind = CommandKind::get_status;
  std::string text;  // set_configuration, stop_child
  bool operator==(const Command&) const = default;
};

struct Reply {
  ReplyKind kind = ReplyKind::success;
  std::string text;  // all but success
  bool operator==(const Reply&) const = default;
};

inline Reply error_reply(std::string message) { return {ReplyKind::error, std::move(message)}; }
inline Reply failure_reply(std::string message) { return {ReplyKind::failure, std::move(message)}; }

std::string_view word(CommandKind kind);

// Whole messages, length and all.
std::string encode(const Command& command);
std::string encode(const Reply& reply);
// Of what follows the length.
Result<Command> decode_command(std::string_view content);
Result<Reply> decode_reply(std::string_view content);

inline constexpr std::size_t kMostCommandBytes = std::size_t{1} << 20;
inline constexpr std::size_t kMostReplyBytes = std::size_t{64} << 20;

}  // namespace milter_manager::control
