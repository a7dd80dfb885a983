// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "core/protocol/command.h"
#include "core/protocol/reply.h"
#include "examples/milter/greylist.h"

namespace example {

namespace protocol = milter_manager::protocol;

struct Header {
  std::string name;
  std::string value;
};

// What the milter is to do; any of it, together.
struct Roles {
  std::vector<Header> added_headers;
  bool greylist = false;
  std::string spam_word;   // "" for none
  bool mark_only = false;  // spam is marked, not rejected
};

// One connection of an MTA. No sockets here: a command comes in, replies are appended to `out`.
//
// Start here for a milter of your own: a command that you don't want, you decline in negotiate(); what you want to know of a
// mail, you collect as it comes by; what you want to change, you change at the end of the message.
class Milter {
 public:
  // Both must outlive the milter.
  Milter(const Roles& roles, Greylist& greylist) : roles_(roles), greylist_(greylist) {}

  void received(const protocol::Command& command, Greylist::Time now, std::string& out);
  bool quitted() const { return quitted_; }

 private:
  void negotiate(const protocol::Option& offer, std::string& out) const;
  protocol::Reply recipient(std::string_view recipient, Greylist::Time now);
  void header(const protocol::command::Header& header);
  void body(std::string_view chunk);
  void end_of_message(std::string& out) const;
  bool has_spam_word(std::string_view text) const;
  void begin_message(std::string_view sender);

  const Roles& roles_;
  Greylist& greylist_;
  bool quitted_ = false;

  std::string address_;  // the client's
  // Of the message:
  std::string sender_;
  std::chrono::seconds waited_{0};
  bool delayed_ = false;
  bool spam_ = false;
  std::string body_end_;  // a word may be cut by the end of a chunk
};

}  // namespace example
