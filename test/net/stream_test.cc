// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/stream.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "test/net/world.h"

namespace milter_manager::net {
namespace {

std::string pattern(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 31 + i / 257);
  return bytes;
}

bool has_inet6() {
  const auto socket = open_listening_socket(spec("inet6:0@[::1]"));
  return socket.has_value();
}

}  // namespace

TEST_CASE("what is written arrives, over each kind of socket") {
  const TemporaryDirectory directory;
  std::vector<std::string> places = {"unix:" + directory.file("a.sock"), "inet:0@[127.0.0.1]"};
  if (has_inet6()) places.push_back("inet6:0@[::1]");
  for (const auto& place : places) {
    CAPTURE(place);
    Loop loop;
    {
      Server server(loop, place);
      Peer client(loop, server.address());
      client.stream.write("before it is ");
      client.stream.write("connected");
      run_until(loop,
                [&] { return !server.peers.empty() && server.peers[0]->bytes == "before it is connected"; });
      CHECK(client.is_connected);
      server.peers[0]->stream.write("answer");
      run_until(loop, [&] { return client.bytes == "answer"; });
      CHECK(client.stream.unwritten_bytes() == 0);
      server.peers.clear();
      run_until(loop, [&] { return client.has_ended; });
    }
    run_until(loop, [&] { return loop.handle_count() == 2; });  // those of run_until itself
  }
}

TEST_CASE("a name is resolved without waiting, and localhost is known") {
  Loop loop;
  Server server(loop, "inet:0@[127.0.0.1]");
  auto by_name = server.address();
  by_name.host = "localhost";
  by_name.host_is_address = false;
  Peer client(loop, by_name);
  CHECK_FALSE(client.is_connected);
  client.stream.write("hello");
  run_until(loop, [&] { return !server.peers.empty() && server.peers[0]->bytes == "hello"; });
}

TEST_CASE("a name that nobody has is said") {
  Loop loop;
  Peer client(loop, spec("inet:25@host.invalid"));
  run_until(loop, [&] { return client.error != nullptr; });
  CHECK(client.error->kind == StreamError::Kind::resolve);
  CHECK_THAT(client.error->message, Catch::StartsWith("can't resolve host.invalid: "));
}

TEST_CASE("a connection given up while its name is resolved leaves nothing behind") {
  Loop loop;
  { Peer client(loop, spec("inet:25@localhost")); }
  { Peer client(loop, spec("inet:25@host.invalid")); }
  run_until(loop, [&] { return true; });
}

TEST_CASE("a connection given up while it is being made leaves nothing behind") {
  Loop loop;
  const Server server(loop, "inet:0@[127.0.0.1]");
  { Peer client(loop, spec(server.listener->spec())); }
  run_until(loop, [&] { return true; });  // the loop's end finds what is left
}

TEST_CASE("connecting to nobody fails with the system's words, and never within the call") {
  const TemporaryDirectory directory;
  Loop loop;
  std::string free_port;
  {
    const Server server(loop, "inet:0@[127.0.0.1]");
    free_port = server.listener->spec();
  }
  {
    const auto dead = open_listening_socket(spec("unix:" + directory.file("dead.sock")));
    REQUIRE(dead);
  }
  const std::pair<std::string, std::string> rows[] = {
      {"unix:" + directory.file("none.sock"), "No such file or directory"},
      {"unix:" + directory.file("dead.sock"), "Connection refused"},
      {free_port, "Connection refused"},
  };
  for (const auto& [place, message] : rows) {
    CAPTURE(place);
    Peer client(loop, spec(place));
    CHECK(client.error == nullptr);
    client.stream.write("ignored");
    run_until(loop, [&] { return client.error != nullptr; });
    CHECK(client.error->kind == StreamError::Kind::connect);
    CHECK(client.error->message == message);
    CHECK_FALSE(client.is_connected);
    client.stream.write("ignored, too");
  }
}

TEST_CASE("a full accept queue is told from a dead listener") {
  const TemporaryDirectory directory;
  const auto place = spec("unix:" + directory.file("full.sock"));
  const auto socket = open_listening_socket(place);
  REQUIRE(socket);
  REQUIRE(listen(socket->get(), 0) == 0);  // room for one that nobody accepts
  Loop loop;
  Peer first(loop, place);
  Peer second(loop, place);
  run_until(loop, [&] { return second.error != nullptr; });
  CHECK(first.is_connected);
  CHECK(second.error->kind == StreamError::Kind::accept_queue_full);
}

TEST_CASE("more than the kernel takes waits, the writer is told, and all of it arrives in order") {
  const TemporaryDirectory directory;
  for (const auto& place : {"unix:" + directory.file("big.sock"), std::string("inet:0@[127.0.0.1]")}) {
    for (const std::size_t piece : {100u, 5000u, 65535u, 3000000u}) {
      CAPTURE(place, piece);
      Loop loop;
      Server server(loop, place);
      Peer client(loop, server.address());
      run_until(loop, [&] { return client.is_connected && !server.peers.empty(); });
      auto& receiver = *server.peers[0];
      receiver.stream.stop_reading();
      const auto bytes = pattern(20 * 1024 * 1024);
      for (std::size_t at = 0; at < bytes.size(); at += piece)
        client.stream.write(std::string_view(bytes).substr(at, piece));
      run_until(loop, [&] { return client.blocks == 1; });
      CHECK(client.drains == 0);
      CHECK(client.stream.unwritten_bytes() > 0);
      CHECK(receiver.bytes.empty());
      client.stream.write("end");
      receiver.stream.resume_reading();
      run_until(loop, [&] { return receiver.bytes.size() == bytes.size() + 3; });
      CHECK((receiver.bytes == bytes + "end"));
      run_until(loop, [&] { return client.drains == 1; });
      CHECK(client.blocks == 1);
      CHECK(client.stream.unwritten_bytes() == 0);
    }
  }
}

TEST_CASE("closing delivers what was written") {
  const TemporaryDirectory directory;
  const auto bytes = pattern(3 * 1024 * 1024);
  for (const auto& place : {"unix:" + directory.file("close.sock"), std::string("inet:0@[127.0.0.1]")}) {
    for (const bool after_connecting : {false, true}) {
      CAPTURE(place, after_connecting);
      Loop loop;
      Server server(loop, place);
      Peer client(loop, server.address());
      if (after_connecting) run_until(loop, [&] { return client.is_connected; });
      client.stream.write(bytes);
      client.stream.close();
      CHECK_FALSE(client.stream);
      run_until(loop, [&] { return !server.peers.empty() && server.peers[0]->has_ended; });
      CHECK((server.peers[0]->bytes == bytes));
    }
  }
}

TEST_CASE("a peer that never reads keeps a closed stream only for its linger time") {
  Loop loop;
  Server server(loop, "inet:0@[127.0.0.1]");
  Peer client(loop, server.address());
  run_until(loop, [&] { return client.is_connected && !server.peers.empty(); });
  server.peers[0]->stream.stop_reading();
  client.stream.write(pattern(64 * 1024 * 1024));
  client.stream.close(std::chrono::milliseconds(20));
  // The listener with its timer, the peer, and two timers of run_until.
  run_until(loop, [&] { return loop.handle_count() == 5; });
}

TEST_CASE("a loop that ends does not wait for lingering streams") {
  const TemporaryDirectory directory;
  const auto place = spec("unix:" + directory.file("end.sock"));
  const auto socket = open_listening_socket(place);
  REQUIRE(socket);
  Loop loop;
  Peer client(loop, place);
  run_until(loop, [&] { return client.is_connected; });
  client.stream.write(pattern(8 * 1024 * 1024));
  run_until(loop, [&] { return client.blocks == 1; });
  client.stream.close(std::chrono::hours(1));
}

TEST_CASE("after the peer's end one may still write") {
  Loop loop;
  Server server(loop, "inet:0@[127.0.0.1]");
  Peer client(loop, server.address());
  client.stream.write("question");
  client.stream.finish_writing();
  run_until(loop, [&] { return !server.peers.empty() && server.peers[0]->has_ended; });
  CHECK(server.peers[0]->bytes == "question");
  server.peers[0]->stream.write("answer");
  run_until(loop, [&] { return client.bytes == "answer"; });
  CHECK_FALSE(client.has_ended);
}

TEST_CASE("what a peer said before it closed is heard, though writing to it fails") {
  const TemporaryDirectory directory;
  Loop loop;
  Server server(loop, "unix:" + directory.file("last.sock"));
  Peer client(loop, server.address());
  run_until(loop, [&] { return client.is_connected && !server.peers.empty(); });
  // The peer speaks and closes in one round in which we write, too.
  server.peers[0]->stream.write("last words");
  server.peers[0]->stream.close();
  client.stream.write("too late");
  run_until(loop, [&] { return client.has_ended || client.error != nullptr; });
  CHECK(client.bytes == "last words");
}

TEST_CASE("a stream that does not read hears nothing until it reads again") {
  Loop loop;
  Server server(loop, "inet:0@[127.0.0.1]");
  Peer client(loop, server.address());
  client.stream.stop_reading();
  CHECK_FALSE(client.stream.reading());
  run_until(loop, [&] { return client.is_connected && !server.peers.empty(); });
  server.peers[0]->stream.write("hello");
  server.peers[0]->stream.close();
  Peer other(loop, server.address());
  run_until(loop, [&] { return server.peers.size() == 2; });
  CHECK(client.bytes.empty());
  client.stream.resume_reading();
  run_until(loop, [&] { return client.has_ended; });
  CHECK(client.bytes == "hello");
}

TEST_CASE("a stream may be destroyed from any of its events") {
  const TemporaryDirectory directory;
  struct Fragile : StreamEvents {
    Fragile(Loop& loop, const ConnectionSpec& where, const char* when)
        : event(when), stream(loop, where, *this) {}
    void happened(const char* what) {
      if (event == what) {
        stream = Stream();
        destroyed = true;
      }
    }
    void connected() override { happened("connected"); }
    void received(std::string_view) override { happened("received"); }
    void ended() override { happened("ended"); }
    void failed(const StreamError& error) override {
      happened("failed");
      CHECK_FALSE(error.message.empty());
    }
    void blocked() override { happened("blocked"); }
    void drained() override { happened("drained"); }
    std::string event;
    Stream stream;
    bool destroyed = false;
  };
  for (const char* event : {"connected", "received", "ended", "failed", "blocked", "drained"}) {
    CAPTURE(event);
    Loop loop;
    Server server(loop, "unix:" + directory.file(event));
    const bool fails = std::string_view(event) == "failed";
    Fragile fragile(loop, fails ? spec("unix:/nonexistent/socket") : server.address(), event);
    fragile.stream.write(pattern(8 * 1024 * 1024));
    run_until(loop, [&] {
      for (auto& peer : server.peers) {
        if (peer->bytes.size() == 8 * 1024 * 1024) {
          peer->bytes.clear();
          peer->stream.write("all");
          peer->stream.close();
        }
      }
      return fragile.destroyed;
    });
  }
}

TEST_CASE("TCP sends what is written at once, and does not wait for more") {
  Loop loop;
  Server server(loop, "inet:0@[127.0.0.1]");
  Peer client(loop, server.address());
  run_until(loop, [&] { return client.is_connected && server.peers.size() == 1; });
  for (const Stream* stream : {&client.stream, &server.peers[0]->stream}) {
    int on = 0;
    socklen_t length = sizeof on;
    REQUIRE(getsockopt(stream->descriptor(), IPPROTO_TCP, TCP_NODELAY, &on, &length) == 0);
    CHECK(on != 0);
  }
}

TEST_CASE("the peer's address is known") {
  Loop loop;
  Server server(loop, "inet:0@[127.0.0.1]");
  Peer client(loop, server.address());
  run_until(loop, [&] { return client.is_connected; });
  CHECK(client.stream.peer_spec() == server.listener->spec());
  CHECK((fcntl(client.stream.descriptor(), F_GETFD) & FD_CLOEXEC) != 0);
}

}  // namespace milter_manager::net
