// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "milter-report/model/mails.h"

namespace milter_manager::report {

// Joins messages with the MTA's lines of the same queue id and host. A message waits until the MTA has told its sender,
// which it does after the manager has ended, at most kLongestWait of the log's time.
// Memory: at most kMaximumMails mails, which have waited or been open for no more than an hour.
class MtaJoin {
 public:
  static constexpr double kLongestWait = 60;  // seconds
  static constexpr double kLongestOpen = 3600;
  static constexpr std::size_t kMaximumMails = 65536;

  // `deliver` gets each message once, with its MTA lines if there were any; the children may be taken out of it.
  using Deliver = std::function<void(Message& message, std::vector<ChildVerdict>& children)>;
  explicit MtaJoin(Deliver deliver) : deliver_(std::move(deliver)) {}

  void take(std::uint32_t host_number, const MtaLine& line);
  // `message` has a host that stays valid. One without a queue id is delivered at once.
  void take(std::uint32_t host_number, const Message& message, std::vector<ChildVerdict>&& children);
  // Delivers what still waits.
  void finish();

 private:
  struct Mail {
    std::string key;
    double since = 0;          // of its first line, or since it waits
    std::uint64_t serial = 0;  // tells it from what had its place before
    bool told = false;         // there is a line of the MTA
    bool waits = false;        // `message` is complete but for the sender
    MtaMail mta;
    Message message;
    std::vector<ChildVerdict> children;
  };
  using Mails = std::unordered_map<std::string, Mail>;
  // A mail to look at when its time has come.
  struct Turn {
    std::string key;
    double time = 0;
    std::uint64_t serial = 0;
  };

  const std::string& key_of(std::uint32_t host_number, std::string_view queue_id);
  Mail& open(const std::string& key, double time);
  void deliver(Mails::iterator mail);
  void pass(double time);
  void expire(std::deque<Turn>& turns, double time, double limit, std::size_t maximum);

  Deliver deliver_;
  Mails mails_;
  std::vector<Mails::node_type> spare_;
  std::deque<Turn> opened_;
  std::deque<Turn> waiting_;
  std::string key_;
  std::uint64_t serial_ = 0;
};

}  // namespace milter_manager::report
