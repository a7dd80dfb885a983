// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/stream.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "core/net/stream_state.h"

namespace milter_manager::net {
namespace {

using Kind = StreamError::Kind;

// From this size on bytes go to the kernel straight from where they lie: copying them costs more than a
// system call.
constexpr std::size_t kWorthASystemCall = 16 * 1024;

uv_buf_t buffer_of(std::string_view bytes) {
  return uv_buf_init(const_cast<char*>(bytes.data()), static_cast<unsigned>(bytes.size()));
}

}  // namespace

StreamError stream_error(Kind kind, int number) {
  return {kind, number, std::generic_category().message(number)};
}

Stream::State::State(Loop& its_loop, StreamEvents& its_events) : loop(its_loop), events(&its_events) {
  uv_tcp_init(loop.native(), &handle);
  handle.data = this;
}

void Stream::State::open(Descriptor socket) {
  if (const int status = uv_tcp_open(&handle, socket.get()); status != 0) {
    fail_later(Kind::resources, -status);
    return;
  }
  socket.release();
  opened();
}

void Stream::State::opened() {
  phase = Phase::open;
  start_reading();
  if (tell_connected || finishing || !collected.empty()) loop.at_burst_end(*this);
}

void Stream::State::fail_later(Kind kind, int number) {
  if (phase == Phase::closing || error) return;
  phase = Phase::failed;
  error = stream_error(kind, number);
  loop.at_burst_end(*this);
}

void Stream::State::fail(StreamError failure) {
  phase = Phase::failed;
  uv_read_stop(stream());
  if (events != nullptr) {
    events->failed(failure);
  } else {
    close();
  }
}

void Stream::State::start_reading() {
  if (phase != Phase::open || !wants_reading || peer_ended) return;
  const auto allocate = [](uv_handle_t* of, std::size_t, uv_buf_t* buffer) {
    const auto& shared = static_cast<State*>(of->data)->loop.state().read_buffer;
    *buffer = uv_buf_init(shared.get(), static_cast<unsigned>(Loop::State::kReadBufferBytes));
  };
  const auto read = [](uv_stream_t* from, ssize_t length, const uv_buf_t* buffer) {
    auto& state = *static_cast<State*>(from->data);
    if (length == 0 || state.events == nullptr) return;
    const EventScope event(state.loop.state());
    if (length > 0) {
      state.events->received({buffer->base, static_cast<std::size_t>(length)});
    } else if (length == UV_EOF) {
      state.peer_ended = true;
      state.events->ended();
    } else {
      state.fail(stream_error(Kind::read, static_cast<int>(-length)));
    }
  };
  uv_read_start(stream(), allocate, read);
}

int Stream::State::descriptor() const {
  uv_os_fd_t number = -1;
  if (uv_fileno(reinterpret_cast<const uv_handle_t*>(&handle), &number) != 0) return -1;
  return number;
}

// A peer that closed may have said something before: that is read first, and reading then finds the end.
void Stream::State::write_failed(int number) {
  const bool gone = number == EPIPE || number == ECONNRESET;
  if (gone && events != nullptr && wants_reading && !peer_ended) {
    broken = true;
    collected.clear();
  } else {
    fail(stream_error(Kind::write, number));
  }
}

void Stream::State::collect(std::string_view bytes) {
  if (bytes.empty()) return;
  if (collected.empty() && collected.capacity() <= std::string().capacity())
    collected = loop.state().take_buffer();
  collected.append(bytes);
  loop.at_burst_end(*this);
}

void Stream::State::write(std::string_view bytes) {
  if (phase == Phase::failed || phase == Phase::closing || finishing || broken) return;
  if (phase == Phase::open && !writing && bytes.size() >= kWorthASystemCall) bytes = write_at_once(bytes);
  collect(bytes);
}

// Gives what was not written.
std::string_view Stream::State::write_at_once(std::string_view bytes) {
  std::array<uv_buf_t, 2> buffers = {buffer_of(collected), buffer_of(bytes)};
  const unsigned first = collected.empty() ? 1 : 0;
  const int result = uv_try_write(stream(), buffers.data() + first, 2 - first);
  if (result < 0) return bytes;  // the next attempt, at the burst's end, may say why
  const auto written = static_cast<std::size_t>(result);
  const auto of_collected = std::min(written, collected.size());
  collected.erase(0, of_collected);
  return bytes.substr(written - of_collected);
}

void Stream::State::burst_ended() {
  if (std::exchange(tell_connected, false) && events != nullptr) events->connected();
  if (phase == Phase::closing) return;
  if (error) {
    fail(*std::exchange(error, std::nullopt));
    return;
  }
  flush();
}

void Stream::State::flush() {
  if (phase != Phase::open || writing) return;
  if (!collected.empty()) {
    const auto buffer = buffer_of(collected);
    const int result = uv_try_write(stream(), &buffer, 1);
    if (result < 0 && result != UV_EAGAIN) {
      write_failed(-result);
      return;
    }
    const auto written = static_cast<std::size_t>(std::max(result, 0));
    if (written < collected.size()) {
      write_rest(written);
      return;
    }
  }
  loop.state().give_buffer(std::move(collected));
  if (std::exchange(was_blocked, false) && events != nullptr) events->drained();
  // drained() may have written more, or ended the stream.
  if (phase != Phase::open || !collected.empty()) return;
  if (finishing) shutdown(descriptor(), SHUT_WR);
  if (events == nullptr) close();
}

// The kernel has taken `written` bytes of what was collected, and will tell when it takes more.
void Stream::State::write_rest(std::size_t written) {
  underway = std::move(collected);
  collected.clear();
  const auto rest = buffer_of(std::string_view(underway).substr(written));
  request.data = this;
  writing = true;
  const auto done = [](uv_write_t* finished, int status) {
    auto& state = *static_cast<State*>(finished->data);
    state.writing = false;
    state.loop.state().give_buffer(std::move(state.underway));
    if (state.phase != Phase::open) return;
    if (status < 0) {
      state.write_failed(-status);
    } else {
      state.flush();
    }
  };
  if (const int status = uv_write(&request, stream(), &rest, 1, done); status != 0) {
    writing = false;
    fail(stream_error(Kind::write, -status));
    return;
  }
  if (events == nullptr && !linger) close_when_written(linger_time);
  if (!std::exchange(was_blocked, true) && events != nullptr) events->blocked();
}

void Stream::State::close() {
  if (phase == Phase::closing) return;
  phase = Phase::closing;
  events = nullptr;
  // The connect request itself is libuv's until the handle has closed.
  if (connecting) connecting->question = Resolver::Question();
  if (reopening) return;  // deleted when the handle has closed
  uv_close(reinterpret_cast<uv_handle_t*>(&handle),
           [](uv_handle_t* closed) { delete static_cast<State*>(closed->data); });
}

void Stream::State::close_when_written(std::chrono::milliseconds linger_for) {
  const bool waits = writing || !collected.empty();
  if (phase == Phase::failed || phase == Phase::closing || !waits) {
    close();
    return;
  }
  events = nullptr;
  linger_time = linger_for;
  wants_reading = false;
  if (phase == Phase::open) uv_read_stop(stream());
  // Mostly all is written at the end of this burst, and no timer is needed.
  if (writing || phase == Phase::connecting) {
    linger = std::make_unique<Timer>(loop, [this] { close(); });
    linger->start_after(linger_for);
  } else {
    loop.at_burst_end(*this);
  }
}

void abandon_lingering_stream(uv_handle_t* handle) { static_cast<Stream::State*>(handle->data)->close(); }

Stream::Stream(Loop& loop, const ConnectionSpec& spec, StreamEvents& events)
    : state_(new State(loop, events)) {
  state_->connect(spec);
}

Stream::Stream(Loop& loop, Descriptor socket, StreamEvents& events) : state_(new State(loop, events)) {
  state_->open(std::move(socket));
}

Stream::~Stream() {
  if (state_ != nullptr) state_->close();
}

Stream::Stream(Stream&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}

Stream& Stream::operator=(Stream&& other) noexcept {
  std::swap(state_, other.state_);
  return *this;
}

void Stream::write(std::string_view bytes) { state_->write(bytes); }

std::size_t Stream::unwritten_bytes() const {
  return state_->collected.size() + (state_->writing ? uv_stream_get_write_queue_size(state_->stream()) : 0);
}

void Stream::stop_reading() {
  if (!std::exchange(state_->wants_reading, false)) return;
  if (state_->phase == State::Phase::open) uv_read_stop(state_->stream());
}

void Stream::resume_reading() {
  if (!std::exchange(state_->wants_reading, true)) state_->start_reading();
}

bool Stream::reading() const { return state_->wants_reading; }

void Stream::finish_writing() {
  state_->finishing = true;
  state_->loop.at_burst_end(*state_);
}

void Stream::close(std::chrono::milliseconds linger) {
  if (state_ != nullptr) std::exchange(state_, nullptr)->close_when_written(linger);
}

int Stream::descriptor() const { return state_->descriptor(); }

std::string Stream::peer_spec() const {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (getpeername(descriptor(), reinterpret_cast<sockaddr*>(&address), &length) != 0) return "unknown";
  return spec_of(reinterpret_cast<const sockaddr*>(&address), length);
}

}  // namespace milter_manager::net
