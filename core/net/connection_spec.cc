// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/connection_spec.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstring>
#include <optional>

namespace milter_manager::net {
namespace {

using Family = ConnectionSpec::Family;

std::optional<Family> parse_family(std::string_view word) {
  if (word == "unix" || word == "local") return Family::unix;
  if (word == "inet") return Family::inet;
  if (word == "inet6") return Family::inet6;
  return {};
}

bool is_address(Family family, const std::string& host) {
  in6_addr address;
  return inet_pton(family == Family::inet6 ? AF_INET6 : AF_INET, host.c_str(), &address) == 1;
}

// Host names reach the resolver and log lines: letters, digits, "-", "_" and "." are what one can consist of.
bool is_host_name(std::string_view host) {
  const auto legal = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || static_cast<unsigned char>(c) >= 0x80;
  };
  return !host.empty() && host.size() <= 255 && std::all_of(host.begin(), host.end(), legal);
}

Result<ConnectionSpec> parse_path(std::string_view text, std::string_view path) {
  constexpr std::size_t kLongest = sizeof(sockaddr_un{}.sun_path) - 1;
  if (path.find('\0') != path.npos) return failure(fmt::format("path has NUL: <{}>", text));
  if (path.size() > kLongest) {
    return failure(fmt::format("path is longer than {} bytes: <{}>", kLongest, text));
  }
  ConnectionSpec spec;
  spec.path = path;
  return spec;
}

Result<std::uint16_t> parse_port(std::string_view text, std::string_view digits) {
  if (digits.empty()) return failure(fmt::format("port number is missing: <{}>", text));
  const auto odd = std::find_if(digits.begin(), digits.end(), [](char c) { return c < '0' || c > '9'; });
  if (odd != digits.end()) {
    return failure(fmt::format("port number has invalid character: <{}>: <{}>", text, *odd));
  }
  unsigned port = 0;
  for (const char digit : digits) {
    port = port * 10 + static_cast<unsigned>(digit - '0');
    if (port > 65535)
      return failure(fmt::format("port number should be less than 65536: <{}>: <{}>", text, digits));
  }
  return static_cast<std::uint16_t>(port);
}

Result<void> parse_host(std::string_view text, std::string_view host, ConnectionSpec& spec) {
  const bool bracketed = host.substr(0, 1) == "[";
  if (bracketed && host.back() != ']') return failure(fmt::format("']' is missing: <{}>: <{}>", text, host));
  spec.host = bracketed ? host.substr(1, host.size() - 2) : host;
  // An embedded NUL would end the address early in the C functions.
  const bool whole = spec.host.find('\0') == std::string::npos;
  spec.host_is_address = whole && is_address(spec.family, spec.host);
  if (spec.host_is_address || (!bracketed && is_host_name(spec.host))) return {};
  return failure(fmt::format("invalid host address: <{}>: <{}>", text, spec.host));
}

}  // namespace

Result<ConnectionSpec> parse_connection_spec(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == text.npos) return failure(fmt::format("spec doesn't have colon: <{}>", text));
  const auto content = text.substr(colon + 1);
  if (content.empty()) return failure(fmt::format("spec doesn't have content: <{}>", text));
  const auto family = parse_family(text.substr(0, colon));
  if (!family) {
    return failure(
        fmt::format("protocol must be 'unix', 'inet' or 'inet6': <{}>: <{}>", text, text.substr(0, colon)));
  }
  if (*family == Family::unix) return parse_path(text, content);

  const auto at = content.find('@');
  const auto port = parse_port(text, content.substr(0, at));
  if (!port) return tl::unexpected(port.error());
  ConnectionSpec spec;
  spec.family = *family;
  spec.port = *port;
  if (at != content.npos && at + 1 < content.size()) {
    const auto host = parse_host(text, content.substr(at + 1), spec);
    if (!host) return tl::unexpected(host.error());
  }
  return spec;
}

std::string format(const ConnectionSpec& spec) {
  if (spec.family == Family::unix) return fmt::format("unix:{}", spec.path);
  const auto* family = spec.family == Family::inet ? "inet" : "inet6";
  if (spec.host.empty()) return fmt::format("{}:{}", family, spec.port);
  return spec.host_is_address ? fmt::format("{}:{}@[{}]", family, spec.port, spec.host)
                              : fmt::format("{}:{}@{}", family, spec.port, spec.host);
}

std::string spec_of(const sockaddr* address, std::uint32_t length) {
  if (length < sizeof(sa_family_t)) return "unknown";
  char text[INET6_ADDRSTRLEN];
  switch (address->sa_family) {
    case AF_UNIX: {
      sockaddr_un local{};
      // What is missing of the address stays zero: an unnamed socket's path is "". A path may lack its NUL.
      std::memcpy(&local, address, std::min<std::size_t>(length, sizeof local));
      return fmt::format("unix:{}",
                         std::string_view(local.sun_path, strnlen(local.sun_path, sizeof local.sun_path)));
    }
    case AF_INET: {
      sockaddr_in inet{};
      std::memcpy(&inet, address, std::min<std::size_t>(length, sizeof inet));
      return fmt::format("inet:{}@[{}]", ntohs(inet.sin_port),
                         inet_ntop(AF_INET, &inet.sin_addr, text, sizeof text));
    }
    case AF_INET6: {
      sockaddr_in6 inet6{};
      std::memcpy(&inet6, address, std::min<std::size_t>(length, sizeof inet6));
      return fmt::format("inet6:{}@[{}]", ntohs(inet6.sin6_port),
                         inet_ntop(AF_INET6, &inet6.sin6_addr, text, sizeof text));
    }
    case AF_UNSPEC:
      return "unknown";
    default:
      return fmt::format("unexpected:{}", address->sa_family);
  }
}

}  // namespace milter_manager::net
