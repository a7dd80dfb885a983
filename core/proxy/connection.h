// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/net/stream.h"
#include "core/net/timer.h"
#include "core/proxy/child_stream.h"
#include "core/proxy/generation.h"
#include "core/proxy/inbox.h"
#include "core/session/session.h"

namespace milter_manager::proxy {

class Connection;

class ConnectionOwner {
 public:
  virtual ~ConnectionOwner() = default;
  // At a burst's end. The connection may be destroyed once this call has returned, not within it.
  virtual void connection_finished(Connection& connection) = 0;
};

// One MTA's connection: carries out on the loop what its Session wants, and tells the Session what happens.
//
// Events of streams, timers and conditions come in one at a time, each ends in settle(). What the session
// orders from within (closing a stream whose event this is, say) never destroys anything on the way: that
// waits for the burst's end.
class Connection final : public session::Actions, net::StreamEvents, net::BurstTask {
 public:
  // `surroundings` and `owner` must outlive it.
  Connection(const Surroundings& surroundings, std::shared_ptr<Generation> generation, net::Descriptor mta,
             ConnectionOwner& owner);
  ~Connection() override;

  session::Session& session() { return session_; }
  const session::Session& session() const { return session_; }

  // The manager stops: see Session::shut_down().
  void shut_down();
  // For the MTA and the milters, not taken by them yet.
  std::size_t unsent_bytes() const;
  // The manager waits no more: the session ends as if the MTA had closed.
  void cut();
  // The SMTP client is gone.
  void client_disconnected();

  // For the ChildStreams.
  void child_connected(int index);
  bool may_start(const Generation::Milter& milter) const;
  bool start_milter(Generation::Milter& milter);
  // After every event: hands over what waited and is wanted now, sets the timer, ends what is over.
  void settle();

  // Its place in the owner's list.
  std::list<std::unique_ptr<Connection>>::iterator place;

 private:
  // Of the MTA's stream.
  void received(std::string_view bytes) override;
  void ended() override;
  void failed(const net::StreamError& error) override;
  void blocked() override;
  void drained() override;
  void burst_ended() override;

  // session::Actions.
  void send_to_mta(std::string_view bytes) override;
  void close_mta() override;
  void open_child(int child) override;
  void send_to_child(int child, std::string_view bytes) override;
  void close_child(int child) override;
  void ask_condition(const session::ConditionRequest& request) override;
  std::unique_ptr<message::BodyStore> create_body_store() override;
  void report(const statistics::Event& event) override;
  void child_busy(int child, bool busy) override;
  void child_error(int child, bool timed_out) override;
  void reply_deadline_hit(int child) override;
  void log(session::Severity severity, std::string_view text) override;

  void advance();
  bool deliver_mta(std::string_view bytes);
  void watch_part(bool any_packet);
  void set_timer();
  void timer_expired();
  void prepare_questions();
  void end_questions();
  void await_check();
  void check_client();
  std::unique_ptr<ChildStream>& at(int child) { return children_[static_cast<std::size_t>(child)]; }

  const Surroundings& surroundings_;
  const std::shared_ptr<Generation> generation_;
  ConnectionOwner& owner_;
  Inbox inbox_;
  std::vector<std::unique_ptr<ChildStream>> children_;  // null: not open
  std::vector<std::unique_ptr<ChildStream>> replaced_;  // closed in this burst, and their place is taken
  std::shared_ptr<Connection*> self_;                   // for answers that come when this may be gone
  std::uint32_t asking_ = 0;    // the session that conditions or connection checkers were asked for; 0: none
  std::uint32_t checking_ = 0;  // the session whose client is being looked for; 0: none
  std::string mta_spec_;
  bool end_told_ = false;
  bool clean_up_ = false;
  std::optional<session::Time> part_due_;  // when what the MTA has begun to send must be whole
  std::optional<session::Time> armed_;
  net::Timer timer_;
  std::optional<net::Timer> check_timer_;  // none: nobody checks
  session::Session session_;
  net::Stream mta_;
};

}  // namespace milter_manager::proxy
