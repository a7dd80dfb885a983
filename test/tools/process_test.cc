// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tools/process.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

using namespace milter_manager::tools;

TEST_CASE("a socket's mode is octal or symbolic") {
  const struct {
    const char* text;
    unsigned mode;
  } cases[] = {{"660", 0660},   {"0660", 0660},      {"0", 0},           {"777", 0777},
               {"ug=rw", 0660}, {"u=rwx,g=r", 0740}, {"a=r,u=rw", 0644}, {"o=x", 0001}};
  for (const auto& one : cases) {
    INFO(one.text);
    CHECK(parse_socket_mode(one.text).value() == one.mode);
  }
  for (const char* text : {"", "888", "1000", "u", "u=", "=r", "u+r", "u=rz", "x=r", "u=r,", "-1"}) {
    INFO(text);
    const auto mode = parse_socket_mode(text);
    REQUIRE_FALSE(mode);
    CHECK(mode.error().message == std::string("invalid mode: <") + text + ">");
  }
}

TEST_CASE("a pid file holds the process's number while it is held") {
  char folder[] = "/tmp/pid-file-XXXXXX";
  REQUIRE(mkdtemp(folder));
  const std::string path = std::string(folder) + "/pid";
  {
    PidFile file;
    REQUIRE(file.write(path));
    pid_t pid = 0;
    std::ifstream(path) >> pid;
    CHECK(pid == getpid());
  }
  CHECK_FALSE(std::filesystem::exists(path));
  PidFile nowhere;
  CHECK_FALSE(nowhere.write(path + "/missing/pid"));
  std::filesystem::remove_all(folder);
}

TEST_CASE("a user that is not there is named") {
  if (geteuid() != 0) {
    CHECK(become({"no-such-user", ""}, ""));  // only root can become another one: nothing is tried
    return;
  }
  CHECK(become({"no-such-user", ""}, "").error().message == "no such user: <no-such-user>");
  CHECK(become({"", "no-such-group"}, "").error().message == "no such group: <no-such-group>");
}
