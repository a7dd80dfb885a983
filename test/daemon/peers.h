// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "core/protocol/command.h"

// The manager's MTA: one connection, on which it asks and waits.
class Mta {
 public:
  // Connects and negotiates everything there is.
  explicit Mta(const std::string& socket);
  ~Mta();
  Mta(Mta&& other) noexcept;
  Mta(const Mta&) = delete;
  Mta& operator=(const Mta&) = delete;

  void send(const milter_manager::protocol::Command& command);
  // Macros for the command that follows: {"rcpt_mailer", "error"}.
  void send_macros(milter_manager::protocol::CommandKind stage, const std::vector<std::string>& pairs);
  // The next packet's kind, waited for; 0: the manager has closed.
  char reply();
  char ask(const milter_manager::protocol::Command& command);
  // Whether a reply is there already.
  bool has_reply() const;
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

// A milter that takes everything but answers one command as told.
class Milter {
 public:
  // Listens; answers `kind` (a command's code) with `reply` (a reply's), or with 0 not at all.
  Milter(const std::string& socket, char kind, char reply);
  ~Milter();
  Milter(const Milter&) = delete;
  Milter& operator=(const Milter&) = delete;

  // How often it was told that command.
  int asked() const { return asked_; }
  // How often a message was called off.
  int aborted() const { return aborted_; }
  // From now on.
  void answer(char reply) { reply_ = reply; }

 private:
  void accept();
  void serve(int connection);

  const char kind_;
  std::atomic<char> reply_;
  int listening_;
  std::atomic<int> asked_{0}, aborted_{0};
  std::atomic<bool> stopping_{false};
  std::atomic<int> serving_{0};  // threads, one a connection
  std::thread accepting_;
};
