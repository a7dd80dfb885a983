// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/scenarios/conditions.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <map>
#include <stdexcept>

namespace milter_manager::scenarios {
namespace {

using session::StageSet;

constexpr std::string_view kStoppers[] = {"connect",       "helo",   "envelope_from", "envelope_recipient",
                                          "data",          "header", "end_of_header", "body",
                                          "end_of_message"};

// Frames as those of packets, so that a Wire reads them. The answer is left for the conditions behind, which run on the
// same thread.
constexpr std::string_view kAsk = R"RUBY(require "socket"
ask = lambda do |context, child, stage|
  question = "#{child} #{stage} #{context.refused_recipient? ? 1 : 0}"
  answer = UNIXSocket.open(%q[SOCKET]) do |socket|
    socket.write([question.bytesize].pack("N"), question)
    socket.read(socket.read(4).unpack1("N"))
  end
  verb, *rest = answer.split("\n")
  Thread.current[:stops] = verb == "stops" ? [context.name, stage, rest.shift] : nil
  rest.each do |macro|
    name, value = macro.split("=", 2)
    context[name] = value if value
  end
  false
end
)RUBY";

// A condition that runs `block` at each of the stages; STAGE in it stands for the stage's number.
std::string condition(const std::string& name, StageSet stages, bool refused, std::string_view block) {
  std::string text = fmt::format("define_applicable_condition(%q[{}]) do |condition|\n", name);
  if (refused) text += "  condition.refused_recipients = true\n";
  for (std::size_t stage = 0; stage < std::size(kStoppers); ++stage) {
    if ((stages & session::stage_bit(static_cast<session::Stage>(stage))) == 0) continue;
    std::string body(block);
    if (const auto at = body.find("STAGE"); at != std::string::npos)
      body.replace(at, 5, std::to_string(stage));
    text += fmt::format("  condition.define_{}_stopper {{ |context, *| {} }}\n", kStoppers[stage], body);
  }
  return text + "end\n";
}

// The conditions that are named as stopping that child, and where.
std::map<std::string, StageSet> stopping(const session::Scenario& scenario, const std::string& child) {
  std::map<std::string, StageSet> names;
  StageSet last = 0;
  for (const session::ScenarioLine& line : scenario.lines) {
    const auto& words = line.words;
    const auto verb = std::find(words.begin(), words.end(), "condition");
    if (verb == words.end() || std::find(words.begin(), verb, child) == verb || words.end() - verb < 3)
      continue;
    if (verb[1] != "answers") last = session::stage_bit(session::parse_stage(verb[1]));
    if (verb[2] == "stops") names[words.end() - verb > 3 ? verb[3] : ""] |= last;
  }
  return names;
}

}  // namespace

Conditions::Conditions(const session::Scenario& scenario,
                       const std::vector<session::ChildDefinition>& children, bool refused) {
  std::map<std::string, StageSet> all;
  for (std::size_t i = 0; i < children.size(); ++i) {
    const auto& child = children[i].settings;
    uses_.emplace_back();
    if (child.condition_stages == 0) continue;
    const std::string asks = "asks for " + child.name;
    definitions_ +=
        condition(asks, child.condition_stages, refused, fmt::format("ask.call(context, {}, STAGE)", i));
    uses_.back() += fmt::format("milter.add_applicable_condition(%q[{}])\n", asks);
    for (const auto& [name, stages] : stopping(scenario, child.name)) {
      all[name] |= stages;
      uses_.back() += fmt::format("milter.add_applicable_condition(%q[{}])\n", name);
    }
  }
  for (const auto& [name, stages] : all)
    definitions_ += condition(name, stages, refused,
                              fmt::format("Thread.current[:stops] == [context.name, STAGE, %q[{}]]", name));
}

std::string Conditions::definitions(const std::string& socket) const {
  if (empty()) return {};
  std::string text(kAsk);
  text.replace(text.find("SOCKET"), 6, socket);
  return text + definitions_;
}

bool Questions::exchange(session::World& world) {
  while (Wire wire = socket_.accept()) {
    wires_.push_back(std::move(wire));
    has_asked_.push_back(false);
  }
  bool any = false;
  for (std::size_t i = 0; i < wires_.size(); ++i) {
    session::World::Received received;
    wires_[i].exchange(received);
    if (has_asked_[i] || received.empty()) continue;
    int child = 0;
    int stage = 0;
    int refused = 0;
    if (std::sscanf(received.front().c_str() + 4, "%d %d %d", &child, &stage, &refused) != 3)
      throw std::runtime_error("a condition asks: " + received.front());
    world.questions.push_back(
        {static_cast<std::uint32_t>(i), child, static_cast<session::Stage>(stage), refused != 0});
    any = has_asked_[i] = true;
  }
  return any;
}

void Questions::answer(std::uint32_t question, const std::vector<std::string>& words) {
  const std::string text = fmt::format("{}", fmt::join(words, "\n"));
  std::string frame(4, '\0');
  for (std::size_t i = 0; i < 4; ++i) frame[i] = static_cast<char>(text.size() >> (24 - 8 * i));
  Wire& wire = wires_.at(question);
  wire.send(frame + text);
  session::World::Received ignored;
  wire.exchange(ignored);
}

}  // namespace milter_manager::scenarios
