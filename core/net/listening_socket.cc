// SPDX-License-Identifier: GPL-3.0-or-later
#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>
#include <vector>

#include "core/net/listener.h"
#include "core/net/socket_file.h"

namespace milter_manager::net {
namespace {

std::string reason(int number) { return std::generic_category().message(number); }

tl::unexpected<Error> cannot_listen(const ConnectionSpec& spec, std::string_view why) {
  return failure(fmt::format("can't listen on {}: {}", format(spec), why));
}

tl::unexpected<Error> cannot_remove(const ConnectionSpec& spec, std::string_view why) {
  return failure(fmt::format("can't remove existing socket: <{}>: <{}>: {}", spec.path, format(spec), why));
}

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), std::min(path.size(), sizeof address.sun_path - 1));
  return address;
}

const sockaddr* generic(const sockaddr_un& address) { return reinterpret_cast<const sockaddr*>(&address); }

// A socket on which a manager lives is never taken from it: mail would go to the old process's grave.
Result<void> remove_dead_socket(const ConnectionSpec& spec) {
  struct stat status {};
  if (lstat(spec.path.c_str(), &status) != 0) {
    if (errno == ENOENT) return {};
    return cannot_remove(spec, reason(errno));
  }
  if (!S_ISSOCK(status.st_mode)) return cannot_remove(spec, "it is not a socket");
  const Descriptor probe(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!probe) return cannot_remove(spec, reason(errno));
  const auto address = address_of(spec.path);
  const int number = connect(probe.get(), generic(address), sizeof address) == 0 ? 0 : errno;
  // EAGAIN: somebody listens, with a full queue.
  if (number == 0 || number == EAGAIN) return cannot_listen(spec, "another process answers there");
  if (number != ECONNREFUSED && number != ENOENT) return cannot_remove(spec, reason(number));
  if (unlink(spec.path.c_str()) != 0 && errno != ENOENT) return cannot_remove(spec, reason(errno));
  return {};
}

}  // namespace

// Whoever owns the socket's folder may have put something else in its place, and we may be root.
Result<void> set_socket_mode(const ConnectionSpec& spec, const ListenOptions& options) {
  if (options.group.empty() && !options.mode) return {};
  const Descriptor file = open_socket_file(spec.path);
  if (!file) return cannot_listen(spec, reason(errno));
  if (!options.group.empty()) {
    std::vector<char> room(64 * 1024);
    group entry{};
    group* found = nullptr;
    const int status = getgrnam_r(options.group.c_str(), &entry, room.data(), room.size(), &found);
    if (found == nullptr) {
      return cannot_listen(
          spec, fmt::format("group <{}>: {}", options.group, status == 0 ? "not found" : reason(status)));
    }
    if (!set_owner(file, static_cast<uid_t>(-1), found->gr_gid)) {
      return cannot_listen(spec, fmt::format("can't set group <{}>: {}", options.group, reason(errno)));
    }
  }
  if (options.mode && !set_mode(file, spec.path, *options.mode & 0777)) {
    return cannot_listen(spec, fmt::format("can't set mode {:04o}: {}", *options.mode, reason(errno)));
  }
  return {};
}

namespace {

Result<Descriptor> listen_on_path(const ConnectionSpec& spec, const ListenOptions& options) {
  if (options.remove_dead_socket) {
    if (auto removed = remove_dead_socket(spec); !removed) return tl::unexpected(removed.error());
  }
  Descriptor listening(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!listening) return cannot_listen(spec, reason(errno));
  const auto address = address_of(spec.path);
  if (bind(listening.get(), generic(address), sizeof address) != 0) return cannot_listen(spec, reason(errno));
  // Before anybody can connect.
  auto set = set_socket_mode(spec, options);
  if (!set || listen(listening.get(), SOMAXCONN) != 0) {
    const int number = errno;
    unlink(spec.path.c_str());
    if (!set) return tl::unexpected(set.error());
    return cannot_listen(spec, reason(number));
  }
  return listening;
}

// While it lives, two sockets may be bound to addresses that exclude each other otherwise. Not longer: another process of this
// user could take a share of the connections then.
class SharedPort {
 public:
  SharedPort(int one, int other) : sockets_{one, other} { set(1); }
  ~SharedPort() { set(0); }
  SharedPort(const SharedPort&) = delete;
  SharedPort& operator=(const SharedPort&) = delete;

 private:
  void set(int on) const {
    for (const int number : sockets_) setsockopt(number, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  }
  const int sockets_[2];
};

bool bind_and_listen(int listening, const addrinfo& address, int beside) {
  if (bind(listening, address.ai_addr, address.ai_addrlen) == 0) {
    if (listen(listening, SOMAXCONN) == 0) return true;
  }
  if (errno != EADDRINUSE || beside < 0) return false;
  const SharedPort shared(listening, beside);
  return bind(listening, address.ai_addr, address.ai_addrlen) == 0 && listen(listening, SOMAXCONN) == 0;
}

Result<Descriptor> listen_on_port(const ConnectionSpec& spec, const ListenOptions& options) {
  addrinfo hints{};
  hints.ai_family = spec.family == ConnectionSpec::Family::inet ? AF_INET : AF_INET6;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV | (spec.host_is_address ? AI_NUMERICHOST : 0);
  addrinfo* list = nullptr;
  const auto port = std::to_string(spec.port);
  const int status =
      getaddrinfo(spec.host.empty() ? nullptr : spec.host.c_str(), port.c_str(), &hints, &list);
  if (status != 0) return cannot_listen(spec, status == EAI_SYSTEM ? reason(errno) : gai_strerror(status));
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(list, freeaddrinfo);

  Descriptor listening(socket(list->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!listening) return cannot_listen(spec, reason(errno));
  const int on = 1;
  setsockopt(listening.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  setsockopt(listening.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  // inet:10025 and inet6:10025 side by side.
  if (list->ai_family == AF_INET6) setsockopt(listening.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  if (!bind_and_listen(listening.get(), *list, options.beside)) return cannot_listen(spec, reason(errno));
  return listening;
}

}  // namespace

Result<Descriptor> open_listening_socket(const ConnectionSpec& spec, const ListenOptions& options) {
  return spec.family == ConnectionSpec::Family::unix ? listen_on_path(spec, options)
                                                     : listen_on_port(spec, options);
}

}  // namespace milter_manager::net
