// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/protocol/packet.h"
#include "core/session/session.h"
#include "test/simulation/ends.h"
#include "test/simulation/mta.h"
#include "test/simulation/record.h"

namespace milter_manager::simulation {

using session::Time;

// The world around one Session: streams of bytes that are cut anywhere, milters with their faults, a disk, conditions,
// and time, which passes when nothing else can happen. What happens next is a throw of the dice.
class Manager : public Link, private session::Actions, private session::TagSource, private session::Clock {
 public:
  Manager(const Play& play, std::vector<Transcript>& transcripts, Record* record);
  ~Manager() override;

  bool send(std::string_view bytes, MessageId message) override;
  std::optional<std::string> receive() override;
  // The MTA has no more to say: runs to the end of the session.
  void finish();
  // "" or the first rule that was broken.
  const std::string& fault() const { return fault_; }

  bool disk_has_failed() const { return disk_fails_; }
  // What children have said and the session has heard, under names of messages and (thousands) connections.
  bool refused(std::size_t child, MessageId message, const std::string& recipient = {}) const;
  bool passed(std::size_t child, MessageId message) const;
  // It has refused every recipient that it was asked about: it has no part in the message.
  bool dropped(std::size_t child, MessageId message) const;

 private:
  struct Heard {
    std::string packet;
    MessageId message = 0;
  };
  struct ChildLink {
    bool open = false, connected = false;
    int connections = 0;
    std::unique_ptr<Milter> milter;
    std::unique_ptr<protocol::Framer> framer;
    std::deque<Heard> to_milter;
    std::string to_session;
    std::deque<std::optional<Said>> meanings;  // of the packets on their way to the session
    bool stalled = false, blocked = false, hangs = false, closing = false, quit = false, busy = false;
    Time connects_at{}, hears_at{}, speaks_at{};
    std::optional<Time> drains_at;
    int heard = 0;
  };
  struct Question {
    std::uint32_t id;
    std::size_t child;
    session::Stage stage;
    bool stops;
    bool refused_recipient;
    Time answered_at;
    MessageId message;
  };
  struct Mark {
    std::size_t end;
    MessageId message;
    Time sent;
    session::Seconds blocked;  // how long the MTA had been blocked by then
  };
  struct Store;
  enum class What {
    mta_speaks,
    mta_leaves,
    mta_drains,
    connects,
    hears,
    speaks,
    closes,
    drains,
    condition,
    disk
  };
  struct Choice {
    What what;
    std::size_t index;
  };

  // --- manager.cc: what happens
  bool step();
  void consider(Time at, What what, std::size_t index = 0);
  void gather();
  void do_one(Choice choice);
  void time_passes();
  void mta_speaks();
  void child_connects(std::size_t index);
  void child_hears(std::size_t index);
  void child_speaks(std::size_t index);
  void child_closes(std::size_t index);
  void make_trouble(ChildLink& link, Trouble trouble, std::vector<std::string>& replies, Said& said);
  void answer_condition(std::size_t index);
  void maybe_block();
  session::Seconds blocked_so_far() const;
  Time soon(int milliseconds);
  bool in_trouble(std::size_t index, Trouble trouble) const;
  bool refused_by_mta(const Said& said) const;
  void note_said(std::size_t index, const Said& said);

  // --- manager_actions.cc: what the session wants
  void send_to_mta(std::string_view bytes) override;
  void close_mta() override;
  void open_child(int child) override;
  void send_to_child(int child, std::string_view bytes) override;
  void close_child(int child) override;
  void ask_condition(const session::ConditionRequest& request) override;
  std::unique_ptr<message::BodyStore> create_body_store() override;
  void report(const statistics::Event& event) override;
  void child_busy(int child, bool busy) override { links_[static_cast<std::size_t>(child)].busy = busy; }
  void child_error(int child, bool timed_out) override;
  void log(session::Severity severity, std::string_view text) override;
  std::uint32_t next_tag() override { return ++last_tag_; }
  Time now() const override { return now_; }
  double unix_time() const override { return session::Seconds(now_ - Time{}).count(); }

  void mta_hears(protocol::Packet packet);
  void check_end();
  void fail(std::string text) {
    if (fault_.empty()) fault_ = std::move(text);
  }

  const Play& play_;
  Dice dice_;
  std::vector<Transcript>& transcripts_;
  Record* record_;
  session::KnownChildren known_;
  std::string fault_;
  Time now_{};
  std::uint32_t last_tag_ = 0;

  protocol::Framer framer_;
  std::string from_mta_;
  std::deque<Mark> marks_;
  std::size_t sent_ = 0, taken_ = 0;
  MessageId message_ = 0;  // of the packet that the session has taken last
  std::deque<std::string> to_mta_;
  bool stalled_ = false, mta_left_ = false, mta_quit_ = false, mta_closed_ = false, left_ = false;
  std::optional<Time> mta_drains_at_;
  Time mta_blocked_at_{};
  session::Seconds blocked_before_{0};  // what the MTA has spent in not reading until it read last
  protocol::Option offered_, told_;
  int owed_ = 0;
  char asked_ = 0;
  Time asked_at_{}, last_packet_at_{}, last_sent_at_{}, visit_at_{};
  session::Seconds blocked_at_ask_{0}, blocked_at_last_packet_{0};
  bool rests_ = false;  // between two connections

  std::vector<ChildLink> links_;
  std::vector<Question> questions_;
  int stores_ = 0, disk_turn_ = 0;
  std::optional<Time> disk_at_;
  bool disk_fails_ = false;
  std::vector<Choice> choices_;
  std::optional<Time> next_;

  std::set<std::pair<std::size_t, MessageId>> refused_, passed_;
  std::set<std::pair<std::size_t, std::string>> refused_recipients_;
  std::set<MessageId> answered_;  // messages whose verdict the MTA has been told
  struct Recipients {
    int asked = 0, refused = 0;
  };
  std::map<std::pair<std::size_t, MessageId>, Recipients> recipients_;
  Ends ends_;
  bool negotiated_ = false;
  std::size_t visits_begun_ = 1;
  std::unique_ptr<session::Session> session_;  // last: it goes first
};

}  // namespace milter_manager::simulation
