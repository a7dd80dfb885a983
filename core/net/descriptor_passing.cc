// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/descriptor_passing.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace milter_manager::net {
namespace {

using Control = std::array<char, CMSG_SPACE(kMaxPassed * sizeof(int))>;

}  // namespace

Result<SocketPair> make_socket_pair(int type) {
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends) != 0) {
    return failure(fmt::format("can't make a pair of sockets: {}", std::strerror(errno)));
  }
  return SocketPair{Descriptor(ends[0]), Descriptor(ends[1])};
}

Result<void> send_descriptors(int socket, const std::vector<int>& descriptors) {
  if (descriptors.empty() || descriptors.size() > kMaxPassed)
    return failure("can't pass so many descriptors");
  alignas(cmsghdr) Control control{};
  char byte = 'd';
  iovec data{&byte, 1};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = CMSG_SPACE(descriptors.size() * sizeof(int));
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(descriptors.size() * sizeof(int));
  std::memcpy(CMSG_DATA(header), descriptors.data(), descriptors.size() * sizeof(int));
  if (::sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL) != 1) {
    return failure(fmt::format("can't pass descriptors: {}", std::strerror(errno)));
  }
  return {};
}

Result<std::vector<Descriptor>> receive_descriptors(int socket) {
  alignas(cmsghdr) Control control{};
  char byte = 0;
  iovec data{&byte, 1};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  if (::recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) != 1) {
    return failure(fmt::format("can't receive descriptors: {}", std::strerror(errno)));
  }
  std::vector<Descriptor> descriptors;
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int number = -1;
      std::memcpy(&number, CMSG_DATA(header) + i * sizeof(int), sizeof(int));
      descriptors.emplace_back(number);
    }
  }
  // Our limit of open files is reached: what there was room for is closed again.
  if ((message.msg_flags & MSG_CTRUNC) != 0) return failure("can't receive descriptors: too many open files");
  if (descriptors.empty()) return failure("no descriptors came");
  return descriptors;
}

}  // namespace milter_manager::net
