// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/scenarios/statistics_lines.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <stdexcept>
#include <variant>

#include "core/statistics/event.h"

namespace milter_manager::scenarios {
namespace {

namespace statistics = milter_manager::statistics;
constexpr double kScenarioEpoch = 1000000000;  // session::StoppedClock's

using Tags = std::map<std::uint32_t, std::string>;

// Takes the time out of an event, and learns whose the tags in it are. False for what no scenario speaks of.
struct Normalizer {
  Tags& tags;

  bool operator()(statistics::SessionEnd& event) const {
    event.elapsed = 0;
    return session(event.tag);
  }
  bool operator()(statistics::MilterEnd& event) const {
    event.elapsed = 0;
    return child(event.tag, event.name);
  }
  bool operator()(statistics::MilterHeaderAdd& event) const { return child(event.tag, event.milter); }
  bool operator()(statistics::SessionHeaderAdd& event) const { return session(event.tag); }
  bool operator()(statistics::SessionDisconnected& event) const {
    event.elapsed = 0;
    return session(event.tag);
  }
  bool operator()(statistics::Quarantined& event) const { return session(event.tag); }
  bool operator()(statistics::MessageEnd& event) const {
    event.elapsed = 0;
    return session(event.session);
  }
  bool operator()(statistics::MilterMessage& event) const {
    event.waited = event.final_waited = 0;
    if (event.epoch) event.epoch = kScenarioEpoch;
    return session(event.session) && child(event.child, event.name);
  }
  template <typename Other>
  bool operator()(Other&) const {
    return false;
  }

 private:
  bool session(std::uint32_t tag) const { return child(tag, "session"); }
  bool child(std::uint32_t tag, std::string_view name) const {
    const auto [known, is_new] = tags.emplace(tag, name);
    if (!is_new && known->second != name)
      throw std::runtime_error("two things have the tag " + std::to_string(tag));
    return true;
  }
};

// "[milter][end](3): a" to "(a)", "(1.1.3)" to "(session.1.a)": the second of several is the message's number.
std::string with_names(const std::string& line, const Tags& tags) {
  const std::size_t open = line.find("](");
  const std::size_t close = line.find(')', open);
  std::string inside;
  int part = 0;
  for (std::size_t at = open + 2; at < close; ++part) {
    const std::size_t end = std::min(line.find('.', at), close);
    const std::string number = line.substr(at, end - at);
    const auto tag = tags.find(static_cast<std::uint32_t>(std::stoul(number)));
    inside += (part ? "." : "") + (part != 1 && tag != tags.end() ? tag->second : number);
    at = end + 1;
  }
  return line.substr(0, open + 2) + inside + line.substr(close);
}

}  // namespace

StatisticsLines statistics_lines(std::string_view log, const std::vector<bool>& counts) {
  constexpr std::string_view kPrefix = "[statistics]: ";
  StatisticsLines lines;
  Tags tags;
  std::set<std::uint32_t> others;
  std::size_t connection = 0;
  std::string scratch;
  while (!log.empty()) {
    const std::size_t end = std::min(log.find('\n'), log.size());
    std::string_view line = log.substr(0, end);
    log.remove_prefix(std::min(end + 1, log.size()));
    if (!line.starts_with(kPrefix)) continue;
    line.remove_prefix(kPrefix.size());
    auto event = statistics::parse(line, statistics::Escapes::undone, scratch);
    if (!event) throw std::runtime_error("no statistics: " + std::string(line));
    if (const auto* start = std::get_if<statistics::SessionStart>(&*event)) {
      if (!counts.at(connection++)) others.insert(start->tag);
      continue;
    }
    const auto* session = std::get_if<statistics::SessionEnd>(&*event);
    if (session && others.count(session->tag) != 0) continue;
    if (!std::visit(Normalizer{tags}, *event)) continue;
    lines.raw.emplace_back(line);
    lines.named.emplace_back();
    statistics::format(*event, lines.named.back());
  }
  for (std::string& line : lines.named) line = with_names(line, tags);
  return lines;
}

}  // namespace milter_manager::scenarios
