// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/protocol/command.h"
#include "core/protocol/packet.h"
#include "core/protocol/reply.h"
#include "core/tools/edited_mail.h"
#include "core/tools/script.h"

namespace milter_manager::tools {

// How a mail ended.
enum class Status : std::uint8_t {
  pass,
  accept,
  reject,
  temporary_failure,
  discard,
  quarantine,
  abort,  // the milter answered shutdown
  error,  // the milter answered connection failure, or the session could not be held to its end
};
std::string_view name_of(Status status);

struct Outcome {
  bool negotiated = false;
  Status status = Status::pass;
  std::string reply_code;         // "550 5.7.1 no" when the milter gave one with its verdict
  std::string quarantine_reason;  // "" for none
  std::string error;              // why the session was not held to its end; "" when it was
  Mail mail;  // as the MTA would deliver it: without refused recipients, with the milter's edits
};

// The MTA's side of one connection, without I/O: says what the script has, and takes note of what the milter answers.
//
//   MtaSession session(script);
//   std::string out;
//   session.start(out);                  // write `out`
//   session.received(packet, out);       // for each packet: write `out`
//   if (session.finished()) …            // write `out`, close
//
// Steps that the milter does not want are left out, those that it does not answer are not waited for. A refused
// recipient is removed; when none is left the last refusal is the mail's end.
class MtaSession {
 public:
  // `script` must outlive the session.
  explicit MtaSession(const Script& script);

  void start(std::string& out);
  // Precondition: !finished().
  void received(protocol::Packet packet, std::string& out);
  // The connection ended, or the milter took too long: no more is said.
  void lost(std::string_view reason);

  bool finished() const { return finished_; }
  // What the milter is to answer.
  protocol::CommandKind waiting_for() const { return waiting_for_; }
  const Outcome& outcome() const { return outcome_; }

 private:
  struct Step {
    protocol::CommandKind kind;
    std::size_t index = 0;        // which recipient or header
    std::string_view chunk = {};  // of the body
  };

  void plan();
  void advance(std::string& out);
  bool wanted(const Step& step) const;
  void say(const Step& step, std::string& out) const;
  void say_macros(const Step& step, std::string& out) const;

  void negotiated(const protocol::Reply& reply, std::string& out);
  bool edited(const protocol::Reply& reply);
  void answered(const protocol::Reply& reply, std::string& out);
  void refused(Status status, std::string_view reply_code, std::string& out);
  bool no_recipient_left() const;
  void end(Status status, std::string_view reply_code, std::string& out);
  void fail(std::string message);

  const Script& script_;
  std::vector<Step> steps_;
  std::size_t next_ = 0;
  protocol::CommandKind waiting_for_ = protocol::CommandKind::negotiate;
  bool finished_ = false;

  protocol::Option option_;
  std::string symbols_;  // the milter's symbol lists
  bool skip_body_ = false;

  EditedMail mail_;
  std::size_t refusals_ = 0;  // of recipients
  Status last_refusal_ = Status::pass;
  std::string last_refusal_code_;
  bool quarantined_ = false;
  Outcome outcome_;
};

}  // namespace milter_manager::tools
