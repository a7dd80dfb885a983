// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "milter-report/model/names.h"
#include "milter-report/model/trial.h"

namespace milter_manager::report {

// Gathers the trials of all milters from logs: Trial of each that was in evaluation at all.
// Memory: some tens of bytes for each sender's domain and milter, within the limits of trial.h.
class Trials final : public MailVisitor {
 public:
  // `rules` are those that the log is read with: they name the keys that mark spam.
  explicit Trials(const maillog::ReportRules& rules);

  Wants wants() const override { return {.mta = true, .others = false}; }
  void message(const Message& message) override;

  // In the order of the log.
  std::vector<const Trial*> trials() const;

 private:
  static constexpr std::size_t kMaximumTrials = 100;
  // What the milter's headers say.
  struct Marks {
    bool bad = false;   // spam, virus
    bool good = false;  // a check of the sender's passed
  };
  // A sender whose mail was lost, unsupported: is there later mail of it?
  struct Waiting {
    Trial* trial = nullptr;
    std::uint32_t mails = 0;
  };
  Marks marks(const ChildVerdict& child) const;
  Trial& trial(const ChildVerdict& child);
  void count(Trial& trial, const Message& message, std::size_t child);
  void follow(const Message& message);
  std::uint32_t cluster_of(const Message& message);
  std::uint32_t cluster_of(std::uint64_t hash);
  int hour_of_day(double time);

  std::vector<bool> bad_keys_, good_keys_;
  std::deque<Trial> trials_;
  Names names_{kMaximumTrials};     // of milters, at the places of their trials
  std::vector<Trial*> of_milters_;  // by ChildVerdict::milter, where that was met
  std::unordered_map<std::uint64_t, std::uint32_t>
      clusters_;  // a hash of what is alike → its place in Trial::clusters
  Names domains_{kMaximumDomains};
  static constexpr std::uint32_t kNoCluster = 0xffffffff;
  std::vector<std::uint32_t> domain_clusters_;                       // by the domain's number
  std::unordered_map<std::uint64_t, std::vector<Waiting>> waiting_;  // by a hash of network and sender
  // Of the message at hand.
  std::vector<Verdict> verdicts_;
  std::vector<Marks> marks_;
  std::uint32_t cluster_ = 0;
  std::uint64_t sender_ = 0;  // 0: not known
  std::string domain_;
  std::uint32_t domain_number_ = 0;
  int hour_ = 0;
  double quarter_ = -1;  // the quarter of an hour that it is of
};

}  // namespace milter_manager::report
