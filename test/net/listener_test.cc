// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/net/listener.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "test/net/world.h"

namespace milter_manager::net {
namespace {

std::string error_of(const Result<Descriptor>& socket) { return socket ? "" : socket.error().message; }

}  // namespace

TEST_CASE("a dead socket's path is taken over, a living one's never") {
  const TemporaryDirectory directory;
  const auto path = directory.file("manager.sock");
  const auto place = spec("unix:" + path);
  { REQUIRE(open_listening_socket(place)); }  // its file stays

  ListenOptions keep;
  keep.remove_dead_socket = false;
  CHECK(error_of(open_listening_socket(place, keep)) ==
        "can't listen on unix:" + path + ": Address already in use");

  const auto living = open_listening_socket(place);
  REQUIRE(living);
  CHECK(error_of(open_listening_socket(place)) ==
        "can't listen on unix:" + path + ": another process answers there");
  Loop loop;
  Peer client(loop, place);
  run_until(loop, [&] { return client.is_connected; });
}

TEST_CASE("a socket with a full queue counts as living") {
  const TemporaryDirectory directory;
  const auto place = spec("unix:" + directory.file("full.sock"));
  const auto socket = open_listening_socket(place);
  REQUIRE(socket);
  REQUIRE(listen(socket->get(), 0) == 0);
  Loop loop;
  Peer client(loop, place);
  run_until(loop, [&] { return client.is_connected; });
  CHECK_FALSE(open_listening_socket(place));
}

TEST_CASE("a file that is no socket is never removed") {
  const TemporaryDirectory directory;
  const auto path = directory.file("precious");
  std::ofstream(path) << "mail";
  CHECK(error_of(open_listening_socket(spec("unix:" + path))) ==
        "can't remove existing socket: <" + path + ">: <unix:" + path + ">: it is not a socket");
  CHECK(std::filesystem::file_size(path) == 4);
}

TEST_CASE("what keeps from listening is said with the spec") {
  const TemporaryDirectory directory;
  const auto missing = directory.file("missing/a.sock");
  CHECK(error_of(open_listening_socket(spec("unix:" + missing))) ==
        "can't listen on unix:" + missing + ": No such file or directory");
  ListenOptions options;
  options.group = "no-such-group";
  const auto path = directory.file("a.sock");
  CHECK(error_of(open_listening_socket(spec("unix:" + path), options)) ==
        "can't listen on unix:" + path + ": group <no-such-group>: not found");
  CHECK_FALSE(std::filesystem::exists(path));
  Loop loop;
  const Server server(loop, "inet:0@localhost");
  CHECK(error_of(open_listening_socket(server.address())) ==
        "can't listen on " + server.listener->spec() + ": Address already in use");
}

TEST_CASE("a unix socket has the mode that was asked for") {
  const TemporaryDirectory directory;
  ListenOptions options;
  options.mode = 0640;
  const auto socket = open_listening_socket(spec("unix:" + directory.file("a.sock")), options);
  REQUIRE(socket);
  struct stat status {};
  REQUIRE(stat(directory.file("a.sock").c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0640);
}

TEST_CASE("neither mode nor group of another file is changed that stands where the socket was") {
  const TemporaryDirectory directory;
  const auto place = spec("unix:" + directory.file("a.sock"));
  ListenOptions options;
  options.mode = 0666;
  std::ofstream(directory.file("precious")) << "mail";
  std::filesystem::permissions(directory.file("precious"), std::filesystem::perms::owner_read);
  const auto socket = open_listening_socket(spec("unix:" + directory.file("other.sock")));
  REQUIRE(socket);
  std::filesystem::permissions(directory.file("other.sock"), std::filesystem::perms::owner_read);
  for (const char* target : {"precious", "other.sock"}) {
    CAPTURE(target);
    std::filesystem::create_symlink(directory.file(target), place.path);
    const auto set = set_socket_mode(place, options);
    REQUIRE_FALSE(set);
    CHECK(set.error().message == "can't listen on unix:" + place.path + ": Socket operation on non-socket");
    CHECK(std::filesystem::status(directory.file(target)).permissions() ==
          std::filesystem::perms::owner_read);
    std::filesystem::remove(place.path);
  }
  std::filesystem::create_hard_link(directory.file("precious"), place.path);
  CHECK_FALSE(set_socket_mode(place, options));
  CHECK(std::filesystem::status(directory.file("precious")).permissions() ==
        std::filesystem::perms::owner_read);
}

TEST_CASE("a listener removes its own socket file, and no other's") {
  const TemporaryDirectory directory;
  const auto path = directory.file("a.sock");
  Loop loop;
  const auto nothing = [](Descriptor) {};
  {
    auto socket = open_listening_socket(spec("unix:" + path));
    REQUIRE(socket);
    const Listener listener(loop, std::move(*socket), nothing, true);
  }
  CHECK_FALSE(std::filesystem::exists(path));
  {
    auto socket = open_listening_socket(spec("unix:" + path));
    REQUIRE(socket);
    const Listener listener(loop, std::move(*socket), nothing, true);
    // A second socket file, so that the first one's number is not used again.
    std::filesystem::rename(path, path + ".old");
    REQUIRE(open_listening_socket(spec("unix:" + path)));
  }
  CHECK(std::filesystem::exists(path));
}

TEST_CASE("a paused listener leaves connections waiting, and takes them when it goes on") {
  Loop loop;
  Server server(loop, "inet:0@[127.0.0.1]");
  server.listener->pause();
  CHECK(server.listener->paused());
  Peer first(loop, server.address());
  Peer second(loop, server.address());
  run_until(loop, [&] { return first.is_connected && second.is_connected; });
  CHECK(server.peers.empty());
  server.listener->resume();
  run_until(loop, [&] { return server.peers.size() == 2; });
}

TEST_CASE("a listener may be paused or destroyed while it accepts") {
  Loop loop;
  auto socket = open_listening_socket(spec("inet:0@[127.0.0.1]"));
  REQUIRE(socket);
  std::unique_ptr<Listener> listener;
  int accepted = 0;
  listener = std::make_unique<Listener>(loop, std::move(*socket), [&](Descriptor) {
    ++accepted;
    if (accepted == 1) listener->pause();
    if (accepted == 2) listener.reset();
  });
  const auto place = spec(listener->spec());
  Peer first(loop, place), second(loop, place), third(loop, place);
  run_until(loop, [&] { return accepted == 1; });
  CHECK(listener->paused());
  listener->resume();
  run_until(loop, [&] { return listener == nullptr; });
  CHECK(accepted == 2);
}

TEST_CASE("without descriptors a listener rests and loses nobody") {
  Loop loop;
  Server server(loop, "inet:0@[127.0.0.1]");
  Peer client(loop, server.address());
  rlimit limit{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  const int next = dup(0);
  close(next);
  const rlimit tight{static_cast<rlim_t>(next), limit.rlim_max};
  REQUIRE(setrlimit(RLIMIT_NOFILE, &tight) == 0);
  run_until(loop, [&] { return server.listener->accept_errors() > 0; });
  CHECK(server.peers.empty());
  REQUIRE(setrlimit(RLIMIT_NOFILE, &limit) == 0);
  run_until(loop, [&] { return server.peers.size() == 1; });
}

TEST_CASE("a listener whose socket fails rests, says why once, and goes on when it works again") {
  Loop loop;
  Server server(loop, "inet:0@[127.0.0.1]");
  std::vector<std::string> reasons;
  server.listener->on_failure([&](const std::string& reason) { reasons.push_back(reason); });
  const int socket = server.listener->descriptor();
  for (std::size_t round = 1; round <= 2; ++round) {
    // Nobody listens there any more: accept() fails.
    const auto before = server.listener->accept_errors();
    REQUIRE(shutdown(socket, SHUT_RDWR) == 0);
    run_until(loop, [&] { return server.listener->accept_errors() >= before + 2; });
    CHECK(reasons.size() == round);
    CHECK(reasons.back() == "Invalid argument");
    REQUIRE(listen(socket, 8) == 0);  // at another port
    Peer client(loop, server.address());
    run_until(loop, [&] { return server.peers.size() == round; });
  }
}

TEST_CASE("an inherited socket is taken as it is") {
  const auto socket = open_listening_socket(spec("inet:0@[127.0.0.1]"));
  REQUIRE(socket);
  Loop loop;
  int accepted = 0;
  const Listener listener(loop, Descriptor(dup(socket->get())), [&](Descriptor) { ++accepted; });
  Peer client(loop, spec(listener.spec()));
  run_until(loop, [&] { return accepted == 1; });
}

}  // namespace milter_manager::net
