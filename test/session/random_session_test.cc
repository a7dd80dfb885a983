// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <optional>
#include <random>

#include "core/protocol/packet.h"
#include "core/protocol/reply.h"
#include "core/session/negotiation.h"
#include "core/session/session.h"
#include "test/session/once.h"
#include "test/session/packet_text.h"
#include "test/session/world.h"

namespace milter_manager::session {
namespace {

// One session with children and an MTA that do what comes to their mind. Everything follows from the seed.
class RandomSession {
 public:
  explicit RandomSession(std::uint64_t seed) : random_(seed) {}

  int messages() const { return messages_; }

  // "" or the rule that was broken.
  std::string play() {
    prepare();
    const int length = below(400);
    for (int i = 0; i < length && !session_->finished() && fault_.empty(); ++i) act();
    finish();
    return fault_;
  }

 private:
  int below(int limit) { return std::uniform_int_distribution<int>(0, limit - 1)(random_); }
  bool chance(int percent) { return below(100) < percent; }
  template <typename T, std::size_t N>
  const T& one_of(const T (&choices)[N]) {
    return choices[below(static_cast<int>(N))];
  }

  void prepare() {
    const auto count = static_cast<std::size_t>(below(4));
    Settings settings;
    settings.children.resize(count);
    settings.chunk_size = one_of<std::size_t>({1, 7, 65535});
    settings.fallback = fallback();
    settings.rejected_recipients = chance(20);
    known_ = std::make_unique<KnownChildren>(count);
    for (std::size_t i = 0; i < count; ++i) {
      ChildSettings& child = settings.children[i];
      child.name = fmt::format("child{}", i);
      child.fallback = fallback();
      child.evaluation = chance(20);
      if (chance(20)) child.enforcement_share = 0.5;
      if (chance(30)) child.condition_stages = static_cast<StageSet>(below(512));
      wishes_.push_back(wish());
      if (chance(80)) known_->remember(static_cast<int>(i), {chance(90) ? wishes_[i] : wish(), {}});
    }
    world_ = std::make_unique<World>(count);
    if (chance(20)) world_->disk = Disk::slow;
    settings_ = std::make_shared<const Settings>(settings);
    session_ = std::make_unique<Session>(settings_, *known_, *world_, clock_, *world_);
    pending_.assign(count, {});
    asked_.assign(count, 0);
    mood_ = one_of({0, 0, 1, 10});
    polite_ = chance(70);
  }

  Fallback fallback() {
    return one_of({Fallback::accept, Fallback::reject, Fallback::temporary_failure, Fallback::discard});
  }

  protocol::Option wish() {
    protocol::Option option{static_cast<std::uint32_t>(2 + below(5)), protocol::action::kAll, 0};
    if (chance(70)) option.version = 6;
    if (chance(50)) option.steps = static_cast<std::uint32_t>(random_()) & protocol::step::kAll;
    if (chance(50)) option.steps &= static_cast<std::uint32_t>(random_());
    if (chance(20)) option.actions = static_cast<std::uint32_t>(random_()) & protocol::action::kAll;
    return option;
  }

  // --- What happens

  void act() {
    const int what = below(100);
    if (what < 40) {
      mta_says();
    } else if (what < 80) {
      children_say();
    } else if (what < 88) {
      condition_says();
    } else if (what < 92) {
      time_passes();
    } else if (what < 95) {
      something_blocks();
    } else if (what < 98) {
      world_->disk_progresses();
      session_->body_progressed();
    } else if (chance(mood_ * 5)) {
      disaster();
    }
    look();
  }

  void disaster() {
    switch (below(5)) {
      case 0:
        session_->mta_closed("broken");
        break;
      case 1:
        session_->mta_closed();
        break;
      case 2:
        session_->shut_down();
        break;
      case 3:
        session_->client_disconnected(fallback());
        break;
      default:
        if (chance(50)) world_->disk = Disk::fails;
        break;
    }
  }

  void mta_says() {
    if (!session_->wants_mta_packet()) return;
    if (owed_ != 0) return fail("the session wants a command before it has answered the one before");
    std::string word =
        (polite_ ? !chance(1) || chance(50) : chance(80)) ? likely() : std::string(one_of(kCommands));
    const std::string packet = chance(mood_ / 2) ? broken() : command_packet(words_of(word));
    const char kind = packet[4];
    const bool owed = expects_reply(kind);
    if (owed) ++owed_;
    said_ = kind;
    said_at_ = clock_.now();
    session_->mta_received({packet});
    if (kind != 'D' && kind != 'U') position_ = kind;
  }

  static constexpr const char* kCommands[] = {
      "connect",       "helo",  "mail",           "rcpt",  "data", "header",
      "end-of-header", "body",  "end-of-message", "abort", "quit", "quit-new-connection",
      "unknown",       "macro", "negotiate"};

  // What an MTA would say next, most of the time.
  std::string likely() {
    if (chance(8)) return "macro";
    if (chance(2)) return "abort";
    if (chance(2)) return "unknown";
    switch (position_) {
      case 0:
        return "negotiate";
      case 'O':
      case 'K':
        return (told_.steps & protocol::step::kNoConnect) == 0 ? "connect" : "mail";
      case 'C':
        return chance(80) ? "helo" : "mail";
      case 'H':
      case 'A':
      case 'E':
        return chance(97) ? "mail" : "quit-new-connection";
      case 'M':
        return "rcpt";
      case 'R':
        return chance(40) ? "rcpt" : offer_.version >= 4 ? "data" : "header";
      case 'T':
      case 'L':
        return chance(50) ? "header" : "end-of-header";
      case 'N':
      case 'B':
        return chance(50) ? "body" : "end-of-message";
      default:
        return "quit";
    }
  }

  std::vector<std::string> words_of(const std::string& word) {
    if (word == "negotiate") {
      offer_ = chance(80) ? protocol::Option{6, 0x1ff, protocol::step::kAll}
                          : protocol::Option{static_cast<std::uint32_t>(2 + below(5)), 0x3f,
                                             static_cast<std::uint32_t>(random_()) & protocol::step::kAll};
      return {word, fmt::format("version={}", offer_.version), fmt::format("actions=0x{:x}", offer_.actions),
              fmt::format("steps=0x{:x}", offer_.steps)};
    }
    if (word == "macro") {
      return {word, one_of({"connect", "helo", "mail", "rcpt", "data", "end-of-message"}), "i=Q1",
              chance(50) ? "v=Postfix" : "v=8", chance(20) ? "rcpt_mailer=error" : "x=y"};
    }
    if (word == "rcpt") return {word, chance(50) ? "<a@example.org>" : "<a@example.com>"};
    if (word == "body") return {word, std::string(static_cast<std::size_t>(below(40)), 'x')};
    if (word == "end-of-message" && chance(20)) return {word, "piece"};
    return {word};
  }

  std::string broken() {
    std::string packet;
    protocol::append_packet(packet, static_cast<char>(below(256)), "x");
    return packet;
  }

  bool expects_reply(char kind) const {
    if (std::string_view("CHMRTLNBEU").find(kind) == std::string_view::npos) return false;
    return (told_.steps & bits_of(static_cast<protocol::CommandKind>(kind)).no_reply) == 0;
  }

  void children_say() {
    const int count = static_cast<int>(wishes_.size());
    for (int i = 0; i < count && !session_->finished(); ++i) {
      const auto index = static_cast<std::size_t>(i);
      if (!world_->opened[index]) continue;
      if (chance(mood_)) {
        lose(i);
        continue;
      }
      const auto opening = std::find(world_->to_open.begin(), world_->to_open.end(), i);
      if (opening != world_->to_open.end()) {
        if (chance(80)) {
          world_->to_open.erase(opening);
          session_->child_connected(i);
        }
        continue;
      }
      if (pending_[index].empty() && asked_[index] > 0) compose(i);
      if (!pending_[index].empty() && session_->wants_child_packet(i)) {
        const std::string packet = std::move(pending_[index].front());
        pending_[index].pop_front();
        session_->child_received(i, {packet});
      }
      look();
    }
  }

  void lose(int child) {
    const auto index = static_cast<std::size_t>(child);
    world_->opened[index] = false;
    world_->to_open.erase(std::remove(world_->to_open.begin(), world_->to_open.end(), child),
                          world_->to_open.end());
    forget(index);
    session_->child_failed(child, "lost");
  }

  void forget(std::size_t index) {
    pending_[index].clear();
    asked_[index] = 0;
  }

  // The answer to the command that the child has heard first.
  void compose(int child) {
    const auto index = static_cast<std::size_t>(child);
    --asked_[index];
    const char kind = heard_[index].front();
    heard_[index].pop_front();
    auto& out = pending_[index];
    if (chance(mood_)) return;  // it hangs
    if (chance(mood_)) out.push_back(broken());
    if (kind == 'O') {
      const protocol::Option& wish = wishes_[index];
      std::string packet;
      protocol::encode(protocol::reply::Negotiate{{std::min(wish.version, offer_.version),
                                                   wish.actions & offer_.actions, wish.steps & offer_.steps},
                                                  {}},
                       packet);
      out.push_back(packet);
      return;
    }
    if (kind == 'E') {
      while (chance(40)) out.push_back(edit());
    }
    out.push_back(verdict(kind));
  }

  std::string edit() {
    switch (below(10)) {
      case 0:
        return reply_packet({"add-header", "Subject", "1"});
      case 1:
        return reply_packet({"insert-header", std::to_string(below(5)), "X", "1"});
      case 2:
        return reply_packet({"change-header", std::to_string(below(3)), "Subject", chance(50) ? "" : "2"});
      case 3:
        return reply_packet({"replace-body", chance(10) ? "" : "replaced"});
      case 4:
        return reply_packet({"quarantine", "odd"});
      case 5:
        return reply_packet({"progress"});
      case 6:
        return reply_packet({"add-recipient", "<x@example.org>", "NOTIFY=NEVER"});
      case 7:
        return reply_packet({"delete-recipient", "<x@example.org>"});
      case 8:
        return reply_packet({"change-from", "<x@example.org>"});
      default:
        return reply_packet({"add-recipient", "<x@example.org>"});
    }
  }

  std::string verdict(char kind) {
    if (kind == 'B' && chance(10)) return reply_packet({"skip"});
    if (chance(95)) return reply_packet({"continue"});
    switch (below(8)) {
      case 0:
        return reply_packet({"reject"});
      case 1:
        return reply_packet({"temporary-failure"});
      case 2:
        return reply_packet({"reply-code", "550 5.7.1 no"});
      case 3:
        return reply_packet({chance(20) ? "discard" : "reject"});
      case 4:
        return reply_packet({chance(10) ? "shutdown" : "continue"});
      case 5:
        return reply_packet({chance(10) ? "connection-failure" : "continue"});
      default:
        return reply_packet({"accept"});
    }
  }

  void condition_says() {
    if (world_->questions.empty()) return;
    const auto question = world_->questions.front();
    world_->questions.pop_front();
    ConditionAnswer answer;
    answer.stop = chance(10);
    answer.condition = "X";
    if (chance(20)) answer.macros.push_back({"{set}", "1"});
    session_->condition_answered(question.id, answer);
  }

  void time_passes() {
    const auto deadline = session_->deadline();
    if (!deadline) return fail("a running session has no deadline");
    if (chance(mood_ ? 70 : 95))
      return clock_.advance_to(std::min(*deadline, clock_.now() + std::chrono::seconds(1)));
    clock_.advance_to(std::max(*deadline, clock_.now()));
    session_->deadline_passed();
  }

  void something_blocks() {
    const int peer = below(static_cast<int>(wishes_.size()) + 1) - 1;
    const bool blocks = chance(50);
    if (peer < 0) {
      mta_blocked_ = blocks;
      blocks ? session_->mta_blocked() : session_->mta_drained();
    } else if (world_->opened[static_cast<std::size_t>(peer)]) {
      blocks ? session_->child_blocked(peer) : session_->child_drained(peer);
    }
  }

  // --- What must hold

  void look() {
    heard_.resize(wishes_.size());
    for (std::size_t i = 0; i < wishes_.size(); ++i) {
      for (const std::string& packet : world_->to_child[i]) hear(i, packet);
      world_->to_child[i].clear();
    }
    for (const std::string& packet : world_->to_mta) mta_hears(packet);
    world_->to_mta.clear();
    if (!world_->broken_rules.empty()) fail(world_->broken_rules.front());
  }

  void hear(std::size_t index, const std::string& packet) {
    if (packet.empty()) {
      forget(index);
      heard_[index].clear();
      return;
    }
    if (!protocol::decode_command({packet})) fail("a child was sent a malformed command");
    const char kind = packet[4];
    if (std::string_view("ADQ").find(kind) != std::string_view::npos) return;
    const auto no_reply = kind == 'O' ? 0 : bits_of(static_cast<protocol::CommandKind>(kind)).no_reply;
    const auto no_event = kind == 'O' ? 0 : bits_of(static_cast<protocol::CommandKind>(kind)).no_event;
    const auto steps = wishes_[index].steps & offer_.steps;
    if (steps & no_event) fail("a child was sent an event that it declined");
    if (steps & no_reply) return;
    ++asked_[index];
    heard_[index].push_back(kind);
  }

  void mta_hears(const std::string& packet) {
    if (packet.empty()) return;
    const auto reply = protocol::decode_reply({packet});
    if (!reply) return fail("the MTA was sent a malformed reply");
    if (const auto* negotiated = std::get_if<protocol::reply::Negotiate>(&*reply)) {
      told_ = negotiated->option;
      ++negotiations_;
      if (told_.steps & ~offer_.steps) fail("the MTA was told what it did not offer");
      return;
    }
    if (std::string_view("carty4ds").find(packet[4]) == std::string_view::npos) {
      if (owed_ != 1 || said_ != 'E')
        fail(fmt::format("the MTA was sent {} when it waits for none", packet[4]));
      return;
    }
    if (--owed_ < 0) fail("the MTA was sent an answer that it did not wait for");
    const Seconds limit = said_ == 'E' ? settings_->end_of_message_deadline : settings_->reply_deadline;
    if (clock_.now() - said_at_ > limit && !mta_blocked_) fail("the MTA was answered late");
    if (said_ == 'E') ++messages_;
  }

  // All peers behave, and time passes: the session must answer what it owes, and end with the MTA.
  void finish() {
    mood_ = 0;
    if (world_->disk == Disk::slow) world_->disk_progresses();
    session_->mta_drained();
    for (int i = 0; i < 1000 && !session_->finished() && owed_ > 0 && fault_.empty(); ++i) {
      world_->disk_progresses();
      session_->body_progressed();
      look();
      const auto deadline = session_->deadline();
      if (!deadline) return fail("a session that owes an answer has no deadline");
      clock_.advance_to(std::max(*deadline, clock_.now()));
      session_->deadline_passed();
      look();
    }
    if (!session_->finished() && owed_ > 0) return fail("the MTA was never answered");
    if (!session_->finished()) session_->mta_closed();
    look();
    if (!session_->finished()) return fail("the session did not finish");
    for (std::size_t i = 0; i < wishes_.size(); ++i) {
      if (world_->opened[i]) fail("a child was left open");
      if (world_->busy[i]) fail("a child was left busy");
    }
    if (session_->deadline()) fail("a finished session waits for a deadline");
    OnceCounter once;
    std::size_t sessions = 0;
    for (const std::string& line : world_->statistics) {
      once.take(line);
      if (line.starts_with("[session][end]")) ++sessions;
    }
    const std::size_t negotiated = negotiations_ == 0 ? 0 : sessions;
    const std::string fault = once.fault(sessions, negotiated, wishes_.size());
    if (sessions == 0) fail("no [session][end]");
    if (!fault.empty()) fail(fault);
  }

  void fail(const std::string& text) {
    if (fault_.empty()) fault_ = text;
  }

  std::mt19937_64 random_;
  std::string fault_;
  StoppedClock clock_;
  std::shared_ptr<const Settings> settings_;
  std::unique_ptr<KnownChildren> known_;
  std::unique_ptr<World> world_;
  std::unique_ptr<Session> session_;
  std::vector<protocol::Option> wishes_;
  std::vector<std::deque<std::string>> pending_;  // what a child is about to send
  std::vector<std::deque<char>> heard_;           // commands that a child has still to answer
  std::vector<int> asked_;
  protocol::Option offer_, told_;
  int negotiations_ = 0;
  int messages_ = 0;  // whose end was answered
  int owed_ = 0;      // replies that the MTA waits for
  char said_ = 0;
  Time said_at_{};
  char position_ = 0;
  int mood_ = 0;  // how often things go wrong
  bool polite_ = true;
  bool mta_blocked_ = false;
};

}  // namespace

// RANDOM_SESSION=seed plays one alone, RANDOM_SESSIONS=count so many.
TEST_CASE(
    "whatever an MTA and its milters do, every command gets its answer and every end is reported once") {
  if (const char* seed = std::getenv("RANDOM_SESSION")) {
    CHECK(RandomSession(std::strtoull(seed, nullptr, 10)).play() == "");
    return;
  }
  const char* many = std::getenv("RANDOM_SESSIONS");
  const std::uint64_t count = many ? std::strtoull(many, nullptr, 10) : 4000;
  int messages = 0;
  for (std::uint64_t seed = 1; seed <= count; ++seed) {
    RandomSession session(seed);
    const std::string fault = session.play();
    if (!fault.empty()) FAIL_CHECK("seed " << seed << ": " << fault);
    messages += session.messages();
  }
  // Not all may get lost on the way.
  CHECK(messages > static_cast<int>(count / 4));
}

}  // namespace milter_manager::session
