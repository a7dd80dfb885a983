// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "core/net/connection_spec.h"
#include "core/net/descriptor.h"
#include "core/net/loop.h"
#include "core/result.h"

namespace milter_manager::net {

struct ListenOptions {
  // For unix sockets.
  std::optional<unsigned> mode;  // permission bits, 0660
  std::string group;             // name; "" leaves it as it is
  // A socket file that nobody answers on is removed; one with a living process behind it never is, nor is a
  // file of another kind.
  bool remove_dead_socket = true;
  // A listening socket of ours, which may stand in the way: going over from one address to a port of all addresses, say. -1: none.
  int beside = -1;
};

// A listening socket: non-blocking, close-on-exec, SO_REUSEADDR, TCP_NODELAY (connections inherit it), the
// system's longest queue. Errors name the spec: "can't listen on inet:25: Permission denied". For starting
// and reloading: waits for the resolver of the system when the host is a name.
Result<Descriptor> open_listening_socket(const ConnectionSpec& spec, const ListenOptions& options = {});

// Gives the file of a unix socket that listens already another mode and group.
Result<void> set_socket_mode(const ConnectionSpec& spec, const ListenOptions& options);

// Accepts connections on the loop.
class Listener {
 public:
  // Called for each connection, ready for a Stream; may destroy or pause the listener.
  using Accept = std::function<void(Descriptor socket)>;

  // Takes a listening socket, one's own or an inherited one (which is made non-blocking and close-on-exec).
  // `remove_on_close`: the path of a unix socket goes with the listener, if it still is this socket's.
  Listener(Loop& loop, Descriptor socket, Accept accept, bool remove_on_close = false);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // Connections wait in the kernel's queue meanwhile.
  void pause();
  void resume();
  bool paused() const;

  // Before its end: removes the socket's path, if it is to be removed, and accepts whoever has connected already; closing would
  // break those off. A paused one accepts nobody. Not from within Accept; Accept must not destroy the listener then.
  void drain();

  // Without descriptors (EMFILE, ENFILE) or memory, or when the socket itself fails, a listener rests for 100 ms at a time
  // and goes on then. accept_errors() counts the rests; `failed` is called with the reason ("Too many open files") for
  // the first of those in a row.
  using Failed = std::function<void(const std::string& reason)>;
  void on_failure(Failed failed);
  std::uint64_t accept_errors() const;

  // Where it listens, with the port that the system chose.
  std::string spec() const;
  int descriptor() const;

 private:
  struct State;
  State* state_;  // lives until libuv has closed the handle
};

}  // namespace milter_manager::net
