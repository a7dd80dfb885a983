// SPDX-License-Identifier: GPL-3.0-or-later
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "core/condition/connection_sources.h"

#ifdef __linux__
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#endif

namespace milter_manager::condition {

std::optional<ConnectionTable::State> tcp_state(unsigned number) {
  using State = ConnectionTable::State;
  switch (number) {
    case 1:
      return State::established;
    case 8:
      return State::close_wait;
    case 2:   // SYN_SENT
    case 3:   // SYN_RECV
    case 4:   // FIN_WAIT1
    case 5:   // FIN_WAIT2
    case 9:   // LAST_ACK
    case 11:  // CLOSING
      return State::other;
    default:
      return std::nullopt;
  }
}

#ifdef __linux__

namespace {

constexpr std::uint32_t kConnectionStates =
    1U << 1 | 1U << 2 | 1U << 3 | 1U << 4 | 1U << 5 | 1U << 8 | 1U << 9 | 1U << 11;
constexpr std::size_t kIpv4Offset = 12;  // of the four bytes in an address's sixteen

struct Request {
  nlmsghdr header;
  inet_diag_req_v2 body;
};

void put(const Endpoint& endpoint, int family, __be32 (&address)[4], __be16& port) {
  const auto& bytes = endpoint.address.bytes();
  if (family == AF_INET) {
    std::memcpy(address, bytes.data() + kIpv4Offset, 4);
  } else {
    std::memcpy(address, bytes.data(), bytes.size());
  }
  port = htons(endpoint.port);
}

Endpoint take(int family, const __be32 (&address)[4], __be16 port) {
  Endpoint endpoint;
  endpoint.address = family == AF_INET ? Address::from_ipv4(address) : Address::from_ipv6(address);
  endpoint.port = ntohs(port);
  return endpoint;
}

std::optional<TcpConnection> connection_of(const inet_diag_msg& message) {
  const auto state = tcp_state(message.idiag_state);
  if (!state) return std::nullopt;
  const int family = message.idiag_family;
  if (family != AF_INET && family != AF_INET6) return std::nullopt;
  return TcpConnection{take(family, message.id.idiag_src, message.id.idiag_sport),
                       take(family, message.id.idiag_dst, message.id.idiag_dport), *state};
}

}  // namespace

Result<SockDiag> SockDiag::open() {
  net::Descriptor socket(::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
  if (!socket) return failure(std::strerror(errno));
  const timeval patience{2, 0};  // the kernel answers at once, or something is wrong
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  return SockDiag(std::move(socket));
}

bool SockDiag::request(int family, const Endpoint* local, const Endpoint* remote) {
  Request request{};
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request.header.nlmsg_flags = static_cast<__u16>(local ? NLM_F_REQUEST : NLM_F_REQUEST | NLM_F_DUMP);
  request.header.nlmsg_seq = ++sequence_;
  request.body.sdiag_family = static_cast<__u8>(family);
  request.body.sdiag_protocol = IPPROTO_TCP;
  request.body.idiag_states = kConnectionStates;
  if (local) {
    put(*local, family, request.body.id.idiag_src, request.body.id.idiag_sport);
    put(*remote, family, request.body.id.idiag_dst, request.body.id.idiag_dport);
    request.body.id.idiag_cookie[0] = INET_DIAG_NOCOOKIE;
    request.body.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
  }
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  return ::sendto(socket_.get(), &request, sizeof request, 0, reinterpret_cast<const sockaddr*>(&kernel),
                  sizeof kernel) == static_cast<ssize_t>(sizeof request);
}

bool SockDiag::receive(bool many, const EachConnection& function) {
  alignas(nlmsghdr) std::array<char, 32768> buffer;
  for (;;) {
    const ssize_t received = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (received < 0 && errno == EINTR) continue;
    if (received <= 0) return false;
    auto left = static_cast<unsigned>(received);
    for (auto* header = reinterpret_cast<nlmsghdr*>(buffer.data()); NLMSG_OK(header, left);
         header = NLMSG_NEXT(header, left)) {
      if (header->nlmsg_seq != sequence_) continue;  // of a request that was given up
      if (header->nlmsg_type == NLMSG_DONE) return true;
      if (header->nlmsg_type == NLMSG_ERROR) return false;
      if (header->nlmsg_len >= NLMSG_LENGTH(sizeof(inet_diag_msg))) {
        inet_diag_msg message;
        std::memcpy(&message, NLMSG_DATA(header), sizeof message);
        if (const auto connection = connection_of(message)) function(*connection);
      }
      if (!many) return true;
    }
  }
}

std::optional<TcpConnection> SockDiag::find(const Endpoint& local, const Endpoint& remote) {
  if (local.address.is_ipv4() != remote.address.is_ipv4()) return std::nullopt;
  if (!request(remote.address.is_ipv4() ? AF_INET : AF_INET6, &local, &remote)) return std::nullopt;
  std::optional<TcpConnection> found;
  // Where there is no such connection, a socket that listens there is found.
  receive(false, [&](const TcpConnection& connection) {
    if (connection.remote == remote) found = connection;
  });
  return found;
}

Result<void> SockDiag::each(const EachConnection& function) {
  for (const int family : {AF_INET, AF_INET6}) {
    if (!request(family, nullptr, nullptr)) return failure(std::strerror(errno));
    // A kernel without IPv6 has nothing to tell of it.
    if (!receive(true, function) && family == AF_INET)
      return failure("the kernel does not list its connections");
  }
  return {};
}

#else

Result<SockDiag> SockDiag::open() { return failure("there is no netlink here"); }
std::optional<TcpConnection> SockDiag::find(const Endpoint&, const Endpoint&) { return std::nullopt; }
Result<void> SockDiag::each(const EachConnection&) { return failure("there is no netlink here"); }

#endif

}  // namespace milter_manager::condition
