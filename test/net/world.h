// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <catch2/catch.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/net/listener.h"
#include "core/net/loop.h"
#include "core/net/stream.h"
#include "core/net/timer.h"

namespace milter_manager::net {

// A directory that goes with its owner.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "milter-manager-net-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// Runs the loop until `condition` holds, looking after each round; fails the test when it never does.
inline void run_until(Loop& loop, const std::function<bool()>& condition) {
  bool late = false;
  Timer limit(loop, [&] { late = true; });
  limit.start_after(std::chrono::seconds(60));
  Timer look(loop, [&] {
    if (late || condition()) loop.stop();
  });
  look.start_every(std::chrono::milliseconds(1));
  loop.run();
  REQUIRE_FALSE(late);
}

// Writes down what happens.
struct Recorder : StreamEvents {
  bool is_connected = false, has_ended = false;
  std::string bytes;
  std::unique_ptr<StreamError> error;
  int blocks = 0, drains = 0;
  std::function<void()> on_received = [] {};

  void connected() override { is_connected = true; }
  void received(std::string_view more) override {
    bytes += more;
    on_received();
  }
  void ended() override { has_ended = true; }
  void failed(const StreamError& failure) override { error = std::make_unique<StreamError>(failure); }
  void blocked() override { ++blocks; }
  void drained() override { ++drains; }
};

// A peer with its stream.
struct Peer : Recorder {
  Peer(Loop& loop, const ConnectionSpec& spec) : stream(loop, spec, *this) {}
  Peer(Loop& loop, Descriptor socket) : stream(loop, std::move(socket), *this) {}
  Stream stream;
};

inline ConnectionSpec spec(const std::string& text) {
  auto parsed = parse_connection_spec(text);
  REQUIRE(parsed);
  return *parsed;
}

// Accepts connections and keeps them.
struct Server {
  Server(Loop& its_loop, const std::string& where, const ListenOptions& options = {}) : loop(its_loop) {
    auto socket = open_listening_socket(spec(where), options);
    if (!socket) FAIL(socket.error().message);
    listener = std::make_unique<Listener>(loop, std::move(*socket), [this](Descriptor connection) {
      peers.push_back(std::make_unique<Peer>(loop, std::move(connection)));
    });
  }
  // "inet:40123@[127.0.0.1]"
  ConnectionSpec address() const { return spec(listener->spec()); }

  Loop& loop;
  std::unique_ptr<Listener> listener;
  std::vector<std::unique_ptr<Peer>> peers;
};

}  // namespace milter_manager::net
