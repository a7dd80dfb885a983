// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/maillog/line_parser.h"

namespace milter_manager::report {

// A line of the MTA's own, as far as it tells of a mail.
//
//   postfix/smtpd[812]: 4Xyz: client=mail.example.com[192.0.2.1]                                       client
//   postfix/cleanup[813]: 4Xyz: message-id=<1@example.com>                                             message_id
//   postfix/qmgr[90]: 4Xyz: from=<a@example.com>, size=1234, nrcpt=1 (queue active)                    sender
//   postfix/smtp[92]: 4Xyz: to=<b@example.org>, orig_to=<c@example.org>, relay=…, dsn=2.0.0, status=sent (…)  delivery
//   postfix/smtpd[812]: NOQUEUE: milter-reject: RCPT from mail.example.com[192.0.2.1]: 451 4.7.1 …; from=<…> to=<…>  refusal
//   postfix/cleanup[813]: 4Xyz: milter-reject: END-OF-MESSAGE from …: 5.7.1 …; from=<…> to=<…>         refusal
//   postfix/qmgr[90]: 4Xyz: removed                                                                    removed
//   sendmail[77]: wABCDEF: from=<a@example.com>, size=…, msgid=<…>, …, relay=mail.example.com [192.0.2.1]   sender, with the client and the message id
//   sendmail[78]: wABCDEF: to=<b@example.org>, …, dsn=2.0.0, stat=Sent (…)                             delivery
//   sendmail[77]: wABCDEF: Milter: to=<b@example.org>, reject=451 4.7.1 …                              refusal
struct MtaLine {
  enum class Kind : std::uint8_t { client, message_id, sender, delivery, refusal, removed };
  Kind kind = Kind::client;
  double time = 0;  // Unix seconds
  std::string_view host;
  std::string_view program;   // "postfix/smtpd"
  std::string_view queue_id;  // "" where there is none yet (NOQUEUE)
  std::string_view client_name;
  std::string_view client_address;
  std::optional<std::string_view> sender;     // without "<>"; "" is the null sender
  std::optional<std::string_view> recipient;  // of a delivery or a refusal, without "<>"
  std::string_view original_recipient;        // Postfix's orig_to
  std::string_view message_id;                // without "<>"
  // Of a delivery "sent", "deferred", "bounced" … (Sendmail's "Sent" is "sent"); of a refusal "reject", "discard", "hold".
  std::string_view status;
  std::string_view stage;  // of a refusal: "RCPT", "END-OF-MESSAGE"; "" where it is not told
  int reply_code = 0;      // of a refusal: 451; 0 where only an enhanced code is told
  std::string_view
      reply;  // of a refusal: from the code on: "451 4.7.1 Greylisting in action"; of a delivery the text in parentheses
  bool by_milter = false;  // a refusal by a milter, and not the MTA's own
  std::string_view text;   // the whole text behind the program
};

// Reads what another program than the manager wrote. None for who is no MTA, and for lines that tell of no mail.
// Cost: below 100 ns for other programs; no allocation. The views point into `line`.
std::optional<MtaLine> parse_mta_line(const maillog::OtherLine& line);

}  // namespace milter_manager::report
