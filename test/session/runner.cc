// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/session/runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "core/protocol/packet.h"
#include "core/session/negotiation.h"
#include "core/session/session.h"
#include "test/session/definitions.h"
#include "test/session/expectations.h"
#include "test/session/once.h"
#include "test/session/packet_text.h"
#include "test/session/world.h"

namespace milter_manager::session {
namespace {

using Words = std::vector<std::string>;

std::string joined(const Words& words, std::size_t from) {
  std::string text;
  for (std::size_t i = from; i < words.size(); ++i) text += (i == from ? "" : " ") + words[i];
  return text;
}

protocol::Packet packet_of(const std::string& bytes) { return {bytes}; }

class Runner {
 public:
  explicit Runner(const Scenario& scenario) : scenario_(scenario) {}

  void run() {
    for (const ScenarioLine& line : scenario_.lines) {
      line_ = line.number;
      try {
        play(line.words);
      } catch (const ScenarioFailure&) {
        throw;
      } catch (const std::exception& error) {
        fail(error.what());
      }
    }
    if (!session_) fail("nothing was played");
    try {
      expect_->nothing_left(mta_left_, false);
    } catch (const std::exception& error) {
      fail(error.what());
    }
    if (!session_->finished()) fail("the session goes on at the end of the scenario");
    OnceCounter once;
    for (const std::string& line : world_->statistics) once.take(line);
    if (const std::string fault = once.fault(sessions_, negotiated_, children_.size()); !fault.empty())
      fail(fault);
  }

 private:
  [[noreturn]] void fail(const std::string& text) const { throw ScenarioFailure(scenario_, line_, text); }

  // --- What a scenario says before the first connection

  bool defines(const Words& words) {
    if (words[0] == "child") {
      children_.push_back(parse_child(words));
    } else if (words[0] == "manager" && words.at(1).find('=') != std::string::npos) {
      parse_manager(words, settings_);
    } else if (words[0] == "manager" && words[1] == "refused-recipients") {
      settings_.rejected_recipients = true;
    } else if (words[0] == "without" && words.at(1) == "statistics") {
      with_statistics_ = false;
    } else {
      return false;
    }
    if (session_) fail("definitions stand before the first connection");
    return true;
  }

  void begin() {
    for (const ChildDefinition& child : children_) settings_.children.push_back(child.settings);
    const auto size = static_cast<std::size_t>(children_.size());
    world_ = std::make_unique<World>(size);
    std::vector<std::string> names;
    for (const ChildDefinition& child : children_) names.push_back(child.settings.name);
    expect_ = std::make_unique<Expectations>(*world_, std::move(names));
    if (!with_statistics_) expect_->ignore_statistics();
    known_ = std::make_unique<KnownChildren>(size);
    shared_settings_ = std::make_shared<const Settings>(settings_);
    from_child_.resize(size);
    for (std::size_t i = 0; i < size; ++i) {
      if (children_[i].known)
        known_->remember(static_cast<int>(i), {children_[i].wish, children_[i].symbols});
    }
    connect();
  }

  void connect() {
    session_ = std::make_unique<Session>(shared_settings_, *known_, *world_, clock_, *world_);
    mta_left_ = is_negotiated_ = false;
    ++sessions_;
    expect_->name_tags(*session_);
  }

  // --- One line

  void play(const Words& words) {
    if (defines(words)) return;
    if (!session_) begin();
    if (words[0] == "log") return expect_->logged(joined(words, 2));
    if (words[0] == "warns") return expect_->warned(joined(words, 1));
    if (words[0] == "mta") return play_mta(words);
    if (words[0] == "spool") return play_spool(words.at(1));
    std::vector<int> names;
    std::size_t at = 0;
    for (; at < words.size(); ++at) {
      const int index = child_named(words[at]);
      if (index < 0) break;
      names.push_back(index);
    }
    if (!names.empty())
      return play_children(names, Words(words.begin() + static_cast<std::ptrdiff_t>(at), words.end()));
    begin_input();
    if (words[0] == "wait") {
      wait(std::stod(words.at(1)));
    } else if (words[0] == "manager" && words.at(1) == "stops") {
      session_->shut_down();
    } else if (words[0] == "client" && words.at(1) == "disconnected") {
      session_->client_disconnected(parse_fallback(words.at(2)));
    } else {
      fail("no such line: " + joined(words, 0));
    }
    settle();
  }

  int child_named(const std::string& name) const {
    for (std::size_t i = 0; i < children_.size(); ++i) {
      if (children_[i].settings.name == name) return static_cast<int>(i);
    }
    return -1;
  }

  void play_mta(const Words& words) {
    const std::string& verb = words.at(1);
    if (verb == "<") return expect_->mta_got(Words(words.begin() + 2, words.end()));
    begin_input();
    if (verb == ">") {
      mta_sends_all(words);
    } else if (verb == "negotiates") {
      Words offer = words;
      offer[1] = "negotiate";
      mta_sends(command_packet(Words(offer.begin() + 1, offer.end())));
      if (world_->to_mta.empty()) fail("the MTA was not answered");
      world_->to_mta.pop_front();
    } else if (verb == "closes") {
      mta_left_ = true;
      session_->mta_closed();
    } else if (verb == "breaks") {
      session_->mta_closed("what it sent is no packet");
    } else if (verb == "reconnects") {
      if (!session_->finished()) fail("the connection before is not over");
      connect();
    } else if (verb == "blocked") {
      session_->mta_blocked();
    } else if (verb == "drained") {
      session_->mta_drained();
    } else {
      fail("the MTA can't: " + verb);
    }
    settle();
  }

  void play_spool(const std::string& verb) {
    begin_input();
    if (verb == "progresses") {
      world_->disk_progresses();
      session_->body_progressed();
      return settle();
    }
    world_->disk = verb == "slow" ? Disk::slow : verb == "fails" ? Disk::fails : Disk::works;
  }

  void play_children(const std::vector<int>& names, const Words& words) {
    const std::string& verb = words.at(0);
    if (verb == "pass") return pass(names, words);
    if (verb == "sees") {
      for (const int index : names) sees(index, words);
      return;
    }
    if (verb == "condition" && words.at(1) != "answers") {
      for (const int index : names) hanging_[index] = expect_->condition_asked(index, words).id;
      if (words.at(2) == "hangs") return;
    }
    if (verb != "<") begin_input(verb == "condition");
    for (const int index : names) {
      if (verb == "<" || verb == ">") {
        converse(index, words);
      } else {
        child_does(index, verb, words);
        settle();
      }
    }
  }

  // "< mail > add-header X y > continue"
  void converse(int index, const Words& words) {
    for (std::size_t at = 0; at < words.size();) {
      const bool receives = words[at] == "<";
      std::size_t end = at + 1;
      while (end < words.size() && words[end] != "<" && words[end] != ">") ++end;
      const Words packet(words.begin() + static_cast<std::ptrdiff_t>(at) + 1,
                         words.begin() + static_cast<std::ptrdiff_t>(end));
      if (receives) {
        expect_->child_got(index, packet, offer_);
      } else {
        child_sends(index, reply_packet(packet));
      }
      at = end;
    }
  }

  void child_does(int index, const std::string& verb, const Words& words) {
    const auto i = static_cast<std::size_t>(index);
    if (verb == "condition") return condition(index, words);
    if (!world_->opened[i]) fail(children_[i].settings.name + " has no connection");
    if (verb == "connects") {
      world_->to_open.erase(std::remove(world_->to_open.begin(), world_->to_open.end(), index),
                            world_->to_open.end());
      session_->child_connected(index);
    } else if (verb == "closes" || verb == "refuses" || verb == "breaks") {
      world_->opened[i] = false;
      world_->to_open.erase(std::remove(world_->to_open.begin(), world_->to_open.end(), index),
                            world_->to_open.end());
      from_child_[i].clear();
      session_->child_failed(index, verb == "refuses" ? "connection refused" : "connection lost");
    } else if (verb == "blocked") {
      session_->child_blocked(index);
    } else if (verb == "drained") {
      session_->child_drained(index);
    } else {
      fail("a child can't: " + verb);
    }
  }

  // "sees rcpt rcpt_addr=one i=Q1": these macros, and no others, the latest stage's first.
  void sees(int index, const Words& words) {
    std::string seen;
    const Stage stage = parse_stage(words.at(1));
    for (const auto& [name, value] : session_->macros_seen(index, stage)) {
      seen += fmt::format(" {}={}", name, value);
      if (session_->macro(index, stage, name) == std::nullopt) fail(fmt::format("{} is not found", name));
    }
    const std::string expected = words.size() > 2 ? " " + joined(words, 2) : "";
    if (seen != expected) fail("conditions see" + seen);
    if (session_->macro(index, stage, "{not_said_by_anyone}")) fail("a macro that nobody set is found");
  }

  // "condition mail stops S25R", "condition mail hangs", "condition answers passes x=y"
  void condition(int index, const Words& words) {
    const std::uint32_t id = hanging_.at(index);
    ConditionAnswer answer;
    answer.stop = words[2] == "stops";
    if (answer.stop) answer.condition = words.at(3);
    for (std::size_t i = 3; i < words.size(); ++i) {
      const std::size_t equal = words[i].find('=');
      if (equal != std::string::npos)
        answer.macros.push_back({words[i].substr(0, equal), words[i].substr(equal + 1)});
    }
    session_->condition_answered(id, answer);
  }

  // "pass connect helo": the MTA says it, the children answer continue, the MTA is told.
  void pass(const std::vector<int>& names, const Words& words) {
    for (std::size_t i = 1; i < words.size(); ++i) {
      begin_input();
      const auto kind = command_kind(words[i]);
      mta_sends(command_packet({words[i]}));
      settle();
      for (const int index : names) {
        const ChildDefinition& child = children_[static_cast<std::size_t>(index)];
        const std::uint32_t steps = child.wish.steps & offer_.steps;
        if ((steps & bits_of(kind).no_event) != 0) continue;
        expect_->child_got(index, {words[i]}, offer_);
        if ((steps & bits_of(kind).no_reply) == 0) child_sends(index, reply_packet({"continue"}));
      }
      if ((told_.steps & bits_of(kind).no_reply) == 0) expect_->mta_got({"continue"});
    }
  }

  void wait(double seconds) {
    const Time target = clock_.now() + std::chrono::duration_cast<Time::duration>(Seconds(seconds));
    for (int rounds = 0; !session_->finished(); ++rounds) {
      const auto deadline = session_->deadline();
      if (!deadline || *deadline > target) break;
      if (rounds > 10000) fail("a deadline passes and does not move");
      clock_.advance_to(std::max(*deadline, clock_.now()));
      session_->deadline_passed();
      settle();
    }
    clock_.advance_to(target);
  }

  // --- Sending

  // "mta > helo > mail": at once, without waiting for answers.
  void mta_sends_all(const Words& words) {
    std::vector<std::string> packets;
    for (std::size_t at = 2; at <= words.size();) {
      const auto end = std::find(words.begin() + static_cast<std::ptrdiff_t>(at), words.end(), ">");
      packets.push_back(command_packet(Words(words.begin() + static_cast<std::ptrdiff_t>(at), end)));
      at = static_cast<std::size_t>(end - words.begin()) + 1;
    }
    for (std::string& packet : packets) mta_sends(std::move(packet));
  }

  void mta_sends(std::string packet) {
    if (packet[4] == 'O') {
      const auto command = protocol::decode_command({packet});
      if (command) offer_ = std::get<protocol::command::Negotiate>(*command).option;
      offer_.version = std::min(offer_.version, protocol::kMaxVersion);
    }
    if (packet[4] == 'Q') mta_left_ = true;
    if (packet[4] == 'K' && is_negotiated_) {
      rests_ = true;
    } else if (std::string_view("DAQ").find(packet[4]) == std::string_view::npos &&
               std::exchange(rests_, false)) {
      ++sessions_;
      ++negotiated_;
    }
    from_mta_.push_back(std::move(packet));
    settle();
  }

  void child_sends(int index, std::string packet) {
    const auto i = static_cast<std::size_t>(index);
    if (!world_->opened[i]) fail(children_[i].settings.name + " has no connection");
    from_child_[i].push_back(std::move(packet));
    settle();
  }

  // Carries on until nothing moves any more.
  void settle() {
    for (bool moved = true; moved;) {
      moved = deliver_to_session() || open_children();
      note_negotiation();
      expect_->name_tags(*session_);
    }
    if (!world_->broken_rules.empty()) fail("the session broke a rule: " + world_->broken_rules.front());
    if (session_->finished()) check_finished();
  }

  bool deliver_to_session() {
    if (!from_mta_.empty() && session_->wants_mta_packet()) {
      const std::string packet = std::move(from_mta_.front());
      from_mta_.pop_front();
      session_->mta_received(packet_of(packet));
      return true;
    }
    for (std::size_t i = 0; i < from_child_.size(); ++i) {
      if (from_child_[i].empty() || !session_->wants_child_packet(static_cast<int>(i))) continue;
      const std::string packet = std::move(from_child_[i].front());
      from_child_[i].pop_front();
      session_->child_received(static_cast<int>(i), packet_of(packet));
      return true;
    }
    return false;
  }

  bool open_children() {
    for (const int index : world_->to_open) {
      const auto i = static_cast<std::size_t>(index);
      const ChildDefinition& child = children_[i];
      if (child.by_hand) continue;
      world_->to_open.erase(std::find(world_->to_open.begin(), world_->to_open.end(), index));
      if (child.down) {
        world_->opened[i] = false;
        session_->child_failed(index, "connection refused");
        return true;
      }
      session_->child_connected(index);
      std::string offer;
      protocol::encode(protocol::command::Negotiate{offer_}, offer);
      if (world_->to_child[i].empty() || world_->to_child[i].front() != offer) {
        fail(child.settings.name + " was not offered what the MTA offers");
      }
      world_->to_child[i].pop_front();
      std::string answer;
      protocol::encode(protocol::reply::Negotiate{child.answer(offer_), protocol::SymbolLists(child.symbols)},
                       answer);
      session_->child_received(index, packet_of(answer));
      return true;
    }
    return false;
  }

  void note_negotiation() {
    if (is_negotiated_ || world_->to_mta.empty() || world_->to_mta.front().size() < 5) return;
    if (world_->to_mta.front()[4] != 'O') return;
    const auto answer = protocol::decode_reply({world_->to_mta.front()});
    if (!answer) fail("the answer to the negotiation is malformed");
    told_ = std::get<protocol::reply::Negotiate>(*answer).option;
    is_negotiated_ = true;
    ++negotiated_;
  }

  void check_finished() {
    for (std::size_t i = 0; i < children_.size(); ++i) {
      if (world_->opened[i]) fail(children_[i].settings.name + " was left open");
      if (world_->busy[i]) fail(children_[i].settings.name + " was left busy");
    }
    if (session_->deadline()) fail("a finished session waits for a deadline");
    if (session_->wants_mta_packet()) fail("a finished session wants packets");
  }

  // Before anything new happens, all that happened must have been expected.
  void begin_input(bool questions_may_be_open = false) {
    expect_->nothing_left(mta_left_, questions_may_be_open);
    world_->warnings.clear();
  }

  const Scenario& scenario_;
  int line_ = 0;
  Settings settings_;
  std::vector<ChildDefinition> children_;
  bool with_statistics_ = true;

  std::shared_ptr<const Settings> shared_settings_;
  std::unique_ptr<KnownChildren> known_;
  std::unique_ptr<World> world_;
  std::unique_ptr<Expectations> expect_;
  StoppedClock clock_;
  std::unique_ptr<Session> session_;
  std::deque<std::string> from_mta_;
  std::vector<std::deque<std::string>> from_child_;
  protocol::Option offer_, told_;
  bool mta_left_ = false;
  bool is_negotiated_ = false;
  std::map<int, std::uint32_t> hanging_;

  bool rests_ = false;  // after quit-new-connection no session is open before the next command
  std::size_t sessions_ = 0;
  std::size_t negotiated_ = 0;
};

}  // namespace

void run_scenario(const Scenario& scenario) { Runner(scenario).run(); }

}  // namespace milter_manager::session
