// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/daemon/role.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string_view>

extern char** environ;

namespace milter_manager::daemon {
namespace {

using nlohmann::json;

constexpr const char* kVariable = "MILTER_MANAGER_ROLE";

std::string text_of(const Role& role) {
  return json{{"kind", static_cast<unsigned>(role.kind)},
              {"worker", role.worker},
              {"n_workers", role.n_workers},
              {"background", role.background},
              {"started_by_root", role.started_by_root},
              {"directory", role.directory},
              {"evaluation", role.evaluation},
              {"ready", role.ready},
              {"sockets", role.sockets}}
      .dump(-1, ' ', true, json::error_handler_t::replace);
}

Role role_of(const char* text) {
  Role role;
  const json object = json::parse(text);
  const auto kind = object.at("kind").get<unsigned>();
  if (kind <= static_cast<unsigned>(Role::Kind::launcher)) role.kind = static_cast<Role::Kind>(kind);
  object.at("worker").get_to(role.worker);
  object.at("n_workers").get_to(role.n_workers);
  object.at("background").get_to(role.background);
  object.at("started_by_root").get_to(role.started_by_root);
  object.at("directory").get_to(role.directory);
  object.at("evaluation").get_to(role.evaluation);
  object.at("ready").get_to(role.ready);
  object.at("sockets").get_to(role.sockets);
  return role;
}

// As ps shows it.
std::string name_of(const Role& role, const char* own) {
  switch (role.kind) {
    case Role::Kind::worker:
      return fmt::format("milter-manager: worker {}", role.worker);
    case Role::Kind::evaluator:
      return "milter-manager: reading the configuration";
    case Role::Kind::launcher:
      return "milter-manager: launcher";
    default:
      return own;
  }
}

}  // namespace

Role take_role() {
  // The kernel took the name from /proc/self/exe.
  ::prctl(PR_SET_NAME, "milter-manager");
  Role role;
  role.started_by_root = ::geteuid() == 0;
  const char* text = std::getenv(kVariable);
  if (!text) return role;
  try {
    role = role_of(text);
  } catch (const json::exception&) {
    // Nobody of ours has written that.
  }
  ::unsetenv(kVariable);
  if (!role.directory.empty() && ::chdir(role.directory.c_str()) != 0) {
    // Not for whom we are now: nor are the relative names in it.
    role.directory.clear();
  }
  for (const int descriptor : role.sockets) ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  for (const int descriptor : {role.evaluation, role.ready}) {
    if (descriptor >= 0) ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  }
  return role;
}

net::Program own_program(const Role& role, char* const* argv) {
  net::Program program;
  program.path = kOwnProgram;
  program.arguments.push_back(name_of(role, argv[0]));
  for (char* const* argument = argv + 1; *argv && *argument; ++argument)
    program.arguments.emplace_back(*argument);
  for (char** one = environ; *one; ++one) program.environment.emplace_back(*one);
  program.environment.push_back(fmt::format("{}={}", kVariable, text_of(role)));
  return program;
}

std::string become_role(const Role& role, char* const* argv) {
  std::vector<int> kept = role.sockets;
  kept.push_back(role.evaluation);
  kept.push_back(role.ready);
  for (const int descriptor : kept) {
    if (descriptor >= 0) ::fcntl(descriptor, F_SETFD, 0);
  }
  ::setenv(kVariable, text_of(role).c_str(), 1);
  sigset_t none;
  ::sigemptyset(&none);
  ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
  ::execv(kOwnProgram, argv);
  const int error = errno;
  ::unsetenv(kVariable);
  for (const int descriptor : kept) {
    if (descriptor >= 0) ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  }
  return fmt::format("can't start {}: {}", kOwnProgram, std::strerror(error));
}

}  // namespace milter_manager::daemon
