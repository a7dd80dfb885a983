// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/socket.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/net/loop.h"
#include "core/result.h"

namespace milter_manager::net {

struct SocketAddress {
  sockaddr_storage storage = {};
  socklen_t length = 0;

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

// Questions to name servers with c-ares on the loop. Mostly used as loop.resolver(). The name servers of /etc/resolv.conf
// are read when it is made, and again by renew().
//
// All answers: called once, on the loop, never from within the call that asks, and not after the question's end.
class Resolver {
 public:
  struct Options {
    // "192.0.2.1", "192.0.2.1:5353", "[2001:db8::1]:53"; empty: the system's.
    std::vector<std::string> name_servers;
    // Of the first try with one server; each round of tries waits longer.
    std::chrono::milliseconds timeout{5000};
    int tries = 4;  // with each server
    // For tests: another file than /etc/resolv.conf, and the port of name servers that name none.
    std::string resolv_conf;
    std::uint16_t port = 53;
  };

  // Errors read "can't resolve mx.example.org: Domain name not found".
  using Answer = std::function<void(Result<std::vector<SocketAddress>>)>;
  using NameAnswer = std::function<void(Result<std::string>)>;

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
  Resolver(Loop& loop, const Options& options);
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // Reads anew which name servers there are. Questions under way still go to the old ones.
  void renew();

  // The addresses of `family` (AF_INET, AF_INET6), with `port` (host order), at least one; /etc/hosts and "localhost"
  // count.
  [[nodiscard]] Question resolve(const std::string& name, int family, std::uint16_t port, Answer answer);

  // The A records of exactly that name, asked of the name servers only. Empty where they say that there is none; an error
  // where they say nothing, or what can't be understood.
  [[nodiscard]] Question lookup_ipv4(const std::string& name, Answer answer);

  // The name of an address, from /etc/hosts or a PTR record. Errors are the reason only: "Domain name not found".
  [[nodiscard]] Question name_of(const SocketAddress& address, NameAnswer answer);

 private:
  struct State;
  // c-ares has the question until it answers, even when nobody waits for the answer any more.
  template <typename Value>
  struct Asked;
  template <typename Value>
  std::unique_ptr<Asked<Value>> begin(std::function<void(Result<Value>)> answer, Question& question);
  Options options_;
  std::shared_ptr<State> state_;
  std::vector<std::shared_ptr<State>> retired_;  // by renew(): they still answer
};

}  // namespace milter_manager::net
