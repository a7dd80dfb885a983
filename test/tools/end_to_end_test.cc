// SPDX-License-Identifier: GPL-3.0-or-later
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <thread>

#include "test/read_file.h"

namespace {

class Folder {
 public:
  Folder() { REQUIRE(mkdtemp(path_)); }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string operator/(const std::string& name) const { return std::string(path_) + "/" + name; }

 private:
  char path_[32] = "/tmp/tools-test-XXXXXX";
};

struct Ran {
  std::string output;
  int exit_status = -1;
};

Ran run_server(const std::string& arguments) {
  Ran ran;
  std::FILE* const pipe = popen((MILTER_TEST_SERVER " " + arguments + " 2>&1").c_str(), "r");
  REQUIRE(pipe);
  std::array<char, 4096> bytes;
  while (const std::size_t count = std::fread(bytes.data(), 1, bytes.size(), pipe))
    ran.output.append(bytes.data(), count);
  ran.exit_status = WEXITSTATUS(pclose(pipe));
  return ran;
}

// "elapsed-time: 0.00123 seconds" as "elapsed-time: N seconds".
std::string without_time(std::string text) {
  const std::string before = "elapsed-time: ", after = " seconds";
  for (auto at = text.find(before); at != std::string::npos; at = text.find(before, at + 1)) {
    const auto end = text.find(after, at);
    REQUIRE(end != std::string::npos);
    const std::string number = text.substr(at + before.size(), end - at - before.size());
    CHECK(std::stod(number) >= 0);
    text.replace(at + before.size(), number.size(), "N");
  }
  return text;
}

// milter-test-client, until the end of the test.
class Client {
 public:
  Client(const Folder& folder, const std::string& more_option)
      : output_(folder / "client"), socket_(folder / "socket") {
    pid_ = fork();
    REQUIRE(pid_ >= 0);
    if (pid_ == 0) {
      const int file = open(output_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
      dup2(file, STDOUT_FILENO);
      execl(MILTER_TEST_CLIENT, MILTER_TEST_CLIENT, "-s", spec().c_str(), more_option.c_str(), nullptr);
      _exit(127);
    }
    for (int tries = 0; tries < 1000 && !std::filesystem::exists(socket_); ++tries) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
  ~Client() {
    if (pid_ > 0) stop();
  }
  std::string spec() const { return "unix:" + socket_; }
  const std::string& socket() const { return socket_; }
  // Gives the exit status.
  int stop(int signal = SIGTERM) {
    kill(pid_, signal);
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  std::string output() const { return read_file(output_); }

 private:
  std::string output_, socket_;
  pid_t pid_ = -1;
};

}  // namespace

TEST_CASE("the test server sends a mail through the test client") {
  const Folder folder;
  Client client(folder, "--unix-socket-mode=600");
  CHECK(std::filesystem::status(client.socket()).permissions() ==
        (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
  const Ran ran = run_server("-s " + client.spec() + " --unknown='!' -h 'Subject: hi' --output-message");
  CHECK(without_time(ran.output) == read_file(TEST_SOURCE_DIR "/golden/passed-message.txt"));
  CHECK(ran.exit_status == 0);
  CHECK(client.stop() == 0);
  CHECK(client.output() == read_file(TEST_SOURCE_DIR "/golden/requests.txt"));
  CHECK_FALSE(std::filesystem::exists(client.socket()));
}

TEST_CASE("many sessions at once all pass") {
  const Folder folder;
  Client client(folder, "--no-report-request");
  const Ran ran = run_server("-s " + client.spec() + " -t 20");
  std::string expected;
  for (int i = 0; i < 20; ++i) expected += "status: pass\nelapsed-time: N seconds\n";
  CHECK(without_time(ran.output) == expected);
  CHECK(ran.exit_status == 0);
  CHECK(client.stop(SIGINT) == 0);
  CHECK(client.output().empty());
}

TEST_CASE("verbose shows every command and reply") {
  const Folder folder;
  Client client(folder, "--quiet");
  const Ran ran = run_server("-v -s " + client.spec());
  CHECK(ran.output.find("-> helo: <delian>\n<- continue\n") != std::string::npos);
  CHECK(ran.output.find("-> macros:\n  i=i\n-> end-of-message\n<- continue\n-> quit\n") != std::string::npos);
}

TEST_CASE("a milter that is not there can't be connected to") {
  const Folder folder;
  const Ran ran = run_server("-s unix:" + (folder / "nobody"));
  CHECK(ran.output == "Failed to connect to unix:" + (folder / "nobody") + ": No such file or directory\n");
  CHECK(ran.exit_status == 1);
}

TEST_CASE("a test client that can't listen says so and exits with 1") {
  const Folder folder;
  Client client(folder, "--quiet");
  std::FILE* const pipe =
      popen((std::string(MILTER_TEST_CLIENT " -s ") + client.spec() + " 2>&1").c_str(), "r");
  REQUIRE(pipe);
  std::array<char, 4096> bytes;
  const std::string output(bytes.data(), std::fread(bytes.data(), 1, bytes.size(), pipe));
  CHECK(WEXITSTATUS(pclose(pipe)) == 1);
  CHECK(output.find(client.spec()) != std::string::npos);
}
