// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tools/edited_mail.h"

#include <algorithm>

#include "core/protocol/esmtp.h"

namespace milter_manager::tools {
namespace {

using namespace protocol;

bool same_address(std::string_view a, std::string_view b) {
  return message::same_name(address_of(a), address_of(b));
}

}  // namespace

EditedMail::EditedMail(const Mail& mail) : mail_(mail) {
  for (const Header& header : mail_.headers) headers_.append(header.name, header.value);
  mail_.headers.clear();
}

void EditedMail::delete_recipient(std::string_view recipient) {
  auto& all = mail_.recipients;
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const std::string& one) { return same_address(one, recipient); });
  if (found != all.end()) all.erase(found);
}

bool EditedMail::apply(const Reply& reply, bool leading_space) {
  const auto value_of = [&](std::string_view value) {
    return leading_space && value.substr(0, 1) == " " ? value.substr(1) : value;
  };
  if (const auto* add = std::get_if<reply::AddHeader>(&reply)) {
    headers_.add(add->name, value_of(add->value));
  } else if (const auto* insert = std::get_if<reply::InsertHeader>(&reply)) {
    headers_.insert(insert->index, insert->name, value_of(insert->value));
  } else if (const auto* change = std::get_if<reply::ChangeHeader>(&reply)) {
    headers_.change(change->index, change->name, value_of(change->value));
  } else if (const auto* from = std::get_if<reply::ChangeFrom>(&reply)) {
    mail_.sender = with_brackets(from->sender);
  } else if (const auto* recipient = std::get_if<reply::AddRecipient>(&reply)) {
    mail_.recipients.push_back(with_brackets(recipient->recipient));
  } else if (const auto* more = std::get_if<reply::AddRecipientWithParameters>(&reply)) {
    mail_.recipients.push_back(with_brackets(more->recipient));
  } else if (const auto* gone = std::get_if<reply::DeleteRecipient>(&reply)) {
    delete_recipient(gone->recipient);
  } else if (const auto* body = std::get_if<reply::ReplaceBody>(&reply)) {
    if (!body_replaced_) mail_.body.clear();
    body_replaced_ = true;
    mail_.body.emplace_back(body->chunk);
  } else {
    return false;
  }
  return true;
}

Mail EditedMail::mail() const {
  Mail mail = mail_;
  for (const auto& header : headers_.headers()) {
    if (!header.deleted) mail.headers.push_back({header.name, header.value});
  }
  return mail;
}

}  // namespace milter_manager::tools
