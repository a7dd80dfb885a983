// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

// MTAs that send one mail after the other through the manager, each on a thread and each mail on a connection of its own, until the
// object is gone. Every answer is looked at: none of them is lost, and none is other than "continue".
class Traffic {
 public:
  // Several sockets: each mail takes the next one.
  Traffic(std::vector<std::string> sockets, int mtas);
  ~Traffic();
  Traffic(const Traffic&) = delete;
  Traffic& operator=(const Traffic&) = delete;

  // Ends it, after the mails that are on their way.
  void stop();
  // From now on MTAs use these.
  void go_to(std::vector<std::string> sockets);

  int delivered() const { return delivered_; }
  // Mails whose connection the manager did not take; or broke off; or that got another answer.
  int refused() const { return refused_; }
  int broken() const { return broken_; }
  int answered_otherwise() const { return answered_otherwise_; }

 private:
  enum class Outcome { delivered, refused, broken, answered_otherwise };
  void send_mails(int number);
  static Outcome send_mail(const std::string& socket);

  std::mutex lock_;
  std::vector<std::string> sockets_;
  std::atomic<bool> stopping_{false};
  std::atomic<int> delivered_{0}, refused_{0}, broken_{0}, answered_otherwise_{0};
  std::vector<std::thread> threads_;
};
