// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/network/name_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <catch2/catch.hpp>

namespace {

constexpr std::size_t kHeaderBytes = 12;
constexpr char kServerFailure = 2;
constexpr char kNoSuchName = 3;

// The name that is asked for, and where the question ends; empty when it is none.
std::string name_in(std::string_view question, std::size_t& end) {
  std::string name;
  std::size_t at = kHeaderBytes;
  while (at < question.size() && question[at] != 0) {
    const auto length = static_cast<unsigned char>(question[at]);
    if (!name.empty()) name += '.';
    name += question.substr(at + 1, length);
    at += length + 1U;
  }
  end = at + 5;
  return end <= question.size() ? name : std::string();
}

void append_record(std::string& reply, char type, std::string_view content) {
  reply += std::string_view("\xc0\x0c\0", 3);
  reply += type;
  reply += std::string_view("\0\1\0\0\0\0\0", 7);
  reply += static_cast<char>(content.size());
  reply += content;
}

std::string wire_name(std::string_view name) {
  std::string wire;
  while (!name.empty()) {
    const auto label = name.substr(0, name.find('.'));
    wire += static_cast<char>(label.size());
    wire += label;
    name.remove_prefix(std::min(name.size(), label.size() + 1));
  }
  return wire + '\0';
}

}  // namespace

NameServer::NameServer(std::map<std::string, Behaviour> names)
    : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)), names_(std::move(names)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  socklen_t length = sizeof address;
  ::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &length);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

NameServer::~NameServer() {
  // An empty question ends the thread.
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port_);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const milter_manager::net::Descriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ::sendto(socket.get(), "", 0, 0, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  thread_.join();
}

std::string NameServer::address() const { return "127.0.0.1:" + std::to_string(port_); }

std::vector<std::string> NameServer::asked() const {
  const std::lock_guard lock(lock_);
  return asked_;
}

void NameServer::serve() {
  for (;;) {
    std::array<char, 1024> bytes{};
    sockaddr_in from{};
    socklen_t length = sizeof from;
    const auto size =
        ::recvfrom(socket_.get(), bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&from), &length);
    if (size <= 0) return;
    Behaviour behaviour;
    const std::string reply =
        reply_to(std::string_view(bytes.data(), static_cast<std::size_t>(size)), behaviour);
    if (behaviour.kind == Kind::silence) continue;
    std::this_thread::sleep_for(behaviour.delay);
    ::sendto(socket_.get(), reply.data(), reply.size(), 0, reinterpret_cast<const sockaddr*>(&from), length);
  }
}

std::string NameServer::reply_to(std::string_view question, Behaviour& behaviour) {
  std::size_t end = 0;
  const std::string name = name_in(question, end);
  {
    const std::lock_guard lock(lock_);
    asked_.push_back(name);
  }
  const auto known = names_.find(name);
  if (known != names_.end()) behaviour = known->second;

  std::string reply(question.substr(0, 2));
  reply += '\x81';
  reply += '\x80';
  if (known == names_.end()) reply.back() |= kNoSuchName;
  if (behaviour.kind == Kind::server_failure) reply.back() |= kServerFailure;
  reply += std::string_view("\0\1\0", 3);
  const bool has_records =
      behaviour.kind == Kind::addresses || behaviour.kind == Kind::name || behaviour.kind == Kind::cut;
  reply += static_cast<char>(behaviour.kind == Kind::cut ? 3 : has_records ? behaviour.texts.size() : 0);
  reply += std::string_view("\0\0\0\0", 4);
  reply += question.substr(kHeaderBytes, end - kHeaderBytes);
  if (behaviour.kind == Kind::garbage)
    reply.replace(kHeaderBytes - 8, std::string::npos, "\xff\xff\xc0\xc0\xff\xff\x07");
  for (const std::string& text : behaviour.texts) {
    if (behaviour.kind == Kind::name) {
      append_record(reply, 12, wire_name(text));
    } else {
      std::array<char, 4> address{};
      inet_pton(AF_INET, text.c_str(), address.data());
      append_record(reply, 1, std::string_view(address.data(), address.size()));
    }
  }
  return reply;
}
