// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/scenarios/player.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <vector>

#include "core/session/negotiation.h"
#include "test/scenarios/manager.h"
#include "test/session/expectations.h"
#include "test/session/once.h"
#include "test/session/packet_text.h"
#include "test/session/world.h"

namespace milter_manager::scenarios {
namespace {

using session::ScenarioFailure;
using session::ScenarioLine;
using session::World;
using Words = std::vector<std::string>;

// No packet has this length.
constexpr std::string_view kNoPacket{"\xff\xff\xff\xff", 4};

struct Child {
  session::ChildDefinition definition;
  Wire wire;
  bool taken = false;     // the scenario, or the child itself, has taken the call
  World::Received early;  // what came before that
};

class Player {
 public:
  explicit Player(const session::Scenario& scenario) : scenario_(scenario) {}

  void run() {
    for (const ScenarioLine& line : scenario_.lines) {
      line_ = line.number;
      attempt([&] { play(line.words); });
    }
    if (!manager_) fail("nothing was played");
    attempt([&] {
      expect_->nothing_left(mta_left_, false);
      if (mta_) fail("the session goes on at the end of the scenario");
      for (const Child& child : children_) {
        if (child.wire) fail(child.definition.settings.name + " was left open");
      }
      compare_statistics(manager_->end());
    });
  }

 private:
  [[noreturn]] void fail(const std::string& text) const { throw ScenarioFailure(scenario_, line_, text); }

  template <typename Action>
  void attempt(const Action& action) {
    try {
      action();
    } catch (const ScenarioFailure&) {
      throw;
    } catch (const std::exception& error) {
      fail(error.what());
    }
  }

  // --- Lines

  void play(const Words& words) {
    if (defines(words)) return;
    if (!manager_) begin();
    if (words[0] == "log") {
      expected_statistics_.push_back({line_, Words(words.begin() + 2, words.end())});
    } else if (words[0] == "mta") {
      play_mta(words);
    } else if (words[0] != "warns") {  // the proxy has other words for what it sees itself
      play_children(words);
    }
  }

  bool defines(const Words& words) {
    if (words[0] == "child") {
      children_.push_back({session::parse_child(words), {}, false, {}});
    } else if (words[0] == "manager") {
      session::parse_manager(words, settings_);
    } else if (words[0] == "without" && words.at(1) == "statistics") {
      with_statistics_ = false;
    } else {
      return false;
    }
    return true;
  }

  void begin() {
    std::vector<session::ChildDefinition> definitions;
    std::vector<std::string> names;
    for (const Child& child : children_) {
      definitions.push_back(child.definition);
      names.push_back(child.definition.settings.name);
    }
    world_ = std::make_unique<World>(children_.size());
    expect_ = std::make_unique<session::Expectations>(*world_, std::move(names));
    expect_->ignore_statistics();  // they are in the log, and compared at the end
    manager_ = std::make_unique<Manager>(definitions, settings_,
                                         Conditions(scenario_, definitions, settings_.rejected_recipients));
    connect();
  }

  void connect() {
    mta_ = manager_->connect();
    mta_left_ = is_negotiated_ = false;
    ++sessions_;
  }

  void play_mta(const Words& words) {
    const std::string& verb = words.at(1);
    if (verb == "<") return mta_got(Words(words.begin() + 2, words.end()));
    expect_->nothing_left(mta_left_, false);
    if (verb == ">") {
      for (std::size_t at = 2; at <= words.size();) {
        const auto end = std::find(words.begin() + static_cast<std::ptrdiff_t>(at), words.end(), ">");
        mta_sends(session::command_packet(Words(words.begin() + static_cast<std::ptrdiff_t>(at), end)));
        at = static_cast<std::size_t>(end - words.begin()) + 1;
      }
    } else if (verb == "negotiates") {
      Words offer(words.begin() + 1, words.end());
      offer[0] = "negotiate";
      mta_sends(session::command_packet(offer));
      settle();
      if (world_->to_mta.empty()) fail("the MTA was not answered");
      world_->to_mta.pop_front();
    } else if (verb == "closes") {
      mta_left_ = true;
      mta_.close();
    } else if (verb == "breaks") {
      mta_.send(kNoPacket);
    } else if (verb == "reconnects") {
      if (mta_) fail("the connection before is not over");
      connect();
    } else {
      fail("the MTA can't: " + verb);
    }
    settle();
  }

  void play_children(const Words& words) {
    auto verb =
        std::find_if(words.begin(), words.end(), [&](const std::string& word) { return !child(word); });
    if (verb == words.begin() || verb == words.end()) fail("no such line");
    const Words rest(verb, words.end());
    if (*verb == "pass") return pass(Words(words.begin(), verb), rest);
    if (*verb == "condition") return conditions(Words(words.begin(), verb), rest);
    if (*verb != "<") expect_->nothing_left(mta_left_, false);
    for (auto name = words.begin(); name != verb; ++name) {
      if (*verb == "<" || *verb == ">") {
        converse(*name, rest);
      } else {
        act(*name, *verb);
        settle();
      }
    }
  }

  // "< mail > add-header X y > continue"
  void converse(const std::string& name, const Words& words) {
    for (std::size_t at = 0; at < words.size();) {
      const bool receives = words[at] == "<";
      std::size_t end = at + 1;
      while (end < words.size() && words[end] != "<" && words[end] != ">") ++end;
      const Words packet(words.begin() + static_cast<std::ptrdiff_t>(at) + 1,
                         words.begin() + static_cast<std::ptrdiff_t>(end));
      if (receives) {
        child_got(name, packet);
      } else {
        child_sends(name, session::reply_packet(packet));
      }
      at = end;
    }
  }

  void act(const std::string& name, const std::string& verb) {
    Child& peer = *child(name);
    if (!peer.wire) fail(name + " has no connection");
    if (verb == "connects") {
      peer.taken = true;
      auto& received = world_->to_child[static_cast<std::size_t>(index_of(name))];
      std::move(peer.early.begin(), peer.early.end(), std::back_inserter(received));
      peer.early.clear();
    } else if (verb == "closes") {
      peer.wire.close();
    } else if (verb == "breaks") {
      peer.wire.send(kNoPacket);
      settle();
      auto& received = world_->to_child[static_cast<std::size_t>(index_of(name))];
      if (peer.wire || received.empty()) fail(name + " was left open");
      received.pop_back();
    } else {
      fail("a child can't: " + verb);
    }
  }

  // "condition mail stops S25R", "condition mail hangs", "condition answers passes x=y"
  void conditions(const Words& names, const Words& words) {
    if (words.at(1) != "answers") {
      for (const std::string& name : names) {
        await([&] {
          return std::any_of(
              world_->questions.begin(), world_->questions.end(), [&](const World::Question& one) {
                return one.child == index_of(name) && one.stage == session::parse_stage(words[1]);
              });
        });
        hanging_[name] = expect_->condition_asked(index_of(name), words).id;
      }
      if (words.at(2) == "hangs") return;
    }
    expect_->nothing_left(mta_left_, true);
    for (const std::string& name : names) {
      manager_->questions()->answer(hanging_.at(name), Words(words.begin() + 2, words.end()));
      settle();
    }
  }

  void mta_got(const Words& words) {
    await([&] { return !world_->to_mta.empty(); });
    expect_->mta_got(words);
  }

  void child_got(const std::string& name, const Words& words) {
    const int index = index_of(name);
    await([&] { return !world_->to_child[static_cast<std::size_t>(index)].empty(); });
    expect_->child_got(index, words, offer_);
  }

  // Ruby's threads take the time they take: where conditions are asked, what they bring about may still have to come.
  template <typename Holds>
  void await(const Holds& holds) {
    if (!manager_->questions() || holds()) return;
    eventually([&] {
      exchange();
      return holds();
    });
  }

  // "pass connect helo": the MTA says it, the children answer continue, the MTA is told.
  void pass(const Words& names, const Words& words) {
    for (std::size_t i = 1; i < words.size(); ++i) {
      expect_->nothing_left(mta_left_, false);
      const session::EventBits bits = session::bits_of(session::command_kind(words[i]));
      mta_sends(session::command_packet({words[i]}));
      settle();
      for (const std::string& name : names) {
        const std::uint32_t steps = child(name)->definition.wish.steps & offer_.steps;
        if ((steps & bits.no_event) != 0) continue;
        child_got(name, {words[i]});
        if ((steps & bits.no_reply) == 0) child_sends(name, session::reply_packet({"continue"}));
      }
      if ((told_.steps & bits.no_reply) == 0) mta_got({"continue"});
    }
  }

  // --- Peers

  Child* child(const std::string& name) {
    for (Child& peer : children_) {
      if (peer.definition.settings.name == name) return &peer;
    }
    return nullptr;
  }
  int index_of(const std::string& name) { return static_cast<int>(child(name) - children_.data()); }

  void mta_sends(const std::string& packet) {
    if (packet[4] == 'O') {
      const auto command = protocol::decode_command({packet});
      if (command) offer_ = std::get<protocol::command::Negotiate>(*command).option;
      offer_.version = std::min(offer_.version, protocol::kMaxVersion);
    }
    if (packet[4] == 'Q') mta_left_ = true;
    if (packet[4] == 'K' && is_negotiated_) {
      ++sessions_;
      ++negotiated_;
    }
    mta_.send(packet);
  }

  void child_sends(const std::string& name, const std::string& packet) {
    if (!child(name)->wire) fail(name + " has no connection");
    child(name)->wire.send(packet);
    settle();
  }

  // Carries on until nothing moves any more.
  void settle() {
    exchange();
    for (int quiet = 0; quiet < 2;) {
      manager_->catch_up();
      quiet = exchange() ? 0 : quiet + 1;
    }
  }

  bool exchange() {
    bool moved_at_all = false;
    for (bool moved = true; moved; moved_at_all = moved_at_all || moved) {
      moved = mta_.exchange(world_->to_mta);
      note_negotiation();
      for (std::size_t i = 0; i < children_.size(); ++i) moved = exchange_with(i) || moved;
      if (manager_->questions()) moved = manager_->questions()->exchange(*world_) || moved;
    }
    return moved_at_all;
  }

  bool exchange_with(std::size_t i) {
    Child& peer = children_[i];
    bool moved = false;
    if (peer.wire) {
      moved = peer.wire.exchange(peer.taken ? world_->to_child[i] : peer.early);
      if (!peer.wire && !peer.taken) {
        // Given up before the call was taken.
        world_->to_child[i].emplace_back();
        forget_call(i);
      }
    }
    if (!peer.wire && (peer.wire = manager_->place(i).accept())) {
      peer.taken = false;
      peer.early.clear();
      if (peer.definition.by_hand) world_->to_open.push_back(static_cast<int>(i));
      moved = true;
    }
    if (peer.wire && !peer.taken && !peer.definition.by_hand && !peer.early.empty()) {
      negotiate(i);
      moved = true;
    }
    return moved;
  }

  void forget_call(std::size_t i) {
    auto& open = world_->to_open;
    open.erase(std::remove(open.begin(), open.end(), static_cast<int>(i)), open.end());
    children_[i].early.clear();
  }

  void negotiate(std::size_t i) {
    Child& peer = children_[i];
    std::string offer, answer;
    protocol::encode(protocol::command::Negotiate{offer_}, offer);
    if (peer.early.front() != offer)
      fail(peer.definition.settings.name + " was not offered what the MTA offers");
    protocol::encode(protocol::reply::Negotiate{peer.definition.answer(offer_),
                                                protocol::SymbolLists(peer.definition.symbols)},
                     answer);
    peer.wire.send(answer);
    peer.early.clear();
    peer.taken = true;
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

  // --- Statistics

  struct ExpectedLine {
    int number;
    Words words;
  };

  void compare_statistics(const StatisticsLines& lines) {
    session::OnceCounter once;
    for (const std::string& line : lines.raw) once.take(line);
    if (const auto fault = once.fault(sessions_, negotiated_, children_.size()); !fault.empty()) fail(fault);
    if (!with_statistics_) return;
    std::size_t at = 0;
    for (const ExpectedLine& expected : expected_statistics_) {
      line_ = expected.number;
      const std::string pattern = fmt::format("{}", fmt::join(expected.words, " "));
      if (at == lines.named.size()) fail(fmt::format("expected: log < {}, got nothing", pattern));
      if (!session::matches(pattern, lines.named[at]))
        fail(fmt::format("expected: log < {}, got: {}", pattern, lines.named[at]));
      ++at;
    }
    if (at < lines.named.size()) fail("not expected: log < " + lines.named[at]);
  }

  const session::Scenario& scenario_;
  int line_ = 0;
  session::Settings settings_;
  std::vector<Child> children_;
  bool with_statistics_ = true;
  std::vector<ExpectedLine> expected_statistics_;

  std::unique_ptr<World> world_;
  std::unique_ptr<session::Expectations> expect_;
  std::unique_ptr<Manager> manager_;
  Wire mta_;
  std::map<std::string, std::uint32_t> hanging_;  // questions, by child
  protocol::Option offer_, told_;
  bool mta_left_ = false;
  bool is_negotiated_ = false;
  std::size_t sessions_ = 0;
  std::size_t negotiated_ = 0;
};

}  // namespace

void play_with_manager(const session::Scenario& scenario) { Player(scenario).run(); }

}  // namespace milter_manager::scenarios
