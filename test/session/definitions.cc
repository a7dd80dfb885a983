// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/session/definitions.h"

#include <algorithm>
#include <cstdlib>

#include "test/session/packet_text.h"

namespace milter_manager::session {
namespace {

struct Assignment {
  std::string_view name;
  std::string value;
};

Assignment assignment(std::string_view word) {
  const std::size_t equal = std::min(word.find('='), word.size());
  return {word.substr(0, equal), std::string(word.substr(std::min(equal + 1, word.size())))};
}

double number(const std::string& text) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (text.empty() || *end) throw std::runtime_error("not a number: " + text);
  return value;
}

StageSet parse_stages(std::string_view text) {
  StageSet stages = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(','), text.size());
    stages |= stage_bit(parse_stage(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return stages;
}

}  // namespace

Fallback parse_fallback(std::string_view word) {
  if (word == "accept") return Fallback::accept;
  if (word == "reject") return Fallback::reject;
  if (word == "temporary-failure") return Fallback::temporary_failure;
  if (word == "discard") return Fallback::discard;
  throw std::runtime_error("no such fallback: " + std::string(word));
}

Stage parse_stage(std::string_view word) {
  constexpr std::string_view kWords[] = {"connect", "helo",          "mail", "rcpt",          "data",
                                         "header",  "end-of-header", "body", "end-of-message"};
  for (std::size_t i = 0; i < std::size(kWords); ++i) {
    if (kWords[i] == word) return static_cast<Stage>(i);
  }
  throw std::runtime_error("no such stage: " + std::string(word));
}

protocol::Option ChildDefinition::answer(const protocol::Option& offer) const {
  return {std::min(wish.version, offer.version), wish.actions & offer.actions, wish.steps & offer.steps};
}

ChildDefinition parse_child(const std::vector<std::string>& words) {
  ChildDefinition child;
  child.settings.name = words.at(1);
  for (std::size_t i = 2; i < words.size(); ++i) {
    const auto [name, value] = assignment(words[i]);
    if (parse_option(words[i], child.wish) || parse_symbols(words[i], child.symbols)) continue;
    if (name == "fallback")
      child.settings.fallback = parse_fallback(value);
    else if (name == "evaluation")
      child.settings.evaluation = true;
    else if (name == "deferring")
      child.settings.deferring = true;
    else if (name == "enforcement-share")
      child.settings.enforcement_share = number(value);
    else if (name == "conditions")
      child.settings.condition_stages = parse_stages(value);
    else if (name == "connection-timeout")
      child.settings.connection_timeout = Seconds(number(value));
    else if (name == "writing-timeout")
      child.settings.writing_timeout = Seconds(number(value));
    else if (name == "reading-timeout")
      child.settings.reading_timeout = Seconds(number(value));
    else if (name == "end-of-message-timeout")
      child.settings.end_of_message_timeout = Seconds(number(value));
    else if (name == "unknown")
      child.known = false;
    else if (name == "by-hand")
      child.by_hand = true;
    else if (name == "down")
      child.down = true;
    else
      throw std::runtime_error("a child has no " + words[i]);
  }
  return child;
}

void parse_manager(const std::vector<std::string>& words, Settings& settings) {
  for (std::size_t i = 1; i < words.size(); ++i) {
    const auto [name, value] = assignment(words[i]);
    if (name == "fallback")
      settings.fallback = parse_fallback(value);
    else if (name == "reply-deadline")
      settings.reply_deadline = Seconds(number(value));
    else if (name == "end-of-message-deadline")
      settings.end_of_message_deadline = Seconds(number(value));
    else if (name == "progress-interval")
      settings.progress_interval = Seconds(number(value));
    else if (name == "condition-timeout")
      settings.condition_timeout = Seconds(number(value));
    else if (name == "session-deadline")
      settings.session_deadline = Seconds(number(value));
    else if (name == "mta-timeout")
      settings.mta_timeout = Seconds(number(value));
    else if (name == "chunk-size")
      settings.chunk_size = static_cast<std::size_t>(number(value));
    else if (name == "messages")
      settings.message_events = value == "yes";
    else if (name == "refused-recipients")
      settings.rejected_recipients = true;
    else
      throw std::runtime_error("the manager has no " + words[i]);
  }
}

}  // namespace milter_manager::session
