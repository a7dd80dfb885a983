// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/net/loop.h"
#include "core/result.h"

struct ares_channeldata;

namespace milter_manager::net {

struct SocketAddress {
  sockaddr_storage storage = {};
  socklen_t length = 0;

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

// Names to addresses with c-ares on the loop: the name servers of /etc/resolv.conf, /etc/hosts, "localhost".
// Mostly used as loop.resolver(). The name servers are read when it is made.
class Resolver {
 public:
  // Errors read "can't resolve mx.example.org: Domain name not found".
  using Answer = std::function<void(Result<std::vector<SocketAddress>>)>;

  // A question under way; destroying it means that no answer is wanted any more.
  class Question {
   public:
    Question() = default;
    Question(Question&& other) noexcept;
    Question& operator=(Question&& other) noexcept;
    ~Question();

   private:
    friend class Resolver;
    struct State;
    explicit Question(std::shared_ptr<State> state);
    std::shared_ptr<State> state_;
  };

  explicit Resolver(Loop& loop);
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // The addresses of `family` (AF_INET, AF_INET6), with `port` (host order), at least one. `answer` is called
  // once, on the loop, never from within this call, and not after the question's end.
  [[nodiscard]] Question resolve(const std::string& name, int family, std::uint16_t port, Answer answer);

  // For questions of other kinds: a channel that this loop polls. Its callbacks may come from within the call
  // that asks, and come with ARES_EDESTRUCTION when the resolver ends.
  ares_channeldata* native() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace milter_manager::net
