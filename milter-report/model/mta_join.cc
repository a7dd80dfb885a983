// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/model/mta_join.h"

#include <cmath>
#include <utility>

namespace milter_manager::report {
namespace {

constexpr std::size_t kSpare = 1024;

void copy_client(const MtaLine& line, MtaMail& mta) {
  if (line.client_address.empty()) return;
  mta.client_name = line.client_name;
  mta.client_address = line.client_address;
}

}  // namespace

const std::string& MtaJoin::key_of(std::uint32_t host_number, std::string_view queue_id) {
  key_.clear();
  for (int shift = 0; shift < 32; shift += 8) key_ += static_cast<char>(host_number >> shift & 0xff);
  key_ += queue_id;
  return key_;
}

MtaJoin::Mail& MtaJoin::open(const std::string& key, double time) {
  if (const auto found = mails_.find(key); found != mails_.end()) return found->second;
  Mails::iterator place;
  if (!spare_.empty()) {
    Mails::node_type node = std::move(spare_.back());
    spare_.pop_back();
    node.key() = key;
    place = mails_.insert(std::move(node)).position;
  } else {
    place = mails_.try_emplace(key).first;
  }
  Mail& mail = place->second;
  mail.since = time;
  mail.serial = ++serial_;
  opened_.push_back({key, time, mail.serial});
  return mail;
}

void MtaJoin::take(std::uint32_t host_number, const MtaLine& line) {
  pass(line.time);
  if (line.queue_id.empty()) return;
  const std::string& key = key_of(host_number, line.queue_id);
  auto place = mails_.find(key);
  // Lines that end a mail's way do not begin one.
  const bool begins = line.kind == MtaLine::Kind::client || line.kind == MtaLine::Kind::message_id ||
                      (line.kind == MtaLine::Kind::sender && !line.client_address.empty()) ||
                      line.kind == MtaLine::Kind::refusal;
  if (place == mails_.end() && !begins) return;
  if (place != mails_.end() && line.kind == MtaLine::Kind::client && place->second.told) {
    deliver(place);  // the queue id is used again
    place = mails_.end();
  }
  Mail& mail = place != mails_.end() ? place->second : open(key, line.time);
  mail.told = true;
  copy_client(line, mail.mta);
  if (!line.message_id.empty()) mail.mta.message_id = line.message_id;
  if (line.sender) mail.mta.sender.emplace(*line.sender);
  const bool over = line.kind == MtaLine::Kind::removed;
  if ((mail.waits && mail.mta.sender) || over) deliver(mails_.find(key));
}

void MtaJoin::take(std::uint32_t host_number, const Message& message, std::vector<ChildVerdict>&& children) {
  pass(message.time);
  if (message.queue_id.empty()) {
    Message unjoined = message;
    unjoined.children = children;
    deliver_(unjoined, children);
    return;
  }
  const std::string& key = key_of(host_number, message.queue_id);
  Mail& mail = open(key, message.time);
  if (mail.waits) {
    // A second message of the same queue id: nothing tells whose lines come.
    deliver(mails_.find(key));
    return take(host_number, message, std::move(children));
  }
  mail.waits = true;
  mail.since = message.time;
  mail.message = message;
  mail.message.queue_id = {};  // in the key
  mail.children = std::move(children);
  if (mail.mta.sender) return deliver(mails_.find(key));
  waiting_.push_back({key, message.time, mail.serial});
}

void MtaJoin::deliver(Mails::iterator place) {
  Mails::node_type node = mails_.extract(place);
  Mail& mail = node.mapped();
  if (mail.waits) {
    mail.message.queue_id = std::string_view(node.key()).substr(sizeof(std::uint32_t));
    mail.message.children = mail.children;
    mail.message.mta = mail.told ? &mail.mta : nullptr;
    deliver_(mail.message, mail.children);
  }
  if (spare_.size() >= kSpare) return;
  mail.told = mail.waits = false;
  mail.mta.client_name.clear();
  mail.mta.client_address.clear();
  mail.mta.message_id.clear();
  mail.mta.sender.reset();
  mail.children = {};
  spare_.push_back(std::move(node));
}

void MtaJoin::pass(double time) {
  expire(waiting_, time, kLongestWait, kMaximumMails);
  expire(opened_, time, kLongestOpen, kMaximumMails);
}

// Another file may begin at another time: then nothing more is to come, either.
void MtaJoin::expire(std::deque<Turn>& turns, double time, double limit, std::size_t maximum) {
  while (!turns.empty()) {
    // For each line: those that are gone already go in their turn, without a look.
    const Turn& turn = turns.front();
    if (std::abs(time - turn.time) <= limit && turns.size() <= maximum) return;
    const auto place = mails_.find(turn.key);
    const bool gone = place == mails_.end() || place->second.serial != turn.serial;
    if (!gone && (&turns == &waiting_ || !place->second.waits)) deliver(place);
    turns.pop_front();
  }
}

void MtaJoin::finish() {
  while (!waiting_.empty()) {
    const auto place = mails_.find(waiting_.front().key);
    if (place != mails_.end() && place->second.serial == waiting_.front().serial) deliver(place);
    waiting_.pop_front();
  }
  mails_.clear();
  opened_.clear();
}

}  // namespace milter_manager::report
