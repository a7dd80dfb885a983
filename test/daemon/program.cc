// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/daemon/program.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <thread>

extern char** environ;
namespace fs = std::filesystem;

namespace {

std::string make_folder() {
  std::string path = (fs::temp_directory_path() / "milter-manager-XXXXXX").string();
  if (!::mkdtemp(path.data())) throw std::runtime_error("can't make a folder: " + path);
  return path;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

Program::Program(const std::vector<std::string>& arguments, const std::vector<std::string>& environment,
                 const std::string& executable)
    : folder_(make_folder()) {
  std::vector<std::string> all = {executable};
  all.insert(all.end(), arguments.begin(), arguments.end());
  std::vector<std::string> variables = environment;
  for (char** one = environ; *one; ++one) variables.emplace_back(*one);

  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, (folder_ + "/out").c_str(), O_WRONLY | O_CREAT,
                                     0600);
  ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, (folder_ + "/err").c_str(), O_WRONLY | O_CREAT,
                                     0600);
  const int error = ::posix_spawn(&pid_, executable.c_str(), &actions, nullptr, pointers_to(all).data(),
                                  pointers_to(variables).data());
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw std::runtime_error("can't start " + executable);
}

Program::~Program() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

void Program::signal(int number) const { ::kill(pid_, number); }
std::string Program::out() const { return read_file(folder_ + "/out"); }
std::string Program::err() const { return read_file(folder_ + "/err"); }

bool Program::has_ended() const {
  siginfo_t about{};
  ::waitid(P_PID, static_cast<id_t>(pid_), &about, WEXITED | WNOHANG | WNOWAIT);
  return about.si_pid != 0;
}

Ended Program::wait() {
  int status = 0;
  if (::waitpid(pid_, &status, 0) != pid_) throw std::runtime_error("the program is no child of ours");
  pid_ = -1;
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), out(), err()};
}

Ended run(const std::vector<std::string>& arguments, const std::vector<std::string>& environment) {
  return Program(arguments, environment).wait();
}

Folder::Folder() : path_(make_folder()) {}

Folder::~Folder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

void Folder::write(std::string_view name, std::string_view text) const {
  fs::create_directories(fs::path(file(name)).parent_path());
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> out(std::fopen(file(name).c_str(), "w"),
                                                            &std::fclose);
  if (!out) throw std::runtime_error("can't write " + file(name));
  std::fwrite(text.data(), 1, text.size(), out.get());
}

std::string Folder::without_path(std::string text) const {
  for (auto at = text.find(path_); at != std::string::npos; at = text.find(path_))
    text.replace(at, path_.size(), "CONFIG");
  return text;
}

void check_golden(const std::string& name, const std::string& text) {
  const std::string path = TEST_SOURCE_DIR "/golden/" + name;
  if (std::getenv("MILTER_MANAGER_ACCEPT_GOLDEN")) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "w"), &std::fclose);
    REQUIRE(file);
    std::fwrite(text.data(), 1, text.size(), file.get());
  }
  CHECK(text == read_file(path));
}

void sleep_a_little() { std::this_thread::sleep_for(std::chrono::milliseconds(10)); }
