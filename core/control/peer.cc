// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/control/peer.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <cstring>
#include <memory>
#include <vector>

namespace milter_manager::control {
namespace {

// As /proc/net/tcp has it: 32-bit words as the machine reads them, the port in its natural order.
std::string table_address(const sockaddr_storage& address) {
  const auto words = [](const void* bytes, std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) {
      std::uint32_t word = 0;
      std::memcpy(&word, static_cast<const char*>(bytes) + i * sizeof word, sizeof word);
      text += fmt::format("{:08X}", word);
    }
    return text;
  };
  if (address.ss_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &address, sizeof in);
    return fmt::format("{}:{:04X}", words(&in.sin_addr, 1), ntohs(in.sin_port));
  }
  sockaddr_in6 in{};
  std::memcpy(&in, &address, sizeof in);
  return fmt::format("{}:{:04X}", words(&in.sin6_addr, 4), ntohs(in.sin6_port));
}

std::string read_whole(const char* path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path, "re"), &std::fclose);
  std::string text;
  char piece[65536];
  for (std::size_t n; file && (n = std::fread(piece, 1, sizeof piece, file.get())) > 0;)
    text.append(piece, n);
  return text;
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (true) {
    const std::size_t begin = line.find_first_not_of(' ');
    if (begin == std::string_view::npos) return words;
    line.remove_prefix(begin);
    const std::size_t end = std::min(line.find(' '), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

}  // namespace

std::optional<uid_t> unix_peer_user(int socket) {
  ucred peer{};
  socklen_t length = sizeof peer;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) return std::nullopt;
  return peer.uid;
}

std::optional<uid_t> tcp_peer_user(int socket) {
  sockaddr_storage ours{}, theirs{};
  socklen_t length = sizeof ours;
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&ours), &length) != 0) return std::nullopt;
  length = sizeof theirs;
  if (::getpeername(socket, reinterpret_cast<sockaddr*>(&theirs), &length) != 0) return std::nullopt;
  if (ours.ss_family != theirs.ss_family || (ours.ss_family != AF_INET && ours.ss_family != AF_INET6))
    return std::nullopt;
  const char* const path = ours.ss_family == AF_INET ? "/proc/net/tcp" : "/proc/net/tcp6";
  // Their end of the connection has our two addresses the other way round.
  return owner_in_table(read_whole(path), table_address(theirs), table_address(ours));
}

std::optional<uid_t> owner_in_table(std::string_view table, std::string_view local, std::string_view remote) {
  // Sockets that nobody has open any more are shown as root's: only established ones that somebody has open count.
  constexpr std::string_view kEstablished = "01";
  enum Column : std::size_t { kLocal = 1, kRemote = 2, kState = 3, kUser = 7, kInode = 9 };
  while (!table.empty()) {
    const std::size_t end = std::min(table.find('\n'), table.size());
    const std::string_view line = table.substr(0, end);
    table.remove_prefix(std::min(end + 1, table.size()));
    if (line.find(local) == std::string_view::npos) continue;
    const auto words = words_of(line);
    if (words.size() <= kInode || words[kLocal] != local || words[kRemote] != remote) continue;
    if (words[kState] != kEstablished || words[kInode] == "0") continue;
    uid_t user = 0;
    const auto [rest, problem] =
        std::from_chars(words[kUser].data(), words[kUser].data() + words[kUser].size(), user);
    if (problem == std::errc() && rest == words[kUser].data() + words[kUser].size()) return user;
  }
  return std::nullopt;
}

bool may_control(uid_t user) { return user == 0 || user == ::geteuid(); }

bool is_local(const net::ConnectionSpec& spec) {
  if (spec.family == net::ConnectionSpec::Family::unix) return true;
  if (spec.host == "localhost") return true;
  if (!spec.host_is_address) return false;
  if (spec.family == net::ConnectionSpec::Family::inet) return spec.host.rfind("127.", 0) == 0;
  in6_addr address{};
  return ::inet_pton(AF_INET6, spec.host.c_str(), &address) == 1 && IN6_IS_ADDR_LOOPBACK(&address);
}

}  // namespace milter_manager::control
