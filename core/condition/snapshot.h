// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/config/configuration.h"
#include "core/protocol/command.h"

namespace milter_manager::condition {

// A session as it was when a condition was asked, to be taken to another thread: what user Ruby sees as its context.
// Immutable.
struct Snapshot {
  struct Child {
    std::string name;
    enum class Answer : std::uint8_t {
      none,
      accept,
      reject,
      temporary_failure,
      discard
    } answer = Answer::none;
    bool quitted = false;
  };

  std::uint32_t session = 0;  // its tag: calls of one session stay in order
  std::uint64_t message =
      0;                   // 0 before the first MAIL, then counted: the mail_transaction_shelf belongs to it
  std::size_t milter = 0;  // index of `children`: whom the question is about
  config::Stage stage = config::Stage::connect;
  std::vector<Child> children;
  std::vector<std::pair<std::string, std::string>> macros;  // as that milter sees them; names without braces
  std::size_t n_sessions = 0;

  // What the MTA said at CONNECT.
  std::string client_host;
  protocol::command::Family client_family = protocol::command::Family::unknown;
  std::string client_address;
  std::uint16_t client_port = 0;
  std::string mta_address;  // of our connection with it, as a connection spec

  // What the MTA sent for the stage: HELO's name, MAIL's or RCPT's address, a header's name and value, a piece of
  // the body.
  std::string text;
  std::string value;
  std::vector<std::string> arguments;  // ESMTP
  bool refused_recipient = false;
};

}  // namespace milter_manager::condition
