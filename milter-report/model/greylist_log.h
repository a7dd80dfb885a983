// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "milter-report/model/mails.h"

namespace milter_manager::report {

// An attempt of a triplet (client's network, sender, recipient) to deliver.
struct Attempt {
  enum class Kind : std::uint8_t {
    deferred,
    accepted,         // it passed greylisting, whatever became of it then
    accepted_marked,  // the same, and another milter says spam or virus, or refused it
    not_greylisted,   // accepted, and the greylisting milter was not asked
  };
  double time = 0;            // Unix seconds
  std::uint32_t triplet = 0;  // index into GreylistRecord::networks
  Kind kind = Kind::deferred;
};

// What logs tell of greylisting.
struct GreylistRecord {
  std::vector<Attempt> attempts;        // in the order of the log
  std::vector<std::uint32_t> networks;  // of each triplet: a number for the client's network
  std::uint64_t surplus = 0;            // attempts beyond kMaximumAttempts or kMaximumTriplets
  std::uint64_t judged = 0;             // messages that the milter judged
  std::uint64_t deferred = 0;           // of these
  std::uint64_t stopped = 0;            // messages from which a condition kept it
  std::vector<double> told_delays;      // seconds: X-Greylist of mails that came back
  std::vector<double>
      asked_delays;  // seconds: "come back in 00:10:00", as deferrals say; at most kMaximumAsked
  std::optional<double> first, last;  // lines of the MTA: Unix seconds
};

inline constexpr std::size_t kMaximumAttempts = 4'000'000;
inline constexpr std::size_t kMaximumTriplets = 1'000'000;
inline constexpr std::size_t kMaximumAsked = 10'000;

// Gathers it. Deferrals are refusals by a milter with a code of 4xx whose text has the word "greylist", in the MTA's lines;
// where the MTA tells too little (Sendmail), the lines of milter-greylist itself. Attempts that passed are messages
// that got into the queue (told by their deliveries), or that a milter refused at the end of message.
// Memory: 16 bytes an attempt, some 40 a triplet.
class GreylistLog final : public MailVisitor {
 public:
  struct Settings {
    std::function<bool(std::string_view name)> is_greylist;  // which milter
    const maillog::ReportRules* rules = nullptr;             // as the log is read with
  };
  explicit GreylistLog(Settings settings);

  // Nothing is joined: a message's queue id alone tells its attempts.
  Wants wants() const override { return {.lines = true, .others = true}; }
  void message(const Message& message) override;
  void mta_line(const MtaLine& line) override;
  void other_line(const maillog::OtherLine& line) override;

  const GreylistRecord& record() const { return record_; }
  GreylistRecord& record() { return record_; }

 private:
  // A message in the queue.
  struct Queued {
    void begin(double at, std::string_view address);
    double time = 0;
    std::uint64_t serial = 0;  // tells it from what had its key before
    std::string client;
    std::optional<std::string> sender;
    Attempt::Kind kind = Attempt::Kind::accepted;
    std::vector<std::uint32_t> attempts;  // indices: its recipients'
  };
  std::optional<std::uint32_t> add(double time, std::string_view client, std::string_view sender,
                                   std::string_view recipient, Attempt::Kind kind);
  void defer(double time, std::string_view client, std::string_view sender, std::string_view recipient,
             std::string_view text);
  void deliver(const MtaLine& line);
  using Queue = std::unordered_map<std::string, Queued>;  // by host and queue id
  Queue::iterator find(std::string_view host, std::string_view queue_id);
  Queued& queued(std::string_view host, std::string_view queue_id);

  Settings settings_;
  std::vector<bool> bad_keys_;
  GreylistRecord record_;
  std::unordered_map<std::uint64_t, std::uint32_t> triplets_, networks_;  // by hash
  Queue queue_;
  using Turns = std::deque<std::pair<std::string, std::uint64_t>>;  // keys and serials, the oldest first
  void wait(Turns& turns, std::size_t maximum, const Queued& entry);
  Turns queued_, removed_;
  std::uint64_t serial_ = 0;
  std::string key_, triplet_;
  bool mta_tells_deferrals_ = false;
};

}  // namespace milter_manager::report
