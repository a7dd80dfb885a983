// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/supervision/listening_sockets.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <filesystem>
#include <string>

#include "core/net/connection_spec.h"

using namespace milter_manager;
using supervision::ListeningSockets;

namespace {

class Folder {
 public:
  Folder() {
    std::string path = (std::filesystem::temp_directory_path() / "sockets-XXXXXX").string();
    REQUIRE(::mkdtemp(path.data()));
    path_ = path;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

config::Configuration at(const std::string& spec) {
  config::Configuration configuration;
  configuration.manager.connection_spec = spec;
  return configuration;
}

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

bool can_connect(const std::string& path) {
  const net::Descriptor client(::socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  return ::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

std::string port_of(const ListeningSockets& sockets) {
  sockaddr_in address{};
  socklen_t length = sizeof address;
  REQUIRE(::getsockname(sockets.descriptors()[0], reinterpret_cast<sockaddr*>(&address), &length) == 0);
  return std::to_string(ntohs(address.sin_port));
}

}  // namespace

TEST_CASE(
    "the manager goes over to another path, is found at the old one for a while, and leaves no file behind") {
  const Folder folder;
  auto sockets = ListeningSockets::open(at("unix:" + folder.file("a")));
  REQUIRE(sockets);
  const auto wanted = at("unix:" + folder.file("b"));
  CHECK_FALSE(sockets->wants_other_place(at("local:" + folder.file("a"))));
  CHECK(sockets->wants_other_place(wanted));
  auto others = sockets->open_other(wanted);
  REQUIRE(others);
  sockets->move_to(std::move(*others));
  CHECK(sockets->spec() == "unix:" + folder.file("b"));
  CHECK(can_connect(folder.file("a")));
  CHECK(can_connect(folder.file("b")));
  sockets->end_lingering();
  CHECK_FALSE(exists(folder.file("a")));
  CHECK(can_connect(folder.file("b")));
  sockets->close();
  CHECK_FALSE(exists(folder.file("b")));
}

TEST_CASE("back to where it was, the manager takes the socket that is there") {
  const Folder folder;
  const auto first = at("unix:" + folder.file("a")), second = at("unix:" + folder.file("b"));
  auto sockets = ListeningSockets::open(first);
  REQUIRE(sockets);
  const int socket = sockets->descriptors()[0];
  sockets->move_to(std::move(*sockets->open_other(second)));
  CHECK_FALSE(sockets->return_to_lingering(at("unix:" + folder.file("c"))));
  REQUIRE(sockets->return_to_lingering(first));
  CHECK(sockets->descriptors() == std::vector<int>{socket});
  sockets->end_lingering();
  CHECK(exists(folder.file("a")));
  CHECK_FALSE(exists(folder.file("b")));
  sockets->close();
}

TEST_CASE("from one address the manager goes over to the same port of all addresses, and back") {
  auto sockets = ListeningSockets::open(at("inet:0@127.0.0.1"));
  REQUIRE(sockets);
  const std::string port = port_of(*sockets);
  // For another manager the port is taken, before and after.
  CHECK_FALSE(ListeningSockets::open(at("inet:" + port)));
  auto others = sockets->open_other(at("inet:" + port));
  REQUIRE(others);
  sockets->move_to(std::move(*others));
  CHECK(sockets->spec() == "inet:" + port + "@[0.0.0.0]");
  CHECK_FALSE(ListeningSockets::open(at("inet:" + port)));
  sockets->end_lingering();
  CHECK_FALSE(ListeningSockets::open(at("inet:" + port + "@127.0.0.1")));
  others = sockets->open_other(at("inet:" + port + "@127.0.0.1"));
  REQUIRE(others);
  sockets->move_to(std::move(*others));
  CHECK(sockets->spec() == "inet:" + port + "@[127.0.0.1]");
}

TEST_CASE("a place where nobody can listen changes nothing") {
  const Folder folder;
  auto sockets = ListeningSockets::open(at("unix:" + folder.file("a")));
  REQUIRE(sockets);
  const auto others = sockets->open_other(at("unix:" + folder.file("missing/b")));
  REQUIRE_FALSE(others);
  CHECK_THAT(others.error().message, Catch::Contains("No such file or directory"));
  CHECK(can_connect(folder.file("a")));
  sockets->close();
}

TEST_CASE("a living manager's socket is not taken") {
  const Folder folder;
  auto first = ListeningSockets::open(at("unix:" + folder.file("a")));
  REQUIRE(first);
  const auto second = ListeningSockets::open(at("unix:" + folder.file("a")));
  REQUIRE_FALSE(second);
  CHECK_THAT(second.error().message, Catch::Contains("another process answers there"));
  CHECK(can_connect(folder.file("a")));
  first->close();
}

TEST_CASE("a socket's mode follows the configuration") {
  const Folder folder;
  auto configuration = at("unix:" + folder.file("a"));
  auto sockets = ListeningSockets::open(configuration);
  REQUIRE(sockets);
  configuration.manager.unix_socket_mode = 0600;
  REQUIRE(sockets->set_mode(configuration));
  struct stat about {};
  REQUIRE(::stat(folder.file("a").c_str(), &about) == 0);
  CHECK((about.st_mode & 0777) == 0600);
  // One that is as it was is not looked at, a group that is not there is each time.
  REQUIRE(::chmod(folder.file("a").c_str(), 0640) == 0);
  REQUIRE(sockets->set_mode(configuration));
  REQUIRE(::stat(folder.file("a").c_str(), &about) == 0);
  CHECK((about.st_mode & 0777) == 0640);
  configuration.manager.unix_socket_group = "no-such-group";
  CHECK_FALSE(sockets->set_mode(configuration));
  CHECK_FALSE(sockets->set_mode(configuration));
  sockets->close();
}

TEST_CASE("inherited sockets stay, whatever the configuration wants, and so do their files") {
  const Folder folder;
  auto opened = ListeningSockets::open(at("unix:" + folder.file("a")));
  REQUIRE(opened);
  auto inherited = ListeningSockets::inherited(std::move(*opened->duplicates()));
  CHECK(inherited.are_inherited());
  CHECK_FALSE(inherited.wants_other_place(at("inet:0")));
  inherited.close();
  CHECK(exists(folder.file("a")));
  opened->close();
}
