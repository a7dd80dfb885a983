// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "test/daemon/program.h"

// A database server in a folder of its own, on a socket there, with the database "mail", in which there are the accounts of
// ../recipients.h, for the user "manager" with the password "pass-1234". It runs as its package's user, for which
// the test must be root. Ended with the object.
class DatabaseServer {
 public:
  virtual ~DatabaseServer();
  DatabaseServer(const DatabaseServer&) = delete;
  DatabaseServer& operator=(const DatabaseServer&) = delete;

  // What the configuration says of it.
  virtual std::string settings() const = 0;
  // What it does for so many seconds.
  virtual std::string sleep(int seconds) const = 0;
  // What its own client says to that statement, without blanks around.
  std::string query(const std::string& statement) const;
  // How many connections the user "manager" has, as the server counts them.
  int connections() const;

  // Waits until it answers.
  void start();
  // As a crash: all its processes at once.
  void kill();
  // Stops all its processes where they are; resume() lets them go on.
  void suspend();
  void resume();

 protected:
  // user: the account of its package.
  explicit DatabaseServer(std::string user);

  const std::string& user() const { return user_; }
  std::string file(const std::string& name) const { return folder_.file(name); }
  // Runs it as the server's user; its output.
  std::string run_as_user(const std::vector<std::string>& command) const;
  virtual std::vector<std::string> command() const = 0;
  virtual std::vector<std::string> client(const std::string& statement) const = 0;
  virtual std::string counting() const = 0;

 private:
  void signal_all(int number);

  const std::string user_;
  Folder folder_;
  std::unique_ptr<Program> program_;
  std::set<pid_t> signalled_;
};

std::unique_ptr<DatabaseServer> make_postgresql();
std::unique_ptr<DatabaseServer> make_mariadb();

// "PostgreSQL" or "MariaDB".
std::unique_ptr<DatabaseServer> make_server(const std::string& name);
