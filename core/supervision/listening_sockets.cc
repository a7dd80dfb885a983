// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/supervision/listening_sockets.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "core/net/listener.h"

namespace milter_manager::supervision {
namespace {

Result<net::ConnectionSpec> wanted_spec(const config::Configuration& configuration) {
  const auto& spec = configuration.manager.connection_spec;
  if (!spec) return failure("manager.connection_spec is not set");
  return net::parse_connection_spec(*spec);
}

net::ListenOptions options_of(const config::Manager& manager) {
  net::ListenOptions options;
  options.mode = manager.unix_socket_mode;
  options.group = manager.unix_socket_group.value_or("");
  options.remove_dead_socket = manager.remove_unix_socket_on_create;
  return options;
}

std::string spec_of(int socket) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length) != 0) return "unknown";
  return net::spec_of(reinterpret_cast<const sockaddr*>(&address), length);
}

}  // namespace

Result<ListeningSockets> ListeningSockets::open(const config::Configuration& configuration) {
  return ListeningSockets().open_other(configuration);
}

ListeningSockets ListeningSockets::inherited(std::vector<net::Descriptor> sockets) {
  ListeningSockets all;
  for (net::Descriptor& socket : sockets) all.sockets_.push_back({std::move(socket), {}, {}});
  return all;
}

bool ListeningSockets::wants_other_place(const config::Configuration& configuration) const {
  const auto wanted = wanted_spec(configuration);
  return configured_ && (!wanted || *wanted != *configured_);
}

Result<ListeningSockets> ListeningSockets::open_other(const config::Configuration& configuration) const {
  const auto wanted = wanted_spec(configuration);
  if (!wanted) return tl::unexpected(wanted.error());
  net::ListenOptions options = options_of(configuration.manager);
  if (!sockets_.empty()) options.beside = sockets_.front().descriptor.get();
  auto socket = net::open_listening_socket(*wanted, options);
  if (!socket) return tl::unexpected(socket.error());
  ListeningSockets all;
  all.configured_ = *wanted;
  net::SocketFile file;
  if (configuration.manager.remove_unix_socket_on_close) file = net::SocketFile(socket->get());
  all.sockets_.push_back({std::move(*socket), std::move(file), access_of(configuration)});
  return all;
}

void ListeningSockets::move_to(ListeningSockets&& others) {
  for (Socket& socket : sockets_) {
    if (configured_) lingering_.push_back({*configured_, std::move(socket)});
  }
  configured_ = std::move(others.configured_);
  sockets_ = std::move(others.sockets_);
}

bool ListeningSockets::return_to_lingering(const config::Configuration& configuration) {
  const auto wanted = wanted_spec(configuration);
  if (!wanted) return false;
  const auto found = std::find_if(lingering_.begin(), lingering_.end(),
                                  [&](const Lingering& one) { return one.spec == *wanted; });
  if (found == lingering_.end()) return false;
  ListeningSockets earlier;
  earlier.configured_ = found->spec;
  earlier.sockets_.push_back(std::move(found->socket));
  lingering_.erase(found);
  move_to(std::move(earlier));
  return true;
}

ListeningSockets::Access ListeningSockets::access_of(const config::Configuration& configuration) {
  return {configuration.manager.unix_socket_mode, configuration.manager.unix_socket_group};
}

Result<void> ListeningSockets::set_mode(const config::Configuration& configuration) {
  if (!configured_ || configured_->family != net::ConnectionSpec::Family::unix) return {};
  Access wanted = access_of(configuration);
  Access& current = sockets_.front().access;
  if (wanted == current) return {};
  if (auto set = net::set_socket_mode(*configured_, options_of(configuration.manager)); !set) return set;
  current = std::move(wanted);
  return {};
}

void ListeningSockets::end_lingering() {
  for (Lingering& one : lingering_) one.socket.file.remove();
  lingering_.clear();
}

Result<std::vector<net::Descriptor>> ListeningSockets::duplicates() const {
  std::vector<net::Descriptor> all;
  for (const Socket& socket : sockets_) {
    all.emplace_back(::fcntl(socket.descriptor.get(), F_DUPFD_CLOEXEC, 0));
    if (!all.back()) return failure(fmt::format("can't listen on {}: {}", spec(), std::strerror(errno)));
  }
  return all;
}

std::vector<int> ListeningSockets::descriptors() const {
  std::vector<int> all;
  for (const Socket& socket : sockets_) all.push_back(socket.descriptor.get());
  return all;
}

std::string ListeningSockets::spec() const {
  std::string all;
  for (const Socket& socket : sockets_) {
    if (!all.empty()) all += ", ";
    all += spec_of(socket.descriptor.get());
  }
  return all;
}

void ListeningSockets::close() {
  end_lingering();
  for (Socket& socket : sockets_) socket.file.remove();
  sockets_.clear();
}

}  // namespace milter_manager::supervision
