// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/listener.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <uv.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "core/net/handle.h"
#include "core/net/socket_file.h"
#include "core/net/timer.h"

namespace milter_manager::net {
namespace {

// So that those who are connected already get their turn, too.
constexpr int kAcceptsInARow = 64;
constexpr auto kRest = std::chrono::milliseconds(100);

// Whether accept() failed for a reason that the next connection would meet, too: trying again at once would only burn time.
// All others are of one connection, which ended before we took it.
bool is_ours(int number) {
  switch (number) {
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
    case EBADF:
    case EINVAL:
    case ENOTSOCK:
    case EOPNOTSUPP:
    case EFAULT:
      return true;
    default:
      return false;
  }
}

}  // namespace

struct Listener::State {
  State(Loop& loop, Descriptor its_socket, Accept its_accept)
      : socket(std::move(its_socket)), accept(std::move(its_accept)), rest(loop, [this] { watch(); }) {}

  uv_poll_t handle;
  Descriptor socket;
  Accept accept;
  Timer rest;
  Failed failed;
  bool failing = false;  // and told so
  SocketFile file;
  std::uint64_t errors = 0;
  bool paused = false;
  bool accepting = false;  // within accept_all()
  bool gone = false;

  void watch() {
    if (paused || gone) return;
    uv_poll_start(&handle, UV_READABLE,
                  [](uv_poll_t* of, int status, int) { static_cast<State*>(of->data)->accept_all(status); });
  }

  void take_rest(int number) {
    ++errors;
    uv_poll_stop(&handle);
    rest.start_after(kRest);
    if (!std::exchange(failing, true) && failed) failed(std::generic_category().message(number));
  }

  // `status` below 0: the socket has an error, and libuv has stopped to poll it.
  void accept_all(int status) {
    accepting = true;
    for (int i = 0; (i < kAcceptsInARow || status < 0) && !paused && !gone; ++i) {
      Descriptor connection(accept4(socket.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
      if (connection) {
        failing = false;
        accept(std::move(connection));
      } else if (const int number = errno; is_ours(number) || status < 0) {
        take_rest(status < 0 ? -status : number);
        break;
      } else if (number == EAGAIN) {
        break;
      }
    }
    accepting = false;
    if (gone) close_and_delete(this);
  }
};

Listener::Listener(Loop& loop, Descriptor socket, Accept accept, bool remove_on_close)
    : state_(new State(loop, std::move(socket), std::move(accept))) {
  const int number = state_->socket.get();
  fcntl(number, F_SETFD, FD_CLOEXEC);
  if (remove_on_close) state_->file = SocketFile(number);
  uv_poll_init(loop.native(), &state_->handle, number);  // makes it non-blocking
  state_->handle.data = state_;
  state_->watch();
}

Listener::~Listener() {
  uv_poll_stop(&state_->handle);
  state_->rest.stop();
  state_->file.remove();
  state_->gone = true;
  state_->socket = Descriptor();  // the address is free at once
  if (!state_->accepting) close_and_delete(state_);
}

void Listener::pause() {
  state_->paused = true;
  state_->rest.stop();
  uv_poll_stop(&state_->handle);
}

void Listener::resume() {
  if (std::exchange(state_->paused, false)) state_->watch();
}

bool Listener::paused() const { return state_->paused; }

void Listener::drain() {
  state_->file.remove();
  // As many as can wait at once, and some that come meanwhile: a listener must not be kept from its end.
  constexpr int kMost = 2 * SOMAXCONN;
  state_->accepting = true;
  for (int i = 0; i < kMost && !state_->paused && !state_->gone; ++i) {
    Descriptor connection(accept4(descriptor(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (connection) {
      state_->accept(std::move(connection));
    } else if (errno == EAGAIN || is_ours(errno)) {
      break;
    }
  }
  state_->accepting = false;
}

void Listener::on_failure(Failed failed) { state_->failed = std::move(failed); }

std::uint64_t Listener::accept_errors() const { return state_->errors; }

std::string Listener::spec() const {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (getsockname(descriptor(), reinterpret_cast<sockaddr*>(&address), &length) != 0) return "unknown";
  return spec_of(reinterpret_cast<const sockaddr*>(&address), length);
}

int Listener::descriptor() const { return state_->socket.get(); }

}  // namespace milter_manager::net
