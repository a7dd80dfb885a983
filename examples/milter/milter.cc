// SPDX-License-Identifier: GPL-3.0-or-later
#include "examples/milter/milter.h"

#include <fmt/format.h>

#include <algorithm>

namespace example {
namespace {

namespace action = protocol::action;
namespace command = protocol::command;
namespace reply = protocol::reply;
namespace step = protocol::step;
using protocol::encode;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_letters(char a, char b) { return lower(a) == lower(b); }

std::string hours_minutes_seconds(std::chrono::seconds duration) {
  const auto seconds = duration.count();
  return fmt::format("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

void add_header(std::string_view name, std::string_view value, std::string& out) {
  encode(reply::AddHeader{name, value}, out);
}

}  // namespace

void Milter::received(const protocol::Command& command, Greylist::Time now, std::string& out) {
  if (const auto* offer = std::get_if<command::Negotiate>(&command)) {
    negotiate(offer->option, out);
  } else if (std::holds_alternative<command::Quit>(command)) {
    quitted_ = true;
  } else if (std::holds_alternative<command::Abort>(command)) {
    begin_message({});
  } else if (std::holds_alternative<command::DefineMacro>(command) ||
             std::holds_alternative<command::QuitNewConnection>(command)) {
    // Neither is answered.
  } else if (const auto* said_recipient = std::get_if<command::Recipient>(&command)) {
    encode(recipient(said_recipient->recipient, now), out);
  } else if (const auto* end = std::get_if<command::EndOfMessage>(&command)) {
    body(end->chunk);
    end_of_message(out);
  } else {
    if (const auto* connect = std::get_if<command::Connect>(&command)) address_ = connect->address;
    if (const auto* mail = std::get_if<command::Mail>(&command)) begin_message(mail->sender);
    if (const auto* said_header = std::get_if<command::Header>(&command)) header(*said_header);
    if (const auto* said_body = std::get_if<command::Body>(&command)) body(said_body->chunk);
    encode(reply::Continue{}, out);
  }
}

// Asks for no more than the roles need: each event that is declined saves the MTA a round trip.
void Milter::negotiate(const protocol::Option& offer, std::string& out) const {
  std::uint32_t unwanted = step::kNoHelo | step::kNoUnknown | step::kNoData | step::kNoEndOfHeader;
  if (!roles_.greylist) unwanted |= step::kNoConnect | step::kNoRecipient;
  if (roles_.spam_word.empty()) unwanted |= step::kNoHeaders | step::kNoBody;
  const protocol::Option option{std::min(offer.version, protocol::kMaxVersion),
                                offer.actions & action::kAddHeaders, offer.steps & unwanted};
  encode(reply::Negotiate{option, {}}, out);
}

void Milter::begin_message(std::string_view sender) {
  sender_ = sender;
  waited_ = {};
  delayed_ = false;
  spam_ = false;
  body_end_.clear();
}

protocol::Reply Milter::recipient(std::string_view recipient, Greylist::Time now) {
  if (!roles_.greylist) return reply::Continue{};
  const auto waited = greylist_.waited(address_, sender_, std::string(recipient), now);
  if (!waited) return reply::ReplyCode{"451 4.7.1 Greylisting in action, please come back later"};
  delayed_ = true;
  waited_ = std::max(waited_, *waited);
  return reply::Continue{};
}

bool Milter::has_spam_word(std::string_view text) const {
  const std::string& word = roles_.spam_word;
  return !word.empty() &&
         std::search(text.begin(), text.end(), word.begin(), word.end(), same_letters) != text.end();
}

void Milter::header(const command::Header& header) {
  constexpr std::string_view kSubject = "Subject";
  if (std::equal(header.name.begin(), header.name.end(), kSubject.begin(), kSubject.end(), same_letters)) {
    spam_ = spam_ || has_spam_word(header.value);
  }
}

void Milter::body(std::string_view chunk) {
  if (spam_ || roles_.spam_word.empty()) return;
  // Only as much as a word needs: a mail may be large, this milter stays small.
  const std::size_t overlap = roles_.spam_word.size() - 1;
  const std::string joint = body_end_ + std::string(chunk.substr(0, overlap));
  spam_ = has_spam_word(joint) || has_spam_word(chunk);
  body_end_ = chunk.size() >= overlap ? std::string(chunk.substr(chunk.size() - overlap)) : joint;
  if (body_end_.size() > overlap) body_end_.erase(0, body_end_.size() - overlap);
}

void Milter::end_of_message(std::string& out) const {
  if (spam_ && !roles_.mark_only) {
    encode(reply::ReplyCode{"550 5.7.1 This message looks like spam"}, out);
    return;
  }
  for (const Header& header : roles_.added_headers) add_header(header.name, header.value, out);
  if (delayed_)
    add_header("X-Greylist", fmt::format("Delayed for {} by example-milter", hours_minutes_seconds(waited_)),
               out);
  if (!roles_.spam_word.empty()) {
    add_header(spam_ ? "X-Spam-Flag" : "X-Spam-Status", spam_ ? "YES" : "No", out);
  }
  encode(reply::Continue{}, out);
}

}  // namespace example
