// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/log_analyzer/storing/daemon_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <thread>

namespace milter_manager::log_analyzer {

namespace fs = std::filesystem;

DaemonProcess::DaemonProcess(const ScratchDirectory& directory, const std::vector<std::string>& words) {
  fs::create_directories(directory / "out");
  fs::remove(directory / "s");
  pid_ = ::fork();
  if (pid_ == 0) {
    const int log = ::open((directory / "daemon.log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    ::dup2(log, 1);
    ::dup2(log, 2);
    std::vector<std::string> copies = words;
    std::vector<char*> argv;
    for (std::string& word : copies) argv.push_back(word.data());
    argv.push_back(nullptr);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  while (!fs::is_socket(directory / "s")) {
    INFO(read_file(directory / "daemon.log"));
    REQUIRE(::waitpid(pid_, nullptr, WNOHANG) == 0);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

DaemonProcess::~DaemonProcess() { end(SIGKILL); }

void DaemonProcess::end(int signal) {
  if (pid_ <= 0) return;
  ::kill(pid_, signal);
  ::waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

std::vector<std::string> rrdcached(const ScratchDirectory& directory) {
  return {RRDCACHED,
          "-g",
          "-l",
          "unix:" + (directory / "s"),
          "-b",
          directory / "out",
          "-B",
          "-p",
          directory / "pid",
          "-w",
          "3600",
          "-f",
          "7200"};
}

std::vector<std::string> forgetful_daemon(const ScratchDirectory& directory) {
  return {PYTHON, TEST_SOURCE_DIR "/forgetful_daemon.py", directory / "s"};
}

}  // namespace milter_manager::log_analyzer
