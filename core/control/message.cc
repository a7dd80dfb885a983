// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/control/message.h"

#include <fmt/format.h>

#include <array>

#include "core/net/frame.h"
#include "core/statistics/escape.h"

namespace milter_manager::control {
namespace {

template <typename Kind>
struct Word {
  Kind kind;
  std::string_view text;
  bool has_payload;
};
constexpr std::array<Word<CommandKind>, 5> kCommands = {{
    {CommandKind::set_configuration, "set-configuration", true},
    {CommandKind::get_configuration, "get-configuration", false},
    {CommandKind::reload, "reload", false},
    {CommandKind::get_status, "get-status", false},
    {CommandKind::stop_child, "stop-child", true},
}};
constexpr std::array<Word<ReplyKind>, 5> kReplies = {{
    {ReplyKind::success, "success", false},
    {ReplyKind::failure, "failure", true},
    {ReplyKind::error, "error", true},
    {ReplyKind::configuration, "configuration", true},
    {ReplyKind::status, "status", true},
}};

// Fit to be told again.
std::string shown(std::string_view text) {
  constexpr std::size_t kMost = 64;
  std::string out;
  statistics::append_escaped(text.substr(0, kMost), '>', out);
  if (text.size() > kMost) out += "...";
  return out;
}

template <typename Message, typename Words>
std::string encode_with(const Message& message, const Words& words) {
  const auto& word = words[static_cast<std::size_t>(message.kind)];
  std::string content(word.text);
  content += '\0';
  if (word.has_payload) content += message.text;
  std::string out;
  net::append_frame(content, out);
  return out;
}

template <typename Message, typename Words>
Result<Message> decode_with(std::string_view content, const Words& words, std::string_view what) {
  const std::size_t end = content.find('\0');
  if (end == std::string_view::npos) {
    return failure(fmt::format("{} isn't terminated by NUL: <{}>", what, shown(content)));
  }
  const std::string_view name = content.substr(0, end);
  const std::string_view payload = content.substr(end + 1);
  for (const auto& word : words) {
    if (word.text != name) continue;
    if (!word.has_payload && !payload.empty()) {
      return failure(fmt::format("{} {} has needless data: <{}>", what, name, shown(payload)));
    }
    return Message{word.kind, std::string(payload)};
  }
  return failure(fmt::format("unexpected {} was received: <{}>", what, shown(name)));
}

}  // namespace

std::string_view word(CommandKind kind) { return kCommands[static_cast<std::size_t>(kind)].text; }

std::string encode(const Command& command) { return encode_with(command, kCommands); }
std::string encode(const Reply& reply) { return encode_with(reply, kReplies); }

Result<Command> decode_command(std::string_view content) {
  return decode_with<Command>(content, kCommands, "command");
}
Result<Reply> decode_reply(std::string_view content) {
  return decode_with<Reply>(content, kReplies, "reply");
}

}  // namespace milter_manager::control
