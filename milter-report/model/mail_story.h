// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "milter-report/model/mails.h"
#include "milter-report/model/names.h"

namespace milter_manager::report {

// A mail in the logs of an MTA.
struct MailKey {
  std::string host;
  std::string queue_id;
  auto operator<=>(const MailKey&) const = default;
};

// Finds mails by what the MTA's lines tell of them: the address of a sender or recipient, a message id, the queue id. All
// without "<>"; addresses and message ids without regard to case.
class MailSearch : public MailVisitor {
 public:
  static constexpr std::size_t kMaximumRefusals = 100;
  struct Refusal {  // before there was a queue id
    double time = 0;
    std::string host;
    std::string text;
  };
  static constexpr std::size_t kMaximumLeftOut = 100'000;
  // Keeps the `maximum` newest. Those left out are known, to be counted once, up to kMaximumLeftOut.
  MailSearch(std::string_view wanted, std::size_t maximum);

  Wants wants() const override { return {.lines = true}; }
  void event(const maillog::Record& record) override;
  void mta_line(const MtaLine& line) override;

  const std::set<MailKey>& found() const { return found_; }
  std::size_t left_out() const { return left_out_; }
  const std::vector<Refusal>& refusals() const { return refusals_; }
  std::size_t refusals_left_out() const { return refusals_left_out_; }

 private:
  bool is_wanted(const MtaLine& line) const;
  void add(std::string_view host, std::string_view queue_id);

  std::string wanted_;  // in lower case
  std::string wanted_id_;
  std::size_t maximum_;
  std::set<MailKey> found_;
  std::vector<MailKey> in_order_;  // oldest first
  std::set<MailKey> no_more_;      // left out
  std::size_t left_out_ = 0;
  std::vector<Refusal> refusals_;
  std::size_t refusals_left_out_ = 0;
};

// Something that happened to a mail.
struct StoryEvent {
  double time = 0;  // Unix seconds
  std::string who;  // a milter's name, the MTA's program; "" is the manager
  std::string what;
};

struct ChildStory {
  ChildVerdict verdict;  // `name` and `condition` point into the fields below
  std::string name;
  std::string condition;
  std::vector<std::string> headers;            // "NAME: VALUE" that it wanted to add or change
  std::optional<double> waited_in_connection;  // of its [milter][end]
};

// What became of a mail for one recipient.
enum class Delivery : std::uint8_t { sent, deferred, failed };

// All that the logs tell of one mail.
struct MailStory {
  MailKey key;
  MtaMail mta;
  std::vector<std::string> recipients;         // of deliveries and refusals, each once
  std::map<std::string, Delivery> deliveries;  // by recipient: what the last line on it tells
  std::vector<StoryEvent> mta_lines;           // as they are
  bool has_message = false;                    // there is a [message][end] line
  // Of it and its [milter][message] lines:
  double time = 0;
  std::uint32_t pid = 0, session = 0, number = 0;
  statistics::State state = statistics::State::start;
  statistics::Status status = statistics::Status::pass;
  double elapsed = 0;
  std::uint64_t bytes = 0, recipient_count = 0, refused = 0;
  std::vector<ChildStory> children;
  std::vector<std::string> headers;  // "NAME: VALUE" that went to the MTA
  std::optional<StoryEvent> connection_end;
  std::optional<double> connection_time;
};

// Tells the stories of some mails.
// Memory: as the stories are long, at most kMaximumLines lines each; headers of milters that have not ended a message wait, at most
// kMaximumWaiting.
class StoryTeller : public MailVisitor {
 public:
  static constexpr std::size_t kMaximumLines = 1000;
  static constexpr std::size_t kMaximumWaiting = 20'000;
  static constexpr std::size_t kMaximumStories = 1000;
  explicit StoryTeller(const std::set<MailKey>& wanted);
  // All mails of a queue id, on whatever host.
  explicit StoryTeller(std::string_view queue_id) : queue_id_(queue_id), queue_ids_{queue_id_} {}

  Wants wants() const override { return {.lines = true, .others = true}; }
  void event(const maillog::Record& record) override;
  void mta_line(const MtaLine& line) override;
  void other_line(const maillog::OtherLine& line) override;

  // In the order of time.
  std::vector<MailStory> finish();

 private:
  // Host number, pid, tag.
  using Tag = std::array<std::uint32_t, 3>;

  MailStory* find(std::string_view host, std::string_view queue_id);
  void take(const maillog::Record& record, const statistics::MilterMessage& event);
  void take(const maillog::Record& record, const statistics::MessageEnd& event);
  void take_end_of_child(const Tag& tag, const statistics::MilterEnd& event);
  void take_end_of_session(const maillog::Record& record, const statistics::SessionEnd& event);
  void keep_header(const Tag& tag, std::string_view header, std::string_view value,
                   std::map<Tag, std::vector<std::string>>& waiting);

  Tag tag_of(const maillog::Record& record, std::uint32_t number) {
    return {hosts_.number(record.host), record.pid, number};
  }

  std::string queue_id_;  // "": those that are in stories_
  std::map<MailKey, MailStory> stories_;
  std::set<std::string_view> queue_ids_;  // of all stories: most lines are of other mails
  Names hosts_{8192};
  std::map<Tag, std::vector<std::string>> child_headers_, session_headers_;
  std::map<Tag, std::vector<MailKey>> sessions_;  // of wanted mails, until their ends
  std::map<Tag, std::vector<MailKey>> children_;
};

}  // namespace milter_manager::report
