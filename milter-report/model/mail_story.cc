// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/model/mail_story.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/maillog/ascii.h"

namespace milter_manager::report {
namespace {

using maillog::lower;

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char byte) { return lower(byte); });
  return out;
}

std::string_view without_brackets(std::string_view text) {
  if (text.size() >= 2 && text.front() == '<' && text.back() == '>') return text.substr(1, text.size() - 2);
  return text;
}

void add_once(std::string_view text, std::vector<std::string>& to) {
  if (!text.empty() && std::find(to.begin(), to.end(), text) == to.end()) to.emplace_back(text);
}

// Each once, and no more than a story may have.
void keep(const MailKey& key, std::vector<MailKey>& keys) {
  if (keys.size() < StoryTeller::kMaximumLines && std::find(keys.begin(), keys.end(), key) == keys.end())
    keys.push_back(key);
}

std::optional<Delivery> delivery_of(std::string_view status) {
  if (status == "sent") return Delivery::sent;
  if (status == "deferred" || status == "queued" || status == "SOFTBOUNCE") return Delivery::deferred;
  if (status == "bounced" || status == "expired" || status == "undeliverable") return Delivery::failed;
  return std::nullopt;
}

// Sendmail tells of several in one line: "a@example.org>,<b@example.org".
void keep_delivery(std::string_view recipients, Delivery delivery, std::map<std::string, Delivery>& all) {
  constexpr std::string_view kBetween = ">,<";
  while (true) {
    const std::size_t at = recipients.find(kBetween);
    std::string one(recipients.substr(0, at));
    if (all.size() < StoryTeller::kMaximumLines || all.count(one) > 0) all[std::move(one)] = delivery;
    if (at == std::string_view::npos) return;
    recipients.remove_prefix(at + kBetween.size());
  }
}

}  // namespace

MailSearch::MailSearch(std::string_view wanted, std::size_t maximum)
    : wanted_(lower(without_brackets(wanted))), wanted_id_(without_brackets(wanted)), maximum_(maximum) {}

bool MailSearch::is_wanted(const MtaLine& line) const {
  const auto is = [&](std::string_view text) {
    return text.size() == wanted_.size() &&
           std::equal(text.begin(), text.end(), wanted_.begin(),
                      [](char byte, char other) { return lower(byte) == other; });
  };
  if (line.queue_id == wanted_id_ && !line.queue_id.empty()) return true;
  return is(line.message_id) || is(line.original_recipient) || (line.sender && is(*line.sender)) ||
         (line.recipient && is(*line.recipient));
}

void MailSearch::mta_line(const MtaLine& line) {
  if (!is_wanted(line)) return;
  if (!line.queue_id.empty()) return add(line.host, line.queue_id);
  if (refusals_.size() >= kMaximumRefusals) {
    ++refusals_left_out_;
    return;
  }
  refusals_.push_back({line.time, std::string(line.host), fmt::format("{}: {}", line.program, line.text)});
}

// Where the MTA's lines are in another log the manager's tell the queue id.
void MailSearch::event(const maillog::Record& record) {
  const auto* const end = std::get_if<statistics::MessageEnd>(&record.event);
  if (end != nullptr && !end->queue_id.empty() && end->queue_id == wanted_id_)
    add(record.host, end->queue_id);
}

void MailSearch::add(std::string_view host, std::string_view queue_id) {
  MailKey key{std::string(host), std::string(queue_id)};
  if (no_more_.count(key) > 0) return;
  const auto [place, added] = found_.insert(std::move(key));
  if (!added) return;
  in_order_.push_back(*place);
  if (in_order_.size() <= maximum_) return;
  ++left_out_;
  auto oldest = found_.extract(in_order_.front());
  if (no_more_.size() < kMaximumLeftOut) no_more_.insert(std::move(oldest));
  in_order_.erase(in_order_.begin());
}

StoryTeller::StoryTeller(const std::set<MailKey>& wanted) {
  for (const MailKey& key : wanted) {
    MailStory& story = stories_[key];
    story.key = key;
    queue_ids_.insert(story.key.queue_id);
  }
}

MailStory* StoryTeller::find(std::string_view host, std::string_view queue_id) {
  if (queue_id.empty() || queue_ids_.count(queue_id) == 0) return nullptr;
  MailKey key{std::string(host), std::string(queue_id)};
  const auto story = stories_.find(key);
  if (story != stories_.end()) return &story->second;
  if (queue_id_.empty() || stories_.size() >= kMaximumStories) return nullptr;
  MailStory& added = stories_[key];
  added.key = std::move(key);
  return &added;
}

void StoryTeller::mta_line(const MtaLine& line) {
  MailStory* const story = find(line.host, line.queue_id);
  if (story == nullptr) return;
  if (!line.client_address.empty() && story->mta.client_address.empty()) {
    story->mta.client_name = line.client_name;
    story->mta.client_address = line.client_address;
  }
  if (line.sender) story->mta.sender = std::string(*line.sender);
  if (!line.message_id.empty()) story->mta.message_id = line.message_id;
  if (line.recipient && story->recipients.size() < kMaximumLines)
    add_once(*line.recipient, story->recipients);
  if (line.kind != MtaLine::Kind::delivery || !line.recipient) return;
  if (const auto delivery = delivery_of(line.status))
    keep_delivery(*line.recipient, *delivery, story->deliveries);
}

// All lines that begin with its queue id, also those that tell nothing that we know.
void StoryTeller::other_line(const maillog::OtherLine& line) {
  const std::size_t colon = line.text.find(": ");
  if (colon == std::string_view::npos) return;
  MailStory* const story = find(line.host, line.text.substr(0, colon));
  if (story == nullptr || story->mta_lines.size() >= kMaximumLines) return;
  story->mta_lines.push_back(
      {line.time, std::string(line.program), std::string(line.text.substr(colon + 2))});
}

void StoryTeller::keep_header(const Tag& tag, std::string_view header, std::string_view value,
                              std::map<Tag, std::vector<std::string>>& waiting) {
  // Logs of old versions have no message lines, and so no end to what waits.
  if (waiting.size() >= kMaximumWaiting) waiting.clear();
  auto& headers = waiting[tag];
  if (headers.size() < kMaximumLines) headers.push_back(std::string(header).append(": ").append(value));
}

void StoryTeller::event(const maillog::Record& record) {
  const auto tag = [&](std::uint32_t number) { return tag_of(record, number); };
  if (const auto* const verdict = std::get_if<statistics::MilterMessage>(&record.event)) {
    take(record, *verdict);
  } else if (const auto* const end = std::get_if<statistics::MessageEnd>(&record.event)) {
    take(record, *end);
  } else if (const auto* const header = std::get_if<statistics::MilterHeaderAdd>(&record.event)) {
    keep_header(tag(header->tag), header->header, header->value, child_headers_);
  } else if (const auto* const sent = std::get_if<statistics::SessionHeaderAdd>(&record.event)) {
    keep_header(tag(sent->tag), sent->header, sent->value, session_headers_);
  } else if (const auto* const child = std::get_if<statistics::MilterEnd>(&record.event)) {
    if (!children_.empty()) take_end_of_child(tag(child->tag), *child);
  } else if (const auto* const session = std::get_if<statistics::SessionEnd>(&record.event)) {
    if (!sessions_.empty()) take_end_of_session(record, *session);
  }
}

void StoryTeller::take(const maillog::Record& record, const statistics::MilterMessage& event) {
  const Tag tag = tag_of(record, event.child);
  auto headers = child_headers_.extract(tag);
  MailStory* const story = find(record.host, event.queue_id);
  if (story == nullptr || story->children.size() >= kMaximumLines) return;
  ChildStory& child = story->children.emplace_back();
  child.name = event.name;
  child.condition = event.condition;
  child.verdict.state = event.state;
  child.verdict.status = event.status;
  child.verdict.group = event.group;
  child.verdict.cause = event.cause;
  child.verdict.recipients = static_cast<std::uint32_t>(event.recipients);
  child.verdict.rejected = static_cast<std::uint32_t>(event.rejected);
  child.verdict.deferred = static_cast<std::uint32_t>(event.deferred);
  child.verdict.child = event.child;
  child.verdict.waited = event.waited;
  child.verdict.final_waited = event.final_waited;
  child.verdict.epoch = event.epoch;
  if (!headers.empty()) child.headers = std::move(headers.mapped());
  if (children_.size() >= kMaximumWaiting) children_.clear();
  keep(story->key, children_[tag]);
}

void StoryTeller::take(const maillog::Record& record, const statistics::MessageEnd& event) {
  const Tag tag = tag_of(record, event.session);
  auto headers = session_headers_.extract(tag);
  MailStory* const story = find(record.host, event.queue_id);
  if (story == nullptr) return;
  story->has_message = true;
  story->time = record.time;
  story->pid = record.pid;
  story->session = event.session;
  story->number = event.number;
  story->state = event.state;
  story->status = event.status;
  story->elapsed = event.elapsed;
  story->bytes = event.bytes;
  story->recipient_count = event.recipients;
  story->refused = event.refused;
  if (!headers.empty()) story->headers = std::move(headers.mapped());
  // Sessions whose end is not in the log would wait for ever.
  if (sessions_.size() >= kMaximumWaiting) sessions_.clear();
  keep(story->key, sessions_[tag]);
}

void StoryTeller::take_end_of_child(const Tag& tag, const statistics::MilterEnd& event) {
  const auto of = children_.extract(tag);
  if (of.empty()) return;
  for (const MailKey& key : of.mapped()) {
    for (ChildStory& child : stories_[key].children) {
      if (child.verdict.child == event.tag) child.waited_in_connection = event.elapsed;
    }
  }
}

void StoryTeller::take_end_of_session(const maillog::Record& record, const statistics::SessionEnd& event) {
  const auto of = sessions_.extract(tag_of(record, event.tag));
  if (of.empty()) return;
  for (const MailKey& key : of.mapped()) {
    stories_[key].connection_end = {
        record.time, "",
        fmt::format("the connection ends: {} at {}", statistics::word(event.status),
                    statistics::word(event.state))};
    stories_[key].connection_time = event.elapsed;
  }
}

std::vector<MailStory> StoryTeller::finish() {
  std::vector<MailStory> stories;
  for (auto& [key, story] : stories_) {
    if (!story.has_message && !story.mta_lines.empty()) story.time = story.mta_lines.front().time;
    stories.push_back(std::move(story));
  }
  stories_.clear();
  std::stable_sort(stories.begin(), stories.end(),
                   [](const auto& a, const auto& b) { return a.time < b.time; });
  for (MailStory& story : stories) {
    for (ChildStory& child : story.children) {
      child.verdict.name = child.name;
      child.verdict.condition = child.condition;
    }
  }
  return stories;
}

}  // namespace milter_manager::report
