// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/net/loop.h"

namespace milter_manager::condition {

// The TCP connections of this host, by their remote end: is the SMTP client still there, and on which of our addresses
// does it talk to the MTA?
//
//   ConnectionTable table(loop);
//   question_ = table.find("192.0.2.1", 40000, [](std::optional<ConnectionTable::Connection> found) {
//     const bool left = found && found->state == ConnectionTable::State::close_wait;
//   });
//
// The kernel is asked on libuv's pool of threads: through netlink (sock_diag(7), Linux), through /proc/net/tcp and tcp6
// where that is not to be had, through `netstat -n` where there is no /proc. A connection at a local address and port where one was found before
// costs some microseconds; any other, also one that isn't there, one walk through all connections of the host, shared by
// all who ask meanwhile.
class ConnectionTable {
 public:
  enum class State : std::uint8_t {
    established,
    close_wait,  // the client has closed its side
    other,       // on its way out or in
  };
  struct Connection {
    State state = State::established;
    std::string local_address;  // text of an address; an IPv4 one also when an IPv6 socket took it
    std::uint16_t local_port = 0;
  };
  // nullopt: this host has no such connection, or can't tell.
  using Answer = std::function<void(std::optional<Connection>)>;

  // Where to look; other than by default for tests and for hosts that are special.
  struct Sources {
    bool netlink = true;
    std::string proc = "/proc";       // empty: not there
    std::string netstat = "netstat";  // looked up in PATH; empty: not there
    // How old a walk through all connections may be to answer from; one that does not know the connection
    // is always repeated.
    std::chrono::steady_clock::duration lifetime = std::chrono::seconds(5);
  };

  // A question under way; destroying it means that no answer is wanted any more.
  class Question {
   public:
    Question() = default;
    Question(Question&&) noexcept = default;
    Question& operator=(Question&& other) noexcept;
    ~Question();

   private:
    friend class ConnectionTable;
    struct State;
    explicit Question(std::shared_ptr<State> state);
    std::shared_ptr<State> state_;
  };

  explicit ConnectionTable(net::Loop& loop);
  ConnectionTable(net::Loop& loop, Sources sources);
  // Questions under way get no answer any more.
  ~ConnectionTable();
  ConnectionTable(const ConnectionTable&) = delete;
  ConnectionTable& operator=(const ConnectionTable&) = delete;

  // The connection whose remote end this is (an IPv4 or IPv6 address without brackets). `answer` is called once, on the
  // loop's thread, never from within this call.
  [[nodiscard]] Question find(const std::string& remote_address, std::uint16_t remote_port, Answer answer);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace milter_manager::condition
