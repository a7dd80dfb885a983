// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <memory>
#include <string_view>

#include "core/net/stream.h"
#include "core/net/timer.h"
#include "core/proxy/generation.h"
#include "core/proxy/inbox.h"

namespace milter_manager::proxy {

class Connection;

// One session's connection to one milter: from Actions::open_child() to close_child() or the milter's
// failure. Tells the session of what happens, and then lets the Connection settle.
class ChildStream final : net::StreamEvents {
 public:
  // Connects, unless the milter is known to be dead: then refused() holds, and the Connection tells the
  // session later.
  ChildStream(Connection& connection, int index, Generation::Milter& milter, net::Loop& loop);
  ~ChildStream() override;

  bool refused() const { return refused_; }
  bool closed() const { return closed_; }
  // Closed by the session while nobody had answered.
  bool gave_up_connecting() const { return gave_up_connecting_; }

  void send(std::string_view bytes);
  std::size_t unsent_bytes() const { return stream_ ? stream_.unwritten_bytes() : 0; }
  void close();
  // The session is told that the milter is dead.
  void tell_refused();
  // Hands over packets that wait; whether there was one.
  bool pump() { return deliver({}); }

  void set_busy(bool busy);
  // Of the session's errors.
  void count_error(bool timed_out);
  void hit_reply_deadline() { milter_.meter->hit_reply_deadline(); }

 private:
  void connected() override;
  void received(std::string_view bytes) override;
  void ended() override;
  void failed(const net::StreamError& error) override;
  void blocked() override;
  void drained() override;

  void connect();
  void try_again(std::chrono::milliseconds wait);
  bool starting();
  bool deliver(std::string_view bytes);
  void fail(std::string_view reason);
  void let_go();

  Connection& connection_;
  const int index_;
  Generation::Milter& milter_;
  net::Loop& loop_;
  net::Stream stream_;
  Inbox inbox_;
  bool refused_ = false;
  bool connecting_ = false;
  bool ended_ = false;
  bool closed_ = false;
  bool busy_ = false;
  bool gave_up_connecting_ = false;
  // While it is being started, or its queue is full.
  std::chrono::milliseconds wait_{10};
  std::chrono::steady_clock::time_point started_by_{};
  std::unique_ptr<net::Timer> retry_;
};

}  // namespace milter_manager::proxy
