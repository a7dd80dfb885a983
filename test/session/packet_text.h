// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/protocol/command.h"
#include "core/protocol/option.h"

namespace milter_manager::session {

// Packets in the words of scenarios. What is left out of a command has a usual value: "mail" is
// "mail <sender@example.net>". Functions throw std::runtime_error on words without a meaning.
std::string command_packet(const std::vector<std::string>& words);
std::string reply_packet(const std::vector<std::string>& words);

// The words of a packet, to be shown; what is no command (reply) is shown as a raw packet.
std::string command_text(std::string_view packet);
std::string reply_text(std::string_view packet);

// "all|!skip", "none", "no-helo|skip", "0x800000".
std::uint32_t parse_actions(std::string_view text);
std::uint32_t parse_steps(std::string_view text);
// "version=6", "actions=…", "steps=…"; no other word. What is not said stays.
bool parse_option(std::string_view word, protocol::Option& option);
// "connect=\"j v\"": appends to the bytes of SymbolLists.
bool parse_symbols(std::string_view word, std::string& lists);

protocol::CommandKind command_kind(std::string_view word);

}  // namespace milter_manager::session
