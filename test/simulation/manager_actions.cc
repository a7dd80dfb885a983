// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>

#include "core/protocol/reply.h"
#include "test/simulation/manager.h"

namespace milter_manager::simulation {

using session::Seconds;

// Slow: everything waits for the next turn of the disk.
struct Manager::Store : message::BodyStore {
  explicit Store(Manager& manager) : manager_(manager) { ++manager_.stores_; }
  ~Store() override { --manager_.stores_; }

  Progress append(std::string_view bytes) override {
    if (manager_.disk_fails_) return Progress::failed;
    if (appending_) {
      if (!bytes.empty()) manager_.fail("a store that is not done yet was appended to");
      if (manager_.disk_turn_ <= append_turn_) return Progress::pending;
      appending_ = false;
      return Progress::done;
    }
    bytes_ += bytes;
    if (manager_.play_.disk != Play::Disk::slow) return Progress::done;
    appending_ = true;
    append_turn_ = wait();
    return Progress::pending;
  }

  Read read(std::uint64_t offset, std::size_t max_bytes) override {
    if (manager_.disk_fails_) return {Progress::failed, {}};
    if (manager_.play_.disk == Play::Disk::slow && !reading_) {
      reading_ = true;
      read_turn_ = wait();
    }
    if (reading_ && manager_.disk_turn_ <= read_turn_) return {Progress::pending, {}};
    reading_ = false;
    piece_ = std::make_unique<std::string>(
        std::string_view(bytes_).substr(std::min<std::size_t>(offset, bytes_.size()), max_bytes));
    return {Progress::done, *piece_};
  }

  std::uint64_t size_bytes() const override { return bytes_.size(); }

 private:
  int wait() {
    if (!manager_.disk_at_) manager_.disk_at_ = manager_.soon(5);
    return manager_.disk_turn_;
  }

  Manager& manager_;
  std::string bytes_;
  std::unique_ptr<std::string>
      piece_;  // a new one each time, so that the sanitizers see who keeps the old one
  bool appending_ = false, reading_ = false;
  int append_turn_ = 0, read_turn_ = 0;
};

std::unique_ptr<message::BodyStore> Manager::create_body_store() {
  if (play_.disk == Play::Disk::fails && !disk_fails_ && dice_.percent(50)) {
    disk_fails_ = true;
    if (record_) record_->line("# spool fails");
  }
  return std::make_unique<Store>(*this);
}

void Manager::send_to_mta(std::string_view bytes) {
  if (mta_closed_) return fail("sent to the MTA behind the end");
  protocol::Framer framer;
  const auto result = framer.feed(bytes, [&](protocol::Packet packet) {
    mta_hears(packet);
    to_mta_.emplace_back(packet.raw);
    return true;
  });
  if (!result || framer.buffered_bytes() != 0) fail("the MTA was sent what is no whole packet");
}

void Manager::mta_hears(protocol::Packet packet) {
  if (record_) record_->mta_hears(packet.raw);
  const auto answer = protocol::decode_reply(packet);
  if (!answer) return fail("the MTA was sent " + answer.error().message);
  if (const auto* negotiated = std::get_if<protocol::reply::Negotiate>(&*answer)) {
    if (negotiated_) fail("the negotiation was answered twice");
    negotiated_ = true;
    told_ = negotiated->option;
    if (told_.steps & ~offered_.steps) fail("the MTA was told of steps that it did not offer");
    if (told_.actions & ~offered_.actions) fail("the MTA was told of actions that it did not offer");
    return;
  }
  // The time in which the MTA itself did not read is not counted, nor is the clock's grain.
  const Seconds waited = now_ - asked_at_ - (blocked_so_far() - blocked_at_ask_);
  const Seconds silence = now_ - last_packet_at_ - (blocked_so_far() - blocked_at_last_packet_);
  last_packet_at_ = now_;
  blocked_at_last_packet_ = blocked_so_far();
  const Seconds grain(0.001);
  const bool last = asked_ == 'E';
  const Seconds limit = last ? play_.settings.end_of_message_deadline : play_.settings.reply_deadline;
  if (waited > limit + grain) fail(fmt::format("{} was answered after {} s", asked_, waited.count()));
  if (last && silence > play_.settings.progress_interval + play_.settings.reply_deadline + grain) {
    fail(fmt::format("the MTA heard nothing for {} s at the end of a message", silence.count()));
  }
  if (std::string_view("carty4ds").find(packet.kind()) == std::string_view::npos) {
    if (owed_ != 1 || !last) fail(fmt::format("the MTA was sent {} when it waits for none", packet.kind()));
    return;
  }
  const std::string_view of_message = asked_ == 'R' ? "ad4" : "arty4d";
  if (last || of_message.find(packet.kind()) != std::string_view::npos) answered_.insert(message_);
  if (packet.kind() == 's' && (asked_ != 'B' || (told_.steps & protocol::step::kSkip) == 0))
    fail("skip, unasked");
  if (--owed_ < 0) fail("the MTA was sent an answer that it did not wait for");
}

void Manager::close_mta() {
  if (mta_closed_) fail("the MTA's connection was closed twice");
  mta_closed_ = true;
  if (record_ && !mta_quit_) record_->line("mta < close");
}

void Manager::open_child(int child) {
  const auto index = static_cast<std::size_t>(child);
  ChildLink& link = links_[index];
  if (link.open) return fail("a milter was connected to twice");
  if (record_) record_->child(index, "< open");
  const int connections = link.connections;
  const bool busy = link.busy;
  link = {};
  link.open = true;
  link.busy = busy;
  link.connections = connections + 1;
  link.milter = std::make_unique<Milter>(play_.milters[index], transcripts_[index]);
  link.framer = std::make_unique<protocol::Framer>();
  link.connects_at = soon(30);
}

void Manager::send_to_child(int child, std::string_view bytes) {
  const auto index = static_cast<std::size_t>(child);
  ChildLink& link = links_[index];
  if (!link.connected) return fail("a milter that is not connected was sent something");
  protocol::Framer framer;
  const auto result = framer.feed(bytes, [&](protocol::Packet packet) {
    if (record_) record_->child_hears(index, packet.raw);
    if (packet.kind() == 'Q') link.quit = true;
    if (link.to_milter.empty()) link.hears_at = std::max(link.hears_at, soon(20));
    link.to_milter.push_back({std::string(packet.raw), message_});
    return true;
  });
  if (!result || framer.buffered_bytes() != 0) fail("a milter was sent what is no whole packet");
}

void Manager::close_child(int child) {
  const auto index = static_cast<std::size_t>(child);
  ChildLink& link = links_[index];
  if (!link.open) return fail("a milter's connection was closed twice");
  if (record_ && !link.quit) record_->child(index, "< close");
  // What was sent is still delivered.
  for (const Heard& heard : link.to_milter) {
    std::vector<std::string> ignored;
    link.milter->hear({heard.packet}, heard.message, ignored);
    if (!link.milter->complaint().empty()) fail(link.milter->complaint());
  }
  link.to_milter.clear();
  link.to_session.clear();
  link.meanings.clear();
  link.drains_at.reset();
  link.open = link.connected = link.blocked = link.stalled = false;
}

void Manager::ask_condition(const session::ConditionRequest& request) {
  const auto child = static_cast<std::size_t>(request.child);
  std::string_view subject;
  if (const auto* recipient = std::get_if<protocol::command::Recipient>(request.command)) {
    subject = recipient->recipient;
  }
  if (const auto* header = std::get_if<protocol::command::Header>(request.command)) subject = header->name;
  const bool slow = !play_.calm && dice_.percent(3);
  questions_.push_back({request.id, child, request.stage,
                        condition_stops(play_, child, request.stage, message_, subject),
                        request.refused_recipient,
                        slow ? now_ + std::chrono::milliseconds(dice_.below(12000)) : soon(40), message_});
}

void Manager::report(const statistics::Event& event) { ends_.take(event); }

void Manager::child_error(int child, bool) {
  if (play_.calm) fail(fmt::format("milter {} has failed though all went well", child));
}

void Manager::log(session::Severity severity, std::string_view text) {
  if (record_ && severity <= session::Severity::warning) record_->line("# " + std::string(text));
  if (play_.calm && severity == session::Severity::error) fail(std::string(text));
}

void Manager::check_end() {
  if (session_->deadline()) fail("a session that is over waits for a deadline");
  if (session_->wants_mta_packet()) fail("a session that is over wants packets");
  if (!mta_closed_) fail("the MTA's connection was left open");
  if (stores_ != 0) fail("a body store was left");
  if (owed_ != 0 && play_.calm) fail("the MTA got no answer");
  for (const ChildLink& link : links_) {
    if (link.open) fail("a milter's connection was left open");
    if (link.busy) fail("a milter was left busy");
  }
  const std::size_t connections = visits_begun_;
  if (std::string text = ends_.fault(connections, links_.size(), negotiated_); !text.empty()) fail(text);
}

}  // namespace milter_manager::simulation
