// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/child_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/proxy/connection.h"

namespace milter_manager::proxy {
namespace {

using std::chrono::milliseconds;
using Kind = net::StreamError::Kind;

constexpr milliseconds kLongestWait{500};
// In privilege mode the session that has a milter started waits for it so long.
constexpr auto kStartTime = std::chrono::seconds(5);
constexpr milliseconds kStartPoll{100};

}  // namespace

ChildStream::ChildStream(Connection& connection, int index, Generation::Milter& milter, net::Loop& loop)
    : connection_(connection), index_(index), milter_(milter), loop_(loop) {
  milter_.meter->opened();
  // One that was found to be dead without mail (at the start, say) has not been started yet.
  refused_ = milter_.connector->dead() && !starting();
  if (!refused_) connect();
}

ChildStream::~ChildStream() { let_go(); }

void ChildStream::let_go() {
  if (std::exchange(closed_, true)) return;
  set_busy(false);
  milter_.meter->closed();
}

void ChildStream::connect() {
  connecting_ = true;
  stream_ = net::Stream(loop_, milter_.connector->spec(), *this);
}

void ChildStream::send(std::string_view bytes) {
  if (stream_) stream_.write(bytes);
}

void ChildStream::close() {
  // A milter whose accept queue is full is not one that nobody answers for.
  gave_up_connecting_ = connecting_ && !retry_;
  refused_ = false;
  retry_.reset();
  if (connecting_) {
    stream_ = net::Stream();
  } else {
    stream_.close();
  }
  let_go();
}

void ChildStream::set_busy(bool busy) {
  if (busy_ == busy) return;
  busy_ = busy;
  busy ? milter_.meter->busy(loop_.now()) : milter_.meter->idle(loop_.now());
}

void ChildStream::count_error(bool timed_out) {
  milter_.meter->failed(timed_out);
  if (timed_out && gave_up_connecting_) milter_.connector->failed("Connection timed out");
}

void ChildStream::tell_refused() {
  refused_ = false;
  fail(fmt::format("can't connect to {}: {}", net::format(milter_.connector->spec()),
                   milter_.connector->reason()));
}

void ChildStream::connected() {
  connecting_ = false;
  retry_.reset();
  milter_.connector->connected();
  connection_.child_connected(index_);
}

void ChildStream::received(std::string_view bytes) {
  deliver(bytes);
  if (!closed_ && inbox_.waiting_bytes() >= Inbox::kMuch &&
      !connection_.session().wants_child_packet(index_)) {
    stream_.stop_reading();
  }
  connection_.settle();
}

bool ChildStream::deliver(std::string_view bytes) {
  if (closed_ || connecting_ || refused_) return false;
  auto& session = connection_.session();
  const auto wanted = [&] { return !closed_ && session.wants_child_packet(index_); };
  const auto result = inbox_.deliver(bytes, wanted(), [&](protocol::Packet packet) {
    session.child_received(index_, packet);
    return wanted();
  });
  if (closed_) return true;
  if (!result) {
    fail(result.error().message);
    return true;
  }
  if (!wanted()) return *result;
  if (ended_) {
    // What is left is no whole packet.
    fail("it closed the connection");
    return true;
  }
  stream_.resume_reading();
  return *result;
}

void ChildStream::ended() {
  ended_ = true;
  deliver({});
  connection_.settle();
}

void ChildStream::failed(const net::StreamError& error) {
  const auto reason =
      fmt::format("can't connect to {}: {}", net::format(milter_.connector->spec()), error.message);
  if (!connecting_) {
    fail(error.message);
  } else if (error.kind == Kind::accept_queue_full) {
    wait_ = std::min(wait_ * 2, kLongestWait);
    try_again(wait_);
  } else if (error.kind == Kind::resources) {
    fail(reason);
  } else {
    milter_.connector->failed(error.message);
    if (starting()) {
      try_again(kStartPoll);
    } else {
      fail(reason);
    }
  }
  connection_.settle();
}

// Whether the milter is being started for this session, and may still come up in time.
bool ChildStream::starting() {
  const auto now = loop_.now();
  if (started_by_ == std::chrono::steady_clock::time_point{}) {
    if (!connection_.may_start(milter_) || !milter_.connector->take_turn_to_start()) return false;
    if (!connection_.start_milter(milter_)) return false;
    started_by_ = now + kStartTime;
  }
  return now < started_by_;
}

void ChildStream::try_again(milliseconds wait) {
  if (!retry_) retry_ = std::make_unique<net::Timer>(loop_, [this] { connect(); });
  retry_->start_after(wait);
}

void ChildStream::fail(std::string_view reason) {
  stream_ = net::Stream();
  retry_.reset();
  let_go();
  connection_.session().child_failed(index_, reason);
}

void ChildStream::blocked() {
  connection_.session().child_blocked(index_);
  connection_.settle();
}

void ChildStream::drained() {
  connection_.session().child_drained(index_);
  connection_.settle();
}

}  // namespace milter_manager::proxy
