// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/session/expectations.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "core/protocol/command.h"
#include "test/session/definitions.h"
#include "test/session/packet_text.h"
#include "test/session/scenario.h"

namespace milter_manager::session {
namespace {

std::string shown_reply(const std::string& packet) { return packet.empty() ? "close" : reply_text(packet); }
std::string shown_command(const std::string& packet) {
  return packet.empty() ? "close" : command_text(packet);
}

template <typename... Arguments>
[[noreturn]] void fail(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  throw std::runtime_error(fmt::format(format, std::forward<Arguments>(arguments)...));
}

}  // namespace

void Expectations::mta_got(const Words& words) {
  const std::string expected = words.at(0) == "close" ? std::string() : reply_packet(words);
  auto& received = world_.to_mta;
  if (received.empty()) fail("expected: mta < {}, got nothing", shown_reply(expected));
  if (received.front() != expected) {
    fail("expected: mta < {}, got: {}", shown_reply(expected), shown_reply(received.front()));
  }
  received.pop_front();
}

void Expectations::child_got(int child, const Words& words, const protocol::Option& offer) {
  const std::string& name = names_[static_cast<std::size_t>(child)];
  if (words.at(0) == "open") {
    const auto found = std::find(world_.to_open.begin(), world_.to_open.end(), child);
    if (found == world_.to_open.end()) fail("expected: {} < open, got nothing", name);
    world_.to_open.erase(found);
    return;
  }
  auto& received = world_.to_child[static_cast<std::size_t>(child)];
  std::string expected;
  if (words[0] == "negotiate" && words.size() == 1) {
    protocol::encode(protocol::command::Negotiate{offer}, expected);
  } else if (words[0] != "close") {
    expected = command_packet(words);
  }
  if (received.empty()) fail("expected: {} < {}, got nothing", name, shown_command(expected));
  if (received.front() != expected) {
    fail("expected: {} < {}, got: {}", name, shown_command(expected), shown_command(received.front()));
  }
  received.pop_front();
  if (words[0] == "quit" && !received.empty() && received.front().empty()) received.pop_front();
}

World::Question Expectations::condition_asked(int child, const Words& words) {
  auto& questions = world_.questions;
  const auto found = std::find_if(questions.begin(), questions.end(), [&](const World::Question& question) {
    return question.child == child && question.stage == parse_stage(words.at(1));
  });
  if (found == questions.end()) fail("the condition was not asked");
  if (found->refused_recipient != (words.back() == "refused-recipient"))
    fail("is the recipient refused or not?");
  const World::Question question = *found;
  questions.erase(found);
  return question;
}

void Expectations::logged(const std::string& pattern) {
  if (!with_statistics_) fail("the scenario is without statistics");
  if (seen_ == world_.statistics.size()) fail("expected: log < {}, got nothing", pattern);
  const std::string line = named(world_.statistics[seen_]);
  if (!matches(pattern, line)) fail("expected: log < {}, got: {}", pattern, line);
  ++seen_;
}

void Expectations::warned(const std::string& pattern) const {
  const auto fits = [&](const std::string& text) { return matches("*" + pattern + "*", text); };
  const auto count = std::count_if(world_.warnings.begin(), world_.warnings.end(), fits);
  if (count == 1) return;
  fail("expected one warning with {}, got {} among: {}", quoted(pattern), count,
       fmt::join(world_.warnings, " | "));
}

void Expectations::nothing_left(bool mta_has_left, bool questions_may_be_open) {
  auto& to_mta = world_.to_mta;
  if (mta_has_left && !to_mta.empty() && to_mta.back().empty()) to_mta.pop_back();
  if (!to_mta.empty()) fail("not expected: mta < {}", shown_reply(to_mta.front()));
  for (std::size_t i = 0; i < names_.size(); ++i) {
    const auto& received = world_.to_child[i];
    if (!received.empty()) fail("not expected: {} < {}", names_[i], shown_command(received.front()));
  }
  for (const int child : world_.to_open) {
    fail("not expected: {} < open", names_[static_cast<std::size_t>(child)]);
  }
  if (!world_.questions.empty() && !questions_may_be_open) {
    const auto& question = world_.questions.front();
    fail("not expected: a condition of {} is asked at stage {}",
         names_[static_cast<std::size_t>(question.child)], static_cast<int>(question.stage));
  }
  if (!with_statistics_) seen_ = world_.statistics.size();
  if (seen_ < world_.statistics.size()) fail("not expected: log < {}", named(world_.statistics[seen_]));
}

void Expectations::name_tags(const Session& session) {
  tags_[session.tag()] = "session";
  for (int i = 0; i < session.child_count(); ++i) {
    const auto child = session.child(i);
    tags_[child.tag] = std::string(child.name);
  }
}

// "[milter][end](3): a" with names for tags: "(a)", "(session.1.a)".
std::string Expectations::named(const std::string& line) const {
  const std::size_t open = line.find("](");
  const std::size_t close = line.find(')', open);
  if (open == std::string::npos || close == std::string::npos) return line;
  std::string inside;
  int part = 0;
  for (std::size_t at = open + 2; at < close; ++part) {
    const std::size_t end = std::min(line.find('.', at), close);
    const std::string number = line.substr(at, end - at);
    const auto tag = tags_.find(static_cast<std::uint32_t>(std::stoul(number)));
    inside += (part ? "." : "") + (part != 1 && tag != tags_.end() ? tag->second : number);
    at = end + 1;
  }
  return line.substr(0, open + 2) + inside + line.substr(close);
}

}  // namespace milter_manager::session
