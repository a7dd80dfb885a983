// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/daemon/processes.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iterator>

#include "test/daemon/program.h"

namespace fs = std::filesystem;

namespace {

std::string in_proc(pid_t pid, const char* name) { return "/proc/" + std::to_string(pid) + "/" + name; }

std::string status_line(pid_t pid, std::string_view name) {
  const std::string status = read_file(in_proc(pid, "status"));
  const auto at = status.find("\n" + std::string(name) + ":\t");
  if (at == std::string::npos) return {};
  const auto begin = at + name.size() + 3;
  return status.substr(begin, status.find('\n', begin) - begin);
}

}  // namespace

std::set<pid_t> children_of(pid_t parent) {
  std::set<pid_t> children;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const pid_t pid = std::atoi(entry.path().filename().c_str());
    if (pid <= 0 || status_line(pid, "PPid") != std::to_string(parent)) continue;
    if (status_line(pid, "State").substr(0, 1) != "Z") children.insert(pid);
  }
  return children;
}

std::string command_line_of(pid_t pid) {
  std::string arguments = read_file(in_proc(pid, "cmdline"));
  std::replace(arguments.begin(), arguments.end(), '\0', ' ');
  return arguments;
}

std::string name_of(pid_t pid) {
  const std::string name = read_file(in_proc(pid, "comm"));
  return name.substr(0, name.find('\n'));
}

long resident_of(pid_t pid) { return std::atol(status_line(pid, "VmRSS").c_str()); }

std::size_t descriptors_of(pid_t pid) {
  const fs::directory_iterator all(in_proc(pid, "fd"));
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t n = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + part.size())) ++n;
  return n;
}
