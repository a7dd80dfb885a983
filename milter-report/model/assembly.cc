// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/model/assembly.h"

#include <algorithm>
#include <limits>

#include "core/maillog/fingerprint.h"
#include "core/maillog/greylist_delay.h"

namespace milter_manager::report {
namespace {

constexpr std::size_t kSpare = 64;

std::uint32_t small(std::uint64_t value) {
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(value, std::numeric_limits<std::uint32_t>::max()));
}

}  // namespace

Message* Assembly::take(std::uint64_t process, const maillog::Record& record) {
  ++events_;
  if (const auto* const verdict = std::get_if<statistics::MilterMessage>(&record.event)) {
    take_verdict(process, *verdict);
  } else if (const auto* const end = std::get_if<statistics::MessageEnd>(&record.event)) {
    return take_end(process, record, *end);
  } else if (const auto* const header = std::get_if<statistics::MilterHeaderAdd>(&record.event)) {
    take_header(process, *header);
  } else if (const auto* const sent = std::get_if<statistics::SessionHeaderAdd>(&record.event)) {
    if (rules_ != nullptr) match(sent->header, sent->value);
  } else if (const auto* const milter = std::get_if<statistics::MilterEnd>(&record.event)) {
    if (!marks_.empty()) marks_.erase({process, milter->tag});
  }
  return nullptr;
}

// Without going through the rules' automata each time.
void Assembly::match(std::string_view header, std::string_view value) {
  constexpr std::size_t kShort = 24;
  if (value.size() > kShort || header.size() > kShort) return rules_->match(header, value, hits_);
  const std::uint64_t hash = maillog::fingerprint(header) * 31 + maillog::fingerprint(value);
  KnownHeader& known = known_headers_[(hash >> 32) % known_headers_.size()];
  if (known.value == value && known.header == header && !header.empty()) {
    hits_ = known.hits;
    return;
  }
  rules_->match(header, value, hits_);
  known.header = header;
  known.value = value;
  known.hits = hits_;
}

void Assembly::take_header(std::uint64_t process, const statistics::MilterHeaderAdd& header) {
  if (rules_ == nullptr) return;
  match(header.header, header.value);
  const auto delay = maillog::greylist_delay(header.header, header.value);
  if (hits_.empty() && !delay) return;
  // Logs of old versions have no message lines, and so no end to what waits.
  if (marks_.size() >= kMaximumMarks) marks_.clear();
  Marks& marks = marks_[{process, header.tag}];
  for (const maillog::ReportHit& hit : hits_) {
    if (std::find(marks.keys.begin(), marks.keys.end(), hit.key) == marks.keys.end())
      marks.keys.push_back(hit.key);
  }
  if (delay) marks.greylist_delay = small(*delay);
}

void Assembly::take_verdict(std::uint64_t process, const statistics::MilterMessage& event) {
  Open* open = find(process, event.session, event.number);
  if (open == nullptr) open = &begin(process, event.session, event.number);
  // A process writes a line for each milter it has: more are no process's.
  if (open->children.size() >= kMaximumMilters) return;
  ChildVerdict& child = open->children.emplace_back();
  child.milter = milters_.number(event.name);
  child.name = milters_.name(child.milter);
  child.state = event.state;
  child.status = event.status;
  child.group = event.group;
  child.cause = event.cause;
  child.recipients = small(event.recipients);
  child.rejected = small(event.rejected);
  child.deferred = small(event.deferred);
  child.child = event.child;
  child.waited = event.waited;
  child.final_waited = event.final_waited;
  child.epoch = event.epoch;
  if (!event.condition.empty()) child.condition = conditions_.name(conditions_.number(event.condition));
  if (marks_.empty()) return;
  const auto marks = marks_.find({process, event.child});
  if (marks == marks_.end()) return;
  child.report_keys = std::move(marks->second.keys);
  child.greylist_delay = marks->second.greylist_delay;
  marks_.erase(marks);
}

Message* Assembly::take_end(std::uint64_t process, const maillog::Record& record,
                            const statistics::MessageEnd& end) {
  give_back(std::move(complete_.children));
  complete_.children = {};
  if (Open* const open = find(process, end.session, end.number)) {
    complete_.children = std::move(open->children);
    remove(*open);
  }
  message_ = Message{};
  message_.time = record.time;
  message_.pid = record.pid;
  message_.session = end.session;
  message_.number = end.number;
  message_.state = end.state;
  message_.status = end.status;
  message_.elapsed = end.elapsed;
  message_.bytes = end.bytes;
  message_.recipients = end.recipients;
  message_.refused = end.refused;
  message_.queue_id = end.queue_id;
  message_.children = complete_.children;
  return &message_;
}

// Few messages wait at a time, as a process writes a message's lines one behind the other: the newest is asked for.
Assembly::Open* Assembly::find(std::uint64_t process, std::uint32_t session, std::uint32_t number) {
  for (auto open = open_.rbegin(); open != open_.rend(); ++open) {
    if (open->process == process && open->session == session && open->number == number) return &*open;
  }
  return nullptr;
}

Assembly::Open& Assembly::begin(std::uint64_t process, std::uint32_t session, std::uint32_t number) {
  if (!open_.empty() && (open_.size() >= kMaximumOpen || events_ - open_.front().since > kLongestWait))
    forget_old();
  Open& open = open_.emplace_back();
  open.process = process;
  open.session = session;
  open.number = number;
  open.since = events_;
  if (!spare_.empty()) {
    open.children = std::move(spare_.back());
    spare_.pop_back();
  }
  return open;
}

void Assembly::forget_old() {
  std::size_t count = open_.size() >= kMaximumOpen ? kMaximumOpen / 2 : 1;
  while (count < open_.size() && events_ - open_[count].since > kLongestWait) ++count;
  for (std::size_t i = 0; i < count; ++i) unfinished_ += open_[i].children.size();
  open_.erase(open_.begin(), open_.begin() + static_cast<std::ptrdiff_t>(count));
}

void Assembly::remove(Open& open) { open_.erase(open_.begin() + (&open - open_.data())); }

void Assembly::give_back(std::vector<ChildVerdict>&& children) {
  if (children.capacity() == 0 || spare_.size() >= kSpare) return;
  children.clear();
  spare_.push_back(std::move(children));
}

void Assembly::finish() {
  for (const Open& open : open_) unfinished_ += open.children.size();
  open_.clear();
}

}  // namespace milter_manager::report
