// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/database/servers/database_server.h"

#include <pwd.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <stdexcept>

#include "test/daemon/processes.h"

namespace {

constexpr const char* kSetpriv = "/usr/bin/setpriv";

std::vector<std::string> as_user(const std::string& user, const std::vector<std::string>& command) {
  std::vector<std::string> all = {"--reuid=" + user, "--regid=" + user, "--clear-groups"};
  all.insert(all.end(), command.begin(), command.end());
  return all;
}

std::string without_blanks(const std::string& text) {
  const auto first = text.find_first_not_of(" \t\n");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\n") - first + 1);
}

bool runs(pid_t pid) { return !command_line_of(pid).empty(); }  // a zombie has none

}  // namespace

DatabaseServer::DatabaseServer(std::string user) : user_(std::move(user)) {
  const passwd* account = ::getpwnam(user_.c_str());
  if (!account) throw std::runtime_error("there is no user " + user_ + ": see test/packages.txt");
  if (::chown(folder_.path().c_str(), account->pw_uid, account->pw_gid) != 0 ||
      ::chmod(folder_.path().c_str(), 0755) != 0)
    throw std::runtime_error("can't give " + folder_.path() + " to " + user_ + ": the test needs root");
}

DatabaseServer::~DatabaseServer() {
  if (program_) kill();
}

std::string DatabaseServer::run_as_user(const std::vector<std::string>& command) const {
  const Ended ended = Program(as_user(user_, command), {}, kSetpriv).wait();
  if (ended.status != 0) throw std::runtime_error(command.front() + ": " + ended.err);
  return ended.out;
}

std::string DatabaseServer::query(const std::string& statement) const {
  return without_blanks(run_as_user(client(statement)));
}

int DatabaseServer::connections() const { return std::atoi(query(counting()).c_str()); }

void DatabaseServer::start() {
  program_ = std::make_unique<Program>(as_user(user_, command()), std::vector<std::string>{}, kSetpriv);
  const bool answers = eventually([&] {
    return program_->has_ended() ||
           Program(as_user(user_, client("SELECT 1")), {}, kSetpriv).wait().status == 0;
  });
  if (!answers || program_->has_ended())
    throw std::runtime_error("the server does not run: " + program_->err());
}

void DatabaseServer::signal_all(int number) {
  // A server's other processes are its children.
  signalled_ = children_of(program_->pid());
  signalled_.insert(program_->pid());
  for (const pid_t pid : signalled_) ::kill(pid, number);
}

void DatabaseServer::kill() {
  signal_all(SIGKILL);
  program_->wait();
  program_.reset();
  // They hold the memory that it shares with the next one.
  const bool gone = eventually([&] {
    for (const pid_t pid : signalled_) {
      if (runs(pid)) return false;
    }
    return true;
  });
  if (!gone) std::abort();
}

void DatabaseServer::suspend() { signal_all(SIGSTOP); }

void DatabaseServer::resume() {
  for (const pid_t pid : signalled_) ::kill(pid, SIGCONT);
}

std::unique_ptr<DatabaseServer> make_server(const std::string& name) {
  return name == "PostgreSQL" ? make_postgresql() : make_mariadb();
}
