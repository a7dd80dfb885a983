// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/message/header_list.h"
#include "core/protocol/command.h"
#include "core/protocol/macro.h"
#include "core/protocol/reply.h"
#include "core/session/child.h"
#include "core/session/session.h"

namespace milter_manager::session {

// The session's working parts, by file:
//   engine.cc      what the MTA sends: steps and their answers
//   order.cc       which order of commands is legal, and where messages begin and end in it
//   endings.cc     what ends a message or the connection
//   envelope.cc    commands that go to the children before the message: all at once, or (RCPT) one by one
//   content.cc     the message: fed to one child after another, from the MTA or from what was kept
//   keeping.cc     what of the message is kept for children that come later, and what if that can't be
//   edits.cc       what children change at end of message, and sending it to the MTA
//   children.cc    connecting, negotiating, asking, answers and failures of one child
//   macros.cc      which macros a child is sent, and when
//   deadlines.cc   time
//   reports.cc     statistics
//
// After each event pump() goes on until nothing more can be done.
class Session::Engine {
 public:
  Engine(std::shared_ptr<const Settings> settings, KnownChildren& known, TagSource& tags, const Clock& clock,
         Actions& actions);

  // As in session.h.
  bool wants_mta_packet() const;
  void mta_received(protocol::Packet packet);
  void mta_closed(std::string_view reason);
  void mta_blocked();
  void mta_drained();
  void child_connected(int index);
  bool wants_child_packet(int index) const;
  void child_received(int index, protocol::Packet packet);
  void child_failed(int index, std::string_view reason);
  void child_blocked(int index);
  void child_drained(int index);
  void condition_answered(std::uint32_t id, const ConditionAnswer& answer);
  void body_progressed() { pump(); }
  std::optional<Time> deadline() const;
  void deadline_passed();
  void client_disconnected(Fallback status);
  void shut_down();
  bool finished() const { return finished_; }

  std::uint32_t tag() const { return tag_; }
  std::uint32_t message_number() const { return message_number_; }
  std::string_view client() const { return client_; }
  bool mta_waits() const { return !finished_ && step_.active; }
  const protocol::MacroTable& macros() const { return macros_; }
  const std::vector<Child>& children() const { return children_; }

 private:
  using CommandKind = protocol::CommandKind;

  // Where the connection stands, as far as it decides what may come next.
  enum class Phase : std::uint8_t {
    start,
    negotiated,
    connected,
    envelope,
    headers,
    end_of_headers,
    body,
    end_of_message
  };

  // The command of the MTA that is being worked on.
  struct Step {
    bool active = false;
    CommandKind kind = CommandKind::quit;
    Stage stage = Stage::connect;
    bool reply_due = false;
    std::string packet;  // as it came; only of envelope commands
    Time started;
    Time deadline;
    // RCPT that the MTA itself has refused: shown to those who ask, counted nowhere.
    bool refused_by_mta = false;
    // The child whose verdict on the connection or the message is answered with a temporary failure.
    int deferred_by = -1;
    // Children's answers, by index; none: not answered yet.
    std::vector<std::optional<Verdict>> answers;
  };

  // Where the child that is being shown the message is.
  struct Feed {
    enum class At : std::uint8_t { data, headers, end_of_header, body, end_of_message, finished };
    At at = At::headers;            // data: its conditions of that stage are due, since the MTA sends no DATA
    std::size_t header = 0;         // index in headers_
    std::uint64_t body_offset = 0;  // in the body that it is shown
    bool skipped = false;           // it wants no more of the body
  };

  // --- engine.cc
  void begin_session();
  void negotiate(const protocol::command::Negotiate& offer);
  void answer_accepted(CommandKind kind);
  bool must_wait_for_child() const;
  void note_hold_up();
  void create_children();
  void begin_connection(const protocol::command::Connect& connect);
  void begin_message();
  void note_oddity(std::string_view what);
  void note_queue_id(CommandKind kind);
  void take(const protocol::Command& command, protocol::Packet packet);
  void begin_step(CommandKind kind, Stage stage, protocol::Packet packet);
  Seconds left_of(Seconds limit) const;
  void end_step(const Verdict& verdict);
  void answer_mta(const Verdict& verdict);
  bool reply_due(CommandKind kind) const;
  void pump();

  // --- order.cc
  static bool is_content(CommandKind kind);
  static bool is_of_message(CommandKind kind);
  static Phase phase_after(CommandKind kind);
  bool declined(std::uint32_t events) const;
  bool may_begin_message(CommandKind kind) const;
  bool legal(CommandKind kind) const;
  bool ends_message_before(CommandKind kind) const;

  // --- endings.cc
  void decide(const Verdict& verdict, int by);
  void cut(Child& child);
  void end_message_unanswered(bool aborted);
  void forget_message();
  void decide_connection(const Verdict& verdict, int by);
  void quit_children();
  void reopen_connection();
  void close(std::string_view reason);

  // --- envelope.cc
  void begin_envelope_step(const protocol::Command& command);
  bool refused_by_mta() const;
  bool takes_part(const Child& child) const;
  void pump_envelope();
  void pump_all_at_once();
  void pump_recipient();
  void ask_envelope(int index);
  void envelope_answered(int index, const Verdict& verdict);
  void let_leave(int index);
  void note_recipient(Child& child, const Verdict& verdict);
  bool wants_refused_recipient(const Child& child) const;
  bool lost_all_recipients(const Child& child) const;
  void drop_children_without_recipients();
  void settle_envelope(const Verdict& verdict, int by);

  // --- content.cc
  void begin_content();
  void content_received(const protocol::Command& command, protocol::Packet packet);
  bool is_postfix() const;
  void pump_content();
  bool caught_up() const;
  bool feed_next();
  bool feed_data();
  bool feed_header();
  bool feed_end_of_header();
  bool feed_body();
  bool feed_end_of_message();
  bool passes_conditions(int index, Stage stage, const protocol::Command& command);
  void show_item(int index, CommandKind kind, Stage stage, statistics::State state, std::string_view packet);
  void content_answered(int index, const Verdict& verdict);
  void next_child();

  // --- keeping.cc
  void header_received(const protocol::command::Header& header);
  void body_received(std::string_view chunk, protocol::Packet packet);
  bool body_needed_after(int index) const;
  static bool shown_directly(const Child& child, Stage stage);
  bool asks_at_data(const Child& child) const;
  bool wants_body(const Child& child) const;
  void fail_message(std::string_view reason);
  void lose_kept(std::string_view reason, Stage stage, bool current_has_seen_it);
  void leave_out(int index);

  // --- edits.cc
  void edit(int index, const protocol::Reply& reply, protocol::Packet packet);
  void edit_header(Child& child, const protocol::Reply& reply, protocol::Packet packet);
  void replace_body(int index, std::string_view chunk);
  void replacement_progressed(Child& child);
  void adopt_edits(int index);
  void conclude();
  void pump_emission();
  bool emit_body(message::BodyStore& body);
  void report_emitted(std::string_view packets);

  // --- children.cc
  void contact(int index);
  void negotiated(int index, const protocol::reply::Negotiate& reply);
  void replied(int index, const protocol::Reply& reply, protocol::Packet packet);
  void answered(int index, const Verdict& verdict);
  bool needs_reply(const Child& child, CommandKind kind) const;
  bool wants_event(const Child& child, CommandKind kind) const;
  void overtake(int index);
  void send_command(int index, CommandKind kind, std::string_view packet);
  void ask(int index, Child::Asked asked, Seconds limit);
  void stop_waiting(int index);
  void ask_condition(int index, Stage stage, const protocol::Command& command);
  void condition_over(int index, bool stop, const std::string& condition);
  void fail(int index, std::string_view reason, bool timed_out);
  void abort_message(int index);
  void leave_session(int index);
  bool enforced(const Child& child, Stage stage) const;
  // What its verdict comes to for the mail.
  static Verdict effect_of(const Child& child, const Verdict& verdict);
  std::string enforcement_key(const Child& child, Stage stage) const;

  // --- macros.cc
  static std::size_t macro_slot(CommandKind stage);
  void forget_message_before(std::uint32_t new_macros);
  void send_macros(int index, CommandKind kind);
  std::string macros_for(const Child& child, CommandKind stage) const;
  static void set_macro(Child& child, CommandKind stage, std::string_view name, const std::string& value);

  // --- deadlines.cc
  Time after(Seconds seconds) const;
  void time_out(int index);
  void step_timed_out();
  bool is_awaited(int index) const;

  // --- reports.cc
  void report_child_end(Child& child);
  void report_message(statistics::State state, statistics::Status status);
  void report_session();
  static Stage group_stage(statistics::State state);
  void log(Severity severity, std::string_view text) const;
  void log_child(Severity severity, const Child& child, std::string_view text) const;

  Child& at(int index) { return children_[static_cast<std::size_t>(index)]; }
  const Child& at(int index) const { return children_[static_cast<std::size_t>(index)]; }
  int count() const { return static_cast<int>(children_.size()); }

  std::shared_ptr<const Settings> settings_;
  KnownChildren& known_;
  TagSource& tags_;
  const Clock& clock_;
  Actions& actions_;

  std::uint32_t tag_;
  Time started_;
  bool finished_ = false;
  bool stopping_ = false;
  bool resting_ = false;  // between quit-new-connection and the next command: no session that could end
  bool mta_blocked_ = false;
  std::string out_;  // scratch for packets to be sent
  std::vector<Child> children_;
  protocol::MacroTable macros_;
  std::uint32_t macro_versions_[10] = {};
  std::uint32_t new_macros_ = 0;  // bits of the slots that were defined since the last other command

  // The connection.
  Phase phase_ = Phase::start;
  protocol::Option offer_;
  protocol::Option told_;
  std::optional<Verdict> connection_verdict_;  // answers every later command
  statistics::State state_ = statistics::State::start;
  statistics::Status status_ = statistics::Status::pass;
  std::string client_;  // CONNECT's packet, for conditions and connection checkers
  std::string client_network_;
  bool connection_continued_ = false;  // a verdict in evaluation counts as "continue", not as "accept"
  bool oddity_logged_ = false;
  // Spent on steps without a reply since the last one with: the MTA waits for the next reply meanwhile.
  Seconds unanswered_{0};
  int held_up_by_ = -1;  // the child for whose sake nothing is read from the MTA
  Time held_up_since_;
  std::optional<Time> ready_since_;  // since when the MTA's next packet could be taken
  std::optional<Time> idle_deadline_;
  std::optional<Time> session_deadline_;
  std::uint32_t next_condition_id_ = 1;

  // The message.
  bool in_message_ = false;
  std::uint32_t message_number_ = 0;
  Time message_started_;
  std::optional<Verdict> message_verdict_;  // decided, perhaps not told yet
  bool continued_ = false;  // some child let the message pass without accepting it on the spot
  bool quarantined_ = false;
  std::uint64_t message_bytes_ = 0;
  std::uint64_t recipients_ = 0;
  std::uint64_t refused_ = 0;
  statistics::Status last_refusal_ = statistics::Status::pass;
  std::string queue_id_;
  std::string recipient_domain_;  // of the recipient that is being asked about

  Step step_;

  // The message's content.
  message::HeaderList headers_;
  std::unique_ptr<message::BodyStore> body_;
  message::BodyStore* shown_body_ = nullptr;  // what the current child is shown: body_, or a replacement
  bool data_seen_ = false;                    // the MTA has sent DATA
  bool content_begun_ = false;
  bool headers_kept_ = false;
  bool body_begun_ = false;
  bool body_kept_ = false;
  std::uint64_t kept_bytes_ = 0;  // of the body
  bool body_pending_ = false;     // an append to body_ waits for the disk
  bool read_pending_ = false;     // so does a read for the current child
  bool mta_end_of_header_ = false;
  bool mta_end_of_message_ = false;
  int current_ = -1;     // the child that is shown the message; -1 before the first, count() after the last
  bool direct_ = false;  // current_ has seen all that the MTA has sent: it is waited for
  int step_child_ = -1;  // current_ when the step began
  Feed feed_;
  // What the MTA has just sent and is not kept, during mta_received().
  const protocol::command::Header* direct_header_ = nullptr;
  std::string_view direct_body_;  // the packet
  bool skip_told_ = false;

  // Sending the edits.
  bool emitting_ = false;
  std::size_t emit_child_ = 0;
  std::uint64_t emit_offset_ = 0;
  int body_from_ = -1;  // whose replaced body counts
  std::optional<Time> progress_due_;
};

}  // namespace milter_manager::session
