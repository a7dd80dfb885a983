// SPDX-License-Identifier: GPL-3.0-or-later
// The log daemon of a benchmark: takes syslog's datagrams and forgets them.
//
//   bench_sink /tmp/log.sock
//
// SIGTERM ends it; it then reports how many it took as one line of JSON.
#include <fmt/format.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>
#include <vector>

namespace {

constexpr std::size_t kBatch = 64;
constexpr std::size_t kLongest = 8192;  // as rsyslog cuts them

int bind_to(std::string_view path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return -1;
  std::memcpy(address.sun_path, path.data(), path.size());
  unlink(address.sun_path);
  const int made = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  return made >= 0 && bind(made, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ? made
                                                                                                   : -1;
}

// Takes what has come; returns how many datagrams.
std::size_t drain(int socket) {
  static std::vector<char> memory(kBatch * kLongest);
  std::array<iovec, kBatch> pieces;
  std::array<mmsghdr, kBatch> messages{};
  for (std::size_t i = 0; i < kBatch; ++i) {
    pieces[i] = {&memory[i * kLongest], kLongest};
    messages[i].msg_hdr.msg_iov = &pieces[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  std::size_t taken = 0;
  for (;;) {
    const int count = recvmmsg(socket, messages.data(), kBatch, 0, nullptr);
    if (count <= 0) return taken;
    taken += static_cast<std::size_t>(count);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const int socket = argc == 2 ? bind_to(argv[1]) : -1;
  if (socket < 0) {
    fmt::print(stderr, "usage: bench_sink PATH-OF-SOCKET ({})\n", std::strerror(errno));
    return 2;
  }
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  std::array<pollfd, 2> waited = {{{socket, POLLIN, 0}, {signalfd(-1, &set, SFD_CLOEXEC), POLLIN, 0}}};
  std::size_t taken = 0;
  while ((waited[1].revents & POLLIN) == 0) {
    poll(waited.data(), waited.size(), -1);
    taken += drain(socket);
  }
  fmt::print("{{\"datagrams\":{}}}\n", taken);
  return 0;
}
