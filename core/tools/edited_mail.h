// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/message/header_list.h"
#include "core/protocol/reply.h"
#include "core/tools/mail.h"

namespace milter_manager::tools {

// A mail in the MTA's hands while a milter edits it: Sendmail's rules for headers.
class EditedMail {
 public:
  explicit EditedMail(const Mail& mail);

  // False if the reply is no edit. `leading_space`: the milter's values begin with the blank behind the colon.
  bool apply(const protocol::Reply& reply, bool leading_space);
  void delete_recipient(std::string_view recipient);

  // How it is now.
  Mail mail() const;

 private:
  Mail mail_;  // but for its headers
  message::HeaderList headers_;
  bool body_replaced_ = false;
};

}  // namespace milter_manager::tools
