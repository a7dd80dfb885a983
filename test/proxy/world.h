// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <catch2/catch.hpp>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/log/logger.h"
#include "core/net/listener.h"
#include "core/net/loop.h"
#include "core/net/stream.h"
#include "core/net/timer.h"
#include "core/protocol/command.h"
#include "core/protocol/reply.h"
#include "core/proxy/server.h"

namespace milter_manager::proxy {

class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// Runs the loop until `condition` holds; fails the test when it never does.
void run_until(net::Loop& loop, const std::function<bool()>& condition);

net::ConnectionSpec spec(const std::string& text);

// One connection that a FakeMilter has accepted.
class MilterPeer final : public net::StreamEvents {
 public:
  using Script = std::function<void(MilterPeer&, protocol::Packet)>;
  MilterPeer(net::Loop& loop, net::Descriptor socket, const Script& script);

  void reply(const protocol::Reply& reply);
  void write_raw(std::string_view bytes);
  void close() { stream_.close(); }
  void destroy() { stream_ = net::Stream(); }
  // Of the packets received: "OCHMRTLNBEQ"; macros are left out.
  std::string kinds;
  std::string body;
  bool negotiated_by_probe = false;  // QUIT came right behind the negotiation
  // What is replied goes out in pieces, a round of the loop each.
  bool one_byte_at_a_time = false;

 private:
  void received(std::string_view bytes) override;
  void ended() override { stream_ = net::Stream(); }
  void failed(const net::StreamError&) override { stream_ = net::Stream(); }

  const Script& script_;
  protocol::Framer framer_;
  net::Stream stream_;
  std::string slow_;
  net::Timer slow_timer_;
};

// A milter whose answers a test chooses.
class FakeMilter {
 public:
  using Script = MilterPeer::Script;
  // Answers everything with continue.
  static void obedient(MilterPeer& peer, protocol::Packet packet);

  FakeMilter(net::Loop& loop, const std::string& place, Script script = obedient);

  // Connections on which there was more than a probe.
  std::vector<MilterPeer*> sessions() const;
  std::vector<std::unique_ptr<MilterPeer>> peers;
  Script script;

 private:
  std::unique_ptr<net::Listener> listener_;
};

// An MTA that writes what it is told and collects the answers.
class FakeMta final : public net::StreamEvents {
 public:
  FakeMta(net::Loop& loop, const std::string& place) : loop_(loop), stream_(loop, spec(place), *this) {}

  void write(std::string_view bytes) { stream_.write(bytes); }
  void send(const protocol::Command& command);
  // The next answer's kind; 0 when the manager has closed.
  char reply();
  char ask(const protocol::Command& command) {
    send(command);
    return reply();
  }
  // Up to and with the MAIL and a recipient, each answered by continue.
  void negotiate(std::uint32_t steps = protocol::step::kAll);
  void begin_mail();
  void close() { stream_.close(); }
  bool is_closed() const { return ended_; }

  protocol::Option told;            // by the manager's negotiation
  std::deque<std::string> replies;  // whole packets

 private:
  void received(std::string_view bytes) override;
  void ended() override { ended_ = true; }
  void failed(const net::StreamError&) override { ended_ = true; }

  net::Loop& loop_;
  protocol::Framer framer_;
  net::Stream stream_;
  bool ended_ = false;
};

// A manager with milters, in a directory of its own.
struct World {
  explicit World(std::size_t milters = 1);
  ~World();

  void start();
  void listen_on(const std::string& place,
                 std::chrono::duration<double> linger = std::chrono::duration<double>(0));
  std::string mta_place() const { return "unix:" + directory.file("manager.sock"); }
  std::string milter_place(std::size_t i) const {
    return "unix:" + directory.file("milter" + std::to_string(i) + ".sock");
  }
  void run_until(const std::function<bool()>& condition) { proxy::run_until(loop, condition); }
  void wait_for_sessions(std::uint64_t finished);
  // The log so far, without times: one line each.
  std::string log();

  TemporaryDirectory directory;
  net::Loop loop;
  std::unique_ptr<log::Logger> logger;
  config::Configuration configuration;  // to be changed before start()
  ServerOptions options;
  std::vector<std::unique_ptr<FakeMilter>> milters;
  std::unique_ptr<Server> server;
};

// The message after begin_mail(), to the end; gives the final answer, or 0 where one before was not "continue".
char send_message(FakeMta& mta, std::string_view body = "a body\r\n");

// How often `part` stands in `text`.
std::size_t count(const std::string& text, const std::string& part);

// The bytes of a whole mail, from the negotiation to QUIT.
std::string whole_mail();

}  // namespace milter_manager::proxy
