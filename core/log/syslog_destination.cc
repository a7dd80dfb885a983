// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/log/syslog_destination.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace milter_manager::log {
namespace {

constexpr std::size_t kAtOnce = 64;

class Syslog final : public Destination {
 public:
  Syslog(const std::string& path, LineLost lost) : path_(path), lost_(std::move(lost)) {
    address_.sun_family = AF_UNIX;
    std::memcpy(address_.sun_path, path.data(), std::min(path.size(), sizeof address_.sun_path - 1));
  }
  ~Syslog() override { disconnect(); }

  std::size_t write(const Lines& lines, std::size_t first) override {
    std::size_t next = first;
    bool reconnected = false;
    while (next < lines.count() && (socket_ >= 0 || connect())) {
      const int sent = send(lines, next);
      if (sent > 0) {
        next += static_cast<std::size_t>(sent);
      } else if (errno == EMSGSIZE) {
        lost_(lines.line(next), lines.counted(next));
        ++forgotten_;
        ++next;
      } else if (errno == EAGAIN) {
        if (!wait_for_room()) break;
      } else if (errno == ENOBUFS) {
        break;
      } else if (errno != EINTR) {
        // The daemon may have been restarted: once more at once, on its new socket.
        disconnect();
        if (std::exchange(reconnected, true)) break;
      }
    }
    return next - first;
  }

  bool reachable() const override { return socket_ >= 0; }
  std::uint64_t forgotten() const override { return forgotten_; }

  std::string problem() const override {
    const auto reason =
        socket_ >= 0 ? std::string("nobody reads there") : std::generic_category().message(error_);
    return path_ + ": " + reason;
  }

 private:
  bool connect() {
    socket_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    error_ = errno;
    if (socket_ < 0) return false;
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address_), sizeof address_) == 0) return true;
    error_ = errno;
    disconnect();
    return false;
  }

  void disconnect() {
    if (socket_ >= 0) close(socket_);
    socket_ = -1;
  }

#ifdef MILTER_MANAGER_HAVE_SENDMMSG
  // How many lines the socket took; -1 where it takes none.
  int send(const Lines& lines, std::size_t first) const {
    std::array<mmsghdr, kAtOnce> messages{};
    std::array<iovec, kAtOnce> parts{};
    const auto count = std::min(kAtOnce, lines.count() - first);
    for (std::size_t i = 0; i < count; ++i) {
      const auto line = lines.line(first + i);
      parts[i] = {const_cast<char*>(line.data()), line.size()};
      messages[i].msg_hdr.msg_iov = &parts[i];
      messages[i].msg_hdr.msg_iovlen = 1;
    }
    return sendmmsg(socket_, messages.data(), static_cast<unsigned>(count), MSG_NOSIGNAL);
  }
#else
  int send(const Lines& lines, std::size_t first) const {
    const auto line = lines.line(first);
    return ::send(socket_, line.data(), line.size(), MSG_NOSIGNAL) < 0 ? -1 : 1;
  }
#endif

  bool wait_for_room() const {
    pollfd writable{socket_, POLLOUT, 0};
    return poll(&writable, 1, 50) > 0;
  }

  const std::string path_;
  const LineLost lost_;
  std::uint64_t forgotten_ = 0;
  int error_ = 0;  // of connecting
  sockaddr_un address_{};
  int socket_ = -1;
};

}  // namespace

std::unique_ptr<Destination> make_syslog_destination(const std::string& socket_path, LineLost lost) {
  return std::make_unique<Syslog>(socket_path, std::move(lost));
}

}  // namespace milter_manager::log
