// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/net/connection_spec.h"
#include "core/net/descriptor.h"
#include "core/net/loop.h"

namespace milter_manager::net {

struct StreamError {
  enum class Kind : std::uint8_t {
    resolve,            // the host's name has no address
    connect,            // nobody answers there
    accept_queue_full,  // EAGAIN on a unix socket: somebody listens, but has not accepted those before us
    resources,          // we ourselves have no descriptor or memory left
    read,
    write,
  };
  Kind kind = Kind::connect;
  int number = 0;       // errno's value; 0 for resolve
  std::string message;  // "connection refused", "can't resolve a.example: Domain name not found"
};

// What happens on a stream. None of these is called from within a call to the stream; each of them may do
// anything to the stream, also destroy it. After ended() one may still write; after failed() the stream is of
// no more use.
class StreamEvents {
 public:
  virtual ~StreamEvents() = default;
  virtual void connected() {}
  // `bytes` live until the call returns: all streams of a loop read into one buffer.
  virtual void received(std::string_view bytes) = 0;
  // The peer will send nothing more. Comes only while reading.
  virtual void ended() = 0;
  virtual void failed(const StreamError& error) = 0;
  // The peer doesn't take what is written as fast as it comes, bytes wait in memory; and: nothing waits any
  // more.
  virtual void blocked() {}
  virtual void drained() {}
};

// A connected stream socket, unix or TCP (with TCP_NODELAY).
//
// What is written in one round of the loop is collected and goes out in one system call at its end; what the
// kernel does not take waits here without limit, so watch blocked(). An idle stream holds no buffer, a write
// allocates none.
class Stream {
 public:
  // An empty one, to be assigned to.
  Stream() = default;
  // Connects to `spec`. Names are resolved on the loop (all addresses are tried in turn); an address or a
  // path needs no resolving. No host means this host. Ends in connected() or failed(). One may write at once;
  // it waits. `events` must outlive the stream. No time limit: destroy the stream to give up.
  Stream(Loop& loop, const ConnectionSpec& spec, StreamEvents& events);
  // Takes a connected socket, as a Listener gives it. Reads at once unless stop_reading() is called.
  Stream(Loop& loop, Descriptor socket, StreamEvents& events);
  // Closes at once; what was written in this round or waits is lost. See close().
  ~Stream();
  Stream(Stream&& other) noexcept;
  Stream& operator=(Stream&& other) noexcept;

  explicit operator bool() const { return state_ != nullptr; }

  void write(std::string_view bytes);
  // Bytes that the kernel has not taken yet, those of this round included.
  std::size_t unwritten_bytes() const;

  void stop_reading();
  void resume_reading();
  bool reading() const;

  // Tells the peer that nothing more will be written, after what waits; reading goes on.
  void finish_writing();

  // Gives the stream up, but delivers what was written, for at most `linger`. Nothing more happens on it; the
  // object is empty then.
  void close(std::chrono::milliseconds linger = std::chrono::seconds(10));

  // -1 before it is connected. For socket options and credentials; reading and writing is the stream's.
  int descriptor() const;
  // Of the peer: "inet:40000@[127.0.0.1]"; a unix client mostly has no path: "unix:".
  std::string peer_spec() const;

  struct State;

 private:
  State* state_ = nullptr;  // lives until libuv has closed the handle
};

}  // namespace milter_manager::net
