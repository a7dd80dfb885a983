// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/protocol/command.h"
#include "core/protocol/packet.h"
#include "test/simulation/play.h"

namespace milter_manager::simulation {

// What a milter has seen of one message (of one connection, where it has seen no message).
struct Seen {
  std::vector<std::string> envelope;  // "M<a@b> SIZE=1", "R<c@d>", with the macros that came
  std::vector<std::string> headers;
  std::string body;
  bool part_of_body = false;  // it has left or skipped
  bool end_of_header = false;
  bool end = false;
};
using Transcript = std::map<MessageId, Seen>;

// What it answered to one command.
struct Said {
  char command = 0;
  MessageId message = 0;
  char verdict = 0;     // 'c', 'a', 's' …; 0 for no answer
  std::string subject;  // the recipient
  std::size_t packets = 0;
};

using Macros = std::map<std::string, std::string>;

// One connection of a milter that always answers alike what is alike.
class Milter {
 public:
  Milter(const MilterManner& manner, Transcript& transcript) : manner_(manner), transcript_(transcript) {}

  // Appends its answer to `replies`.
  Said hear(protocol::Packet packet, MessageId message, std::vector<std::string>& replies);
  // "" or what must not have been sent to it.
  const std::string& complaint() const { return complaint_; }
  const protocol::Option& option() const { return option_; }

 private:
  void note(char kind, const protocol::Command& command, Seen& seen);
  std::string answer(char kind, std::uint64_t fate, Said& said) const;
  void edit(std::uint64_t fate, std::vector<std::string>& replies) const;
  void note_macros(const protocol::command::DefineMacro& macros);
  std::string macros_of(char kind) const;

  const MilterManner& manner_;
  Transcript& transcript_;
  protocol::Option option_;
  std::map<char, Macros> macros_;
  std::string complaint_;
};

// The bits of a command: that it is not wanted, and that it is not answered.
struct Bits {
  std::uint32_t no_event = 0;
  std::uint32_t no_reply = 0;
};
Bits bits(char command);
bool understands(const protocol::Option& option, char command);

}  // namespace milter_manager::simulation
