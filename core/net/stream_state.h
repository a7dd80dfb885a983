// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <uv.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/net/loop_state.h"
#include "core/net/resolver.h"
#include "core/net/stream.h"
#include "core/net/timer.h"

namespace milter_manager::net {

// What a Stream is while libuv knows it: outlives the Stream until the handle has closed.
struct Stream::State final : BurstTask {
  State(Loop& its_loop, StreamEvents& its_events);

  // Every stream socket is a uv_tcp_t: libuv reads and writes all kinds alike, and a uv_pipe_t costs one more
  // system call to take a socket.
  uv_tcp_t handle;
  Loop& loop;
  StreamEvents* events;  // null: nobody owns the stream any more

  enum class Phase : std::uint8_t { connecting, open, failed, closing } phase = Phase::connecting;
  bool wants_reading = true;
  bool peer_ended = false;
  bool tell_connected = false;
  bool writing = false;              // `request` is with libuv
  bool was_blocked = false;          // as the owner was told
  bool finishing = false;            // writing is to be shut down when all is written
  bool broken = false;               // the peer takes nothing more; what it said before is still read
  bool reopening = false;            // `handle` closes, to be opened anew for the next address
  std::optional<StreamError> error;  // to be told at the burst's end

  std::string collected;  // written in this burst, or while `request` was under way
  std::string underway;   // what `request` writes
  uv_write_t request;
  std::chrono::milliseconds linger_time{0};
  std::unique_ptr<Timer> linger;

  struct Connecting {
    uv_connect_t request;
    Resolver::Question question;
    std::vector<SocketAddress> addresses;
    std::size_t next = 0;
  };
  std::unique_ptr<Connecting> connecting;

  // stream_connect.cc. Ends in open() or fail_later().
  void connect(const ConnectionSpec& spec);

  void open(Descriptor socket);
  // The handle has its socket.
  void opened();
  void fail_later(StreamError::Kind kind, int number);
  void fail(StreamError failure);
  void start_reading();
  void write(std::string_view bytes);
  void close();
  void close_when_written(std::chrono::milliseconds linger_for);

  void burst_ended() override;

  int descriptor() const;
  uv_stream_t* stream() { return reinterpret_cast<uv_stream_t*>(&handle); }

 private:
  void connect_to_path(const std::string& path);
  void connect_to_next_address();
  void connect_finished(int status);
  void collect(std::string_view bytes);
  std::string_view write_at_once(std::string_view bytes);
  void flush();
  void write_failed(int number);
  void write_rest(std::size_t written);
};

// Of an errno value.
StreamError stream_error(StreamError::Kind kind, int number);

}  // namespace milter_manager::net
