// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/model/greylist_log.h"

#include <algorithm>
#include <charconv>

#include "core/maillog/fingerprint.h"
#include "milter-report/model/mentions.h"
#include "milter-report/model/sender.h"
#include "milter-report/model/trial.h"

namespace milter_manager::report {
namespace {

constexpr std::size_t kMaximumQueue = 50'000;
constexpr std::size_t kMaximumRemoved = 1000;
constexpr std::size_t kMaximumRecipients = 1000;

// The last "HH:MM:SS" in a text, in seconds.
std::optional<double> clock_seconds(std::string_view text) {
  for (std::size_t at = text.rfind(':'); at != std::string_view::npos && at >= 5;
       at = text.rfind(':', at - 1)) {
    if (text[at - 3] != ':' || at + 3 > text.size()) continue;
    unsigned parts[3] = {};
    bool is_clock = true;
    for (std::size_t i = 0; i < 3; ++i) {
      const char* const begin = text.data() + at - 5 + 3 * i;
      const auto [end, error] = std::from_chars(begin, begin + 2, parts[i]);
      is_clock = is_clock && error == std::errc{} && end == begin + 2;
    }
    if (is_clock) return parts[0] * 3600.0 + parts[1] * 60.0 + parts[2];
  }
  return std::nullopt;
}

// What stands behind `mark` up to `closing`; takes both from `text`.
std::optional<std::string_view> take_between(std::string_view& text, std::string_view mark, char closing) {
  const std::size_t at = text.find(mark);
  if (at == std::string_view::npos) return std::nullopt;
  text.remove_prefix(at + mark.size());
  const std::size_t end = text.find(closing);
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view found = text.substr(0, end);
  text.remove_prefix(end + 1);
  return found;
}

}  // namespace

GreylistLog::GreylistLog(Settings settings) : settings_(std::move(settings)) {
  if (settings_.rules == nullptr) return;
  for (const auto& key : settings_.rules->keys())
    bad_keys_.push_back(key.name == "spam" || key.name == "virus");
}

std::optional<std::uint32_t> GreylistLog::add(double time, std::string_view client, std::string_view sender,
                                              std::string_view recipient, Attempt::Kind kind) {
  const std::uint64_t network = network_number(client);
  triplet_.assign(sender).append("\n").append(recipient);
  std::transform(triplet_.begin(), triplet_.end(), triplet_.begin(), maillog::lower);
  const std::uint64_t hash = network ^ maillog::fingerprint(triplet_);
  auto found = triplets_.find(hash);
  if (record_.attempts.size() >= kMaximumAttempts ||
      (found == triplets_.end() && triplets_.size() >= kMaximumTriplets)) {
    ++record_.surplus;
    return std::nullopt;
  }
  if (found == triplets_.end()) {
    found = triplets_.emplace(hash, static_cast<std::uint32_t>(triplets_.size())).first;
    const auto number = static_cast<std::uint32_t>(networks_.size());
    record_.networks.push_back(networks_.emplace(network, number).first->second);
  }
  record_.attempts.push_back({time, found->second, kind});
  return static_cast<std::uint32_t>(record_.attempts.size() - 1);
}

void GreylistLog::defer(double time, std::string_view client, std::string_view sender,
                        std::string_view recipient, std::string_view text) {
  if (!add(time, client, sender, recipient, Attempt::Kind::deferred)) return;
  if (record_.asked_delays.size() >= kMaximumAsked) return;
  if (const auto seconds = clock_seconds(text)) record_.asked_delays.push_back(*seconds);
}

void GreylistLog::Queued::begin(double at, std::string_view address) {
  time = at;
  client = address;
}

GreylistLog::Queue::iterator GreylistLog::find(std::string_view host, std::string_view queue_id) {
  key_.assign(host).append("\n").append(queue_id);
  return queue_.find(key_);
}

GreylistLog::Queued& GreylistLog::queued(std::string_view host, std::string_view queue_id) {
  if (const auto found = find(host, queue_id); found != queue_.end()) return found->second;
  Queued& added = queue_[key_];
  added.serial = ++serial_;
  wait(queued_, kMaximumQueue, added);
  return added;
}

// Puts the entry of `key_` at the end, and forgets the first if there are too many.
void GreylistLog::wait(Turns& turns, std::size_t maximum, const Queued& entry) {
  turns.emplace_back(key_, entry.serial);
  if (turns.size() <= maximum) return;
  const auto oldest = queue_.find(turns.front().first);
  if (oldest != queue_.end() && oldest->second.serial == turns.front().second) queue_.erase(oldest);
  turns.pop_front();
}

void GreylistLog::mta_line(const MtaLine& line) {
  if (!record_.first) record_.first = line.time;
  record_.last = std::max(record_.last.value_or(line.time), line.time);
  switch (line.kind) {
    case MtaLine::Kind::client: {
      // A queue id may be used again: this is a new message.
      if (const auto found = find(line.host, line.queue_id); found != queue_.end()) queue_.erase(found);
      queued(line.host, line.queue_id).begin(line.time, line.client_address);
      break;
    }
    case MtaLine::Kind::sender: {
      const bool tells_client = !line.client_address.empty();
      const auto found = find(line.host, line.queue_id);
      if (found == queue_.end() && !tells_client) return;
      Queued& entry = found != queue_.end() ? found->second : queued(line.host, line.queue_id);
      // Sendmail tells client and sender behind the milters' verdicts.
      if (tells_client && entry.client.empty()) entry.begin(line.time, line.client_address);
      if (line.sender) entry.sender.emplace(*line.sender);
      break;
    }
    case MtaLine::Kind::delivery:
      deliver(line);
      break;
    case MtaLine::Kind::refusal: {
      if (!line.by_milter || !line.sender || !line.recipient || line.client_address.empty()) return;
      if (line.reply_code / 100 == 4 && mentions(line.reply, "greylist")) {
        mta_tells_deferrals_ = true;
        defer(line.time, line.client_address, *line.sender, *line.recipient, line.reply);
      } else if (line.stage == "END-OF-MESSAGE" && line.reply.starts_with('5')) {
        add(line.time, line.client_address, *line.sender, *line.recipient, Attempt::Kind::accepted_marked);
      }
      break;
    }
    case MtaLine::Kind::removed:
      // The manager's own lines may come a little later.
      if (const auto found = find(line.host, line.queue_id); found != queue_.end())
        wait(removed_, kMaximumRemoved, found->second);
      break;
    case MtaLine::Kind::message_id:
      break;
  }
}

void GreylistLog::deliver(const MtaLine& line) {
  const auto found = find(line.host, line.queue_id);
  if (found == queue_.end() || !found->second.sender || found->second.client.empty() || !line.recipient)
    return;
  Queued& entry = found->second;
  if (entry.attempts.size() >= kMaximumRecipients) return;
  const std::string_view recipient =
      line.original_recipient.empty() ? *line.recipient : line.original_recipient;
  const auto attempt = add(entry.time, entry.client, *entry.sender, recipient, entry.kind);
  if (!attempt) return;
  // A delivery that is tried again is no other attempt of the client.
  const std::uint32_t triplet = record_.attempts[*attempt].triplet;
  const bool is_known = std::any_of(entry.attempts.begin(), entry.attempts.end(),
                                    [&](std::uint32_t i) { return record_.attempts[i].triplet == triplet; });
  if (is_known) {
    record_.attempts.pop_back();
  } else {
    entry.attempts.push_back(*attempt);
  }
}

// "4Xyz: addr mail.example.com[192.0.2.1] from <a@example.com> to <b@example.org> delayed for 00:10:00 (ACL 103)"
void GreylistLog::other_line(const maillog::OtherLine& line) {
  if (mta_tells_deferrals_ || line.program != "milter-greylist") return;
  std::string_view rest = line.text;
  const std::size_t delayed = rest.find(" delayed for ");
  if (delayed == std::string_view::npos) return;
  const std::string_view text = rest.substr(delayed);
  if (!take_between(rest, ": addr ", '[')) return;
  const auto address = take_between(rest, "", ']');
  const auto sender = take_between(rest, " from <", '>');
  const auto recipient = take_between(rest, " to <", '>');
  if (!address || !sender || !recipient) return;
  defer(line.time, *address, *sender, *recipient, text);
}

void GreylistLog::message(const Message& message) {
  const ChildVerdict* own = nullptr;
  bool is_bad = false;
  for (const ChildVerdict& child : message.children) {
    if (child.greylist_delay) record_.told_delays.push_back(*child.greylist_delay);
    if (settings_.is_greylist(child.name)) {
      own = &child;
      continue;
    }
    is_bad = is_bad || is_loss(verdict_of(child));
    for (const std::uint16_t key : child.report_keys)
      is_bad = is_bad || (key < bad_keys_.size() && bad_keys_[key]);
  }
  if (own == nullptr) return;
  const Verdict verdict = verdict_of(*own);
  record_.judged += is_judgement(verdict) ? 1 : 0;
  record_.deferred += verdict == Verdict::defer ? 1 : 0;
  record_.stopped += verdict == Verdict::stopped ? 1 : 0;
  if (message.queue_id.empty()) return;
  Queued& entry = queued(message.host, message.queue_id);
  if (!is_judgement(verdict)) {
    entry.kind = Attempt::Kind::not_greylisted;
  } else if (is_bad) {
    entry.kind = Attempt::Kind::accepted_marked;
  }
  for (const std::uint32_t attempt : entry.attempts) record_.attempts[attempt].kind = entry.kind;
}

}  // namespace milter_manager::report
