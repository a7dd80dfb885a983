// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/maillog/report_rules.h"
#include "milter-report/model/mails.h"
#include "milter-report/model/names.h"

namespace milter_manager::report {

// Puts messages together from the events of many processes, whose lines are mixed: [milter][header][add] and
// [milter][message] lines wait for their [message][end].
// Memory: at most kMaximumOpen messages and kMaximumMarks milters' headers wait; what has waited longest goes first.
class Assembly {
 public:
  static constexpr std::size_t kMaximumOpen = 1024;
  static constexpr std::size_t kMaximumMarks = 65536;
  // So many events later a message without its end has lost it.
  static constexpr std::uint64_t kLongestWait = 200'000;

  // `rules`: what headers say, or null. Both must outlive this object.
  Assembly(const maillog::ReportRules* rules, Names& milters) : rules_(rules), milters_(milters) {}

  // Takes an event of the process (host number and pid). The message that it completes: valid until the next call;
  // `host` and `mta` are not set. Else null.
  Message* take(std::uint64_t process, const maillog::Record& record);

  // What the header of the event taken last says.
  std::span<const maillog::ReportHit> hits() const { return hits_; }

  // The children of the message returned last, to be kept beyond the next call.
  std::vector<ChildVerdict> take_children() { return std::move(complete_.children); }
  // A vector that is no longer needed, for its memory.
  void give_back(std::vector<ChildVerdict>&& children);

  // [milter][message] lines whose [message][end] did not come.
  std::uint64_t unfinished() const { return unfinished_; }
  // Counts those that still wait.
  void finish();

 private:
  struct Open {
    std::uint64_t process = 0;
    std::uint32_t session = 0;
    std::uint32_t number = 0;
    std::uint64_t since = 0;  // event
    std::vector<ChildVerdict> children;
  };
  // What a milter's headers said of the message at hand.
  struct Marks {
    std::vector<std::uint16_t> keys;
    std::optional<std::uint32_t> greylist_delay;
  };
  struct MarkKey {
    std::uint64_t process;
    std::uint32_t child;
    bool operator==(const MarkKey&) const = default;
  };
  struct MarkHash {
    std::size_t operator()(const MarkKey& key) const {
      return std::hash<std::uint64_t>()(key.process * 0x9e3779b97f4a7c15U ^ key.child);
    }
  };

  // What a short header said before: most say "YES" or "NO".
  struct KnownHeader {
    std::string header, value;
    std::vector<maillog::ReportHit> hits;
  };

  void match(std::string_view header, std::string_view value);
  void take_header(std::uint64_t process, const statistics::MilterHeaderAdd& header);
  void take_verdict(std::uint64_t process, const statistics::MilterMessage& event);
  Message* take_end(std::uint64_t process, const maillog::Record& record, const statistics::MessageEnd& end);
  Open* find(std::uint64_t process, std::uint32_t session, std::uint32_t number);
  Open& begin(std::uint64_t process, std::uint32_t session, std::uint32_t number);
  void forget_old();
  void remove(Open& open);

  const maillog::ReportRules* rules_;
  Names& milters_;
  Names conditions_{1000};
  std::vector<Open> open_;
  std::unordered_map<MarkKey, Marks, MarkHash> marks_;
  std::vector<maillog::ReportHit> hits_;
  std::array<KnownHeader, 64> known_headers_;
  std::vector<std::vector<ChildVerdict>> spare_;
  Open complete_;
  Message message_;
  std::uint64_t events_ = 0;
  std::uint64_t unfinished_ = 0;
};

}  // namespace milter_manager::report
