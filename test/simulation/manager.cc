// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/simulation/manager.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/protocol/reply.h"

namespace milter_manager::simulation {

using session::Stage;
using std::chrono::milliseconds;

namespace {
constexpr int kSteps = 200000;  // more than any session takes
}

Manager::Manager(const Play& play, std::vector<Transcript>& transcripts, Record* record)
    : play_(play),
      dice_(scramble(play.seed, 0x6d616e61u)),
      transcripts_(transcripts),
      record_(record),
      known_(play.milters.size()),
      links_(play.milters.size()) {
  for (std::size_t i = 0; i < play.milters.size(); ++i) {
    session::KnownChildren::Knowledge knowledge{play.milters[i].wish, play.milters[i].symbols};
    // As it was before it was set up anew: it wanted less.
    if (play.known[i] == 2)
      knowledge.option.steps |= static_cast<std::uint32_t>(dice_.next()) & protocol::step::kAll;
    if (play.known[i] != 0) known_.remember(static_cast<int>(i), knowledge);
  }
  if (record_ && play.disk == Play::Disk::slow) record_->line("spool slow");
  session::TagSource& tags = *this;
  session::Clock& clock = *this;
  session::Actions& actions = *this;
  session_ = std::make_unique<session::Session>(std::make_shared<session::Settings>(play.settings), known_,
                                                tags, clock, actions);
}

Manager::~Manager() = default;

Time Manager::soon(int milliseconds_at_most) {
  if (dice_.percent(70)) return now_;
  return now_ + milliseconds(dice_.below(static_cast<std::size_t>(milliseconds_at_most)) + 1);
}

// --- The MTA

bool Manager::send(std::string_view bytes, MessageId message) {
  using Leaving = Play::Leaving;
  if (left_ || mta_closed_) return false;
  const bool leaves =
      !play_.calm && play_.leaving != Leaving::quits && sent_ + bytes.size() > play_.leaving_at;
  if (leaves && play_.leaving != Leaving::manager_stops && play_.leaving != Leaving::client_gone) {
    left_ = true;
    bytes = bytes.substr(0, play_.leaving_at - std::min(sent_, play_.leaving_at));
    mta_left_ = play_.leaving != Leaving::hangs;
  }
  from_mta_ += bytes;
  sent_ += bytes.size();
  if (leaves && play_.leaving == Leaving::garbage) {
    for (std::size_t i = 0, size = 1 + dice_.below(12); i < size; ++i) {
      from_mta_ += static_cast<char>(dice_.below(256));
      ++sent_;
    }
  }
  marks_.push_back({sent_, message, now_, blocked_so_far()});
  last_sent_at_ = now_;
  if (leaves && play_.leaving == Leaving::manager_stops) {
    if (record_) record_->line("manager stops");
    session_->shut_down();
  }
  if (leaves && play_.leaving == Leaving::client_gone && dice_.percent(30)) {
    if (record_) record_->line("client disconnected temporary-failure");
    session_->client_disconnected(session::Fallback::temporary_failure);
  }
  if (left_) return false;
  const std::size_t steps = play_.mta.writes_ahead ? dice_.below(4) : kSteps;
  for (std::size_t i = 0; i < steps && !mta_closed_ && (!from_mta_.empty() || stalled_) && fault_.empty();
       ++i)
    step();
  return true;
}

std::optional<std::string> Manager::receive() {
  for (int steps = 0; to_mta_.empty(); ++steps) {
    if (mta_closed_ || left_ || !fault_.empty()) return std::nullopt;
    if (steps > kSteps) fail("the MTA waits without end");
    if (!step()) return std::nullopt;
  }
  std::string packet = std::move(to_mta_.front());
  to_mta_.pop_front();
  return packet;
}

void Manager::finish() {
  for (int steps = 0; !session_->finished() && fault_.empty(); ++steps) {
    if (steps > kSteps) fail("the session does not end");
    step();
  }
  if (fault_.empty()) check_end();
}

// --- Choosing what happens

void Manager::consider(Time at, What what, std::size_t index) {
  if (at <= now_) {
    choices_.push_back({what, index});
  } else if (!next_ || at < *next_) {
    next_ = at;
  }
}

void Manager::gather() {
  choices_.clear();
  next_.reset();
  if ((!from_mta_.empty() || stalled_) && session_->wants_mta_packet()) consider(now_, What::mta_speaks);
  if (mta_left_ && (from_mta_.empty() || !session_->wants_mta_packet())) consider(now_, What::mta_leaves);
  if (mta_drains_at_) consider(*mta_drains_at_, What::mta_drains);
  for (std::size_t i = 0; i < links_.size(); ++i) {
    ChildLink& link = links_[i];
    if (!link.open) continue;
    if (!link.connected) {
      if (!in_trouble(i, Trouble::never_connects)) consider(link.connects_at, What::connects, i);
      continue;
    }
    if (!link.to_milter.empty() && !link.blocked) consider(link.hears_at, What::hears, i);
    if ((!link.to_session.empty() || link.stalled) && session_->wants_child_packet(static_cast<int>(i))) {
      consider(link.speaks_at, What::speaks, i);
    }
    if (link.closing && link.to_session.empty()) consider(link.speaks_at, What::closes, i);
    if (link.drains_at) consider(*link.drains_at, What::drains, i);
  }
  for (std::size_t i = 0; i < questions_.size(); ++i) consider(questions_[i].answered_at, What::condition, i);
  if (disk_at_) consider(*disk_at_, What::disk);
}

bool Manager::step() {
  if (session_->finished()) return false;
  gather();
  if (choices_.empty()) {
    time_passes();
  } else {
    do_one(choices_[dice_.below(choices_.size())]);
  }
  if (!fault_.empty()) return false;
  if (play_.peers_block && !session_->finished() && dice_.percent(2)) maybe_block();
  return true;
}

void Manager::do_one(Choice choice) {
  switch (choice.what) {
    case What::mta_speaks:
      return mta_speaks();
    case What::mta_leaves:
      if (record_) record_->line("mta closes");
      mta_left_ = false;
      mta_quit_ = true;
      return session_->mta_closed();
    case What::mta_drains:
      if (record_) record_->line("mta drained");
      blocked_before_ = blocked_so_far();
      mta_drains_at_.reset();
      return session_->mta_drained();
    case What::connects:
      return child_connects(choice.index);
    case What::hears:
      return child_hears(choice.index);
    case What::speaks:
      return child_speaks(choice.index);
    case What::closes:
      return child_closes(choice.index);
    case What::drains:
      if (record_) record_->child(choice.index, "drained");
      links_[choice.index].blocked = false;
      links_[choice.index].drains_at.reset();
      return session_->child_drained(static_cast<int>(choice.index));
    case What::condition:
      return answer_condition(choice.index);
    case What::disk:
      if (record_) record_->line("spool progresses");
      disk_at_.reset();
      ++disk_turn_;
      return session_->body_progressed();
  }
}

void Manager::time_passes() {
  const auto deadline = session_->deadline();
  if (!deadline) return fail("a running session has no deadline");
  const bool rings = !next_ || *deadline <= *next_;
  const Time target = std::max(now_, rings ? *deadline : *next_);
  if (record_) record_->waits(target - now_);
  now_ = target;
  const Time before = *deadline;
  if (rings) session_->deadline_passed();
  if (rings && session_->deadline() == before) fail("a deadline has passed and stays");
  if (session_->finished()) return;
  const session::Seconds idle = now_ - std::max(last_sent_at_, last_packet_at_);
  if (owed_ == 0 && idle > play_.settings.mta_timeout + session::Seconds(300))
    fail("the MTA may be silent for ever");
  const session::Seconds lasted = now_ - visit_at_;
  if (!rests_ && lasted > play_.settings.session_deadline) fail("the session outlives its deadline");
}

void Manager::mta_speaks() {
  const std::size_t size = stalled_ && dice_.percent(50) ? 0
                           : dice_.percent(60)           ? from_mta_.size()
                                                         : dice_.below(from_mta_.size() + 1);
  const std::string bytes = from_mta_.substr(0, size);
  from_mta_.erase(0, size);
  stalled_ = false;
  const auto result = framer_.feed(bytes, [&](protocol::Packet packet) {
    taken_ += packet.raw.size();
    while (marks_.size() > 1 && marks_.front().end < taken_) marks_.pop_front();
    message_ = marks_.front().message;
    if (record_) record_->mta_says(packet.raw);
    const char kind = packet.kind();
    const auto command = protocol::decode_command(packet);
    if (const auto* offer = command ? std::get_if<protocol::command::Negotiate>(&*command) : nullptr) {
      offered_ = offer->option;
    }
    const bool replied =
        std::string_view("CHMRTLNBEU").find(kind) != std::string_view::npos && command && negotiated_;
    if (owed_ != 0) fail("the session takes a command before it has answered the one before");
    if (replied && (told_.steps & bits(kind).no_reply) == 0) {
      owed_ = 1;
      asked_ = kind;
      asked_at_ = last_packet_at_ = marks_.front().sent;
      blocked_at_ask_ = blocked_at_last_packet_ = marks_.front().blocked;
    }
    if (kind == 'Q') mta_quit_ = true;
    if (kind == 'K' && command && negotiated_) {
      rests_ = true;
    } else if (command && std::string_view("DAQ").find(kind) == std::string_view::npos &&
               std::exchange(rests_, false)) {
      visit_at_ = now_;
      ++visits_begun_;
    }
    session_->mta_received(packet);
    stalled_ = !session_->wants_mta_packet();
    return !stalled_;
  });
  if (session_->finished()) return;
  if (!result) {
    if (record_) record_->line("mta breaks");
    mta_left_ = false;
    from_mta_.clear();
    session_->mta_closed(result.error().message);
  }
}

// --- The milters

bool Manager::in_trouble(std::size_t index, Trouble trouble) const {
  const Fault& fault = play_.faults[index];
  return fault.trouble == trouble && links_[index].connections <= fault.connections;
}

void Manager::child_connects(std::size_t index) {
  ChildLink& link = links_[index];
  if (in_trouble(index, Trouble::refuses)) {
    if (record_) record_->child(index, "refuses");
    link.open = false;
    return session_->child_failed(static_cast<int>(index), "connection refused");
  }
  if (record_) record_->child(index, "connects");
  link.connected = true;
  session_->child_connected(static_cast<int>(index));
}

void Manager::child_hears(std::size_t index) {
  ChildLink& link = links_[index];
  const Heard heard = std::move(link.to_milter.front());
  link.to_milter.pop_front();
  link.hears_at = soon(20);
  std::vector<std::string> replies;
  Said said = link.milter->hear({heard.packet}, heard.message, replies);
  if (!link.milter->complaint().empty()) return fail(link.milter->complaint());
  if (link.hangs || link.closing) return;
  const Trouble trouble = play_.faults[index].trouble;
  if (heard.packet[4] != 'D' && link.heard++ == play_.faults[index].at && in_trouble(index, trouble)) {
    make_trouble(link, trouble, replies, said);
  }
  if (link.to_session.empty() && !link.stalled) link.speaks_at = std::max(link.speaks_at, soon(40));
  for (std::size_t i = 0; i < replies.size(); ++i) {
    link.to_session += replies[i];
    link.meanings.push_back(said.verdict != 0 && i + 1 == said.packets ? std::optional(said) : std::nullopt);
  }
}

void Manager::make_trouble(ChildLink& link, Trouble trouble, std::vector<std::string>& replies, Said& said) {
  const auto replace = [&](std::string packet) {
    replies.assign(1, std::move(packet));
    said.verdict = 0;
  };
  std::string packet;
  switch (trouble) {
    case Trouble::hangs:
      link.hangs = true;
      replies.clear();
      break;
    case Trouble::closes:
      link.closing = true;
      replies.clear();
      break;
    case Trouble::closes_within_reply:
      link.closing = true;
      if (replies.empty()) break;
      replies.back().resize(dice_.below(replies.back().size()));
      said.verdict = 0;
      break;
    case Trouble::garbage:
      for (std::size_t i = 0, size = 1 + dice_.below(20); i < size; ++i)
        packet += static_cast<char>(dice_.below(256));
      link.hangs = true;
      replace(packet);
      break;
    case Trouble::broken_packet: {
      const std::string payload = dice_.percent(50) ? "250 2.0.0 fine" : "x";
      protocol::append_packet(packet, dice_.one_of({'y', 'h', 'i', 'm', '?', 'c', 'O', '\xff'}), payload);
      replace(packet);
      break;
    }
    case Trouble::wrong_reply:
      if (replies.empty()) break;  // see unasked_reply
      protocol::append_packet(packet, dice_.one_of({'s', 'O', 'l', 'p', 'h'}));
      replace(packet);
      break;
    case Trouble::unasked_reply:
      protocol::append_packet(packet, dice_.one_of({'s', 'O', 'd', 'l', 'p', 'c', 'r'}));
      replies.push_back(packet);
      break;
    case Trouble::fails_itself:
      protocol::append_packet(packet, 'f');
      replace(packet);
      break;
    case Trouble::slow:
      link.speaks_at = now_ + milliseconds(dice_.below(15000));
      break;
    default:
      break;
  }
}

// Nobody heeds what is said about such a recipient.
bool Manager::refused_by_mta(const Said& said) const {
  if (said.command != 'R') return false;
  const Visit& visit = play_.visits[connection_of(said.message) - 1];
  const std::vector<Recipient>& recipients =
      visit.transactions[said.message % kFirstConnection - 1].recipients;
  return std::any_of(recipients.begin(), recipients.end(), [&](const Recipient& recipient) {
    return recipient.address == said.subject && recipient.refused_by_mta;
  });
}

void Manager::note_said(std::size_t index, const Said& said) {
  const bool connection = said.command == 'C' || said.command == 'H';
  const MessageId about = connection ? connection_of(said.message) * kFirstConnection : said.message;
  const std::pair key(index, about);
  if (said.verdict == 'a' || (said.verdict == 'c' && said.command == 'E')) passed_.insert(key);
  if (said.command == 'U') return;
  // The manager could not go on with the message, and has said so before the milter had answered.
  if (disk_fails_ && answered_.count(said.message) != 0) return;
  if (refused_by_mta(said)) {
    // It is shown no more of a message that it wants discarded, and the mail passes, as directly.
    if (said.verdict == 'd') passed_.insert(key);
    return;
  }
  if (said.command == 'R') {
    ++recipients_[key].asked;
    recipients_[key].refused += std::string_view("rty").find(said.verdict) != std::string_view::npos;
  }
  if (std::string_view("rty").find(said.verdict) != std::string_view::npos && said.command == 'R') {
    refused_recipients_.insert({index, std::to_string(said.message) + said.subject});
    return;
  }
  if (std::string_view("rtyd4").find(said.verdict) != std::string_view::npos) refused_.insert(key);
}

void Manager::child_speaks(std::size_t index) {
  ChildLink& link = links_[index];
  const std::size_t size =
      dice_.percent(60) ? link.to_session.size() : dice_.below(link.to_session.size() + 1);
  const std::string bytes = link.to_session.substr(0, size);
  link.to_session.erase(0, size);
  link.stalled = false;
  const int connection = link.connections;
  // The session may close this connection and open the next one meanwhile.
  const std::unique_ptr<protocol::Framer> framer = std::move(link.framer);
  const auto same = [&] { return link.connected && link.connections == connection; };
  const auto result = framer->feed(bytes, [&](protocol::Packet packet) {
    if (record_) record_->child_says(index, packet.raw);
    std::optional<Said> said;
    if (!link.meanings.empty()) {
      said = link.meanings.front();
      link.meanings.pop_front();
    }
    if (said) note_said(index, *said);
    session_->child_received(static_cast<int>(index), packet);
    if (!same()) return false;
    link.stalled = !session_->wants_child_packet(static_cast<int>(index));
    return !link.stalled;
  });
  if (!same()) return;
  link.framer = std::make_unique<protocol::Framer>(std::move(*framer));
  if (result || session_->finished()) return;
  if (record_) record_->child(index, "breaks");
  link.open = link.connected = false;
  session_->child_failed(static_cast<int>(index), result.error().message);
}

void Manager::child_closes(std::size_t index) {
  ChildLink& link = links_[index];
  if (record_) record_->child(index, "closes");
  link.open = link.connected = false;
  session_->child_failed(static_cast<int>(index), "the connection was closed");
}

void Manager::answer_condition(std::size_t index) {
  const Question question = questions_[index];
  questions_.erase(questions_.begin() + static_cast<std::ptrdiff_t>(index));
  if (record_) record_->condition(question.child, question.stage, question.stops, question.refused_recipient);
  session::ConditionAnswer answer;
  answer.stop = question.stops;
  if (answer.stop) answer.condition = "X";
  answer.macros.push_back({"{cond}", "1"});
  if (answer.stop && question.stage != Stage::recipient) {
    const bool connection = question.stage < Stage::mail;
    passed_.insert(
        {question.child, connection ? connection_of(question.message) * kFirstConnection : question.message});
  }
  session_->condition_answered(question.id, answer);
}

session::Seconds Manager::blocked_so_far() const {
  session::Seconds blocked = blocked_before_;
  if (mta_drains_at_) blocked += now_ - mta_blocked_at_;
  return blocked;
}

void Manager::maybe_block() {
  const std::size_t peer = dice_.below(links_.size() + 1);
  const int longest = play_.calm ? 100 : 9000;
  if (peer == links_.size()) {
    if (mta_drains_at_) return;
    if (record_) record_->line("mta blocked");
    mta_drains_at_ = now_ + milliseconds(1 + dice_.below(static_cast<std::size_t>(longest)));
    mta_blocked_at_ = now_;
    return session_->mta_blocked();
  }
  ChildLink& link = links_[peer];
  if (!link.connected || link.blocked) return;
  if (record_) record_->child(peer, "blocked");
  link.blocked = true;
  if (!in_trouble(peer, Trouble::never_reads)) {
    link.drains_at = now_ + milliseconds(1 + dice_.below(static_cast<std::size_t>(longest)));
  }
  session_->child_blocked(static_cast<int>(peer));
}

bool Manager::refused(std::size_t child, MessageId message, const std::string& recipient) const {
  if (!recipient.empty()) return refused_recipients_.count({child, std::to_string(message) + recipient}) != 0;
  return refused_.count({child, message}) != 0 ||
         refused_.count({child, connection_of(message) * kFirstConnection}) != 0;
}

bool Manager::dropped(std::size_t child, MessageId message) const {
  const auto found = recipients_.find({child, message});
  return found != recipients_.end() && found->second.asked == found->second.refused;
}

bool Manager::passed(std::size_t child, MessageId message) const {
  return passed_.count({child, message}) != 0 ||
         passed_.count({child, connection_of(message) * kFirstConnection}) != 0;
}

}  // namespace milter_manager::simulation
