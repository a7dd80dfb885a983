// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "core/protocol/packet.h"
#include "test/scenarios/player.h"

namespace milter_manager::scenarios {
namespace {

struct Sign {
  std::string_view word;  // of a line; a prefix where it ends in "="
  std::string_view why;
};
constexpr Sign kSigns[] = {
    {"wait", "time passes"},
    {"deferring", "no configuration says so: a circuit breaker opens after many mails"},
    {"spool", "a disk is slow or fails"},
    {"blocked", "a peer does not read"},
    {"sees", "what a condition may look at is asked of the session itself"},
    {"client", "the connection checker finds the client gone"},
    {"refuses", "a connection is refused late: a unix socket refuses at once"},
    {"end-of-message-deadline=", "no configuration says so"},
    {"progress-interval=", "no configuration says so"},
    {"mta-timeout=", "no configuration says so"},
};

struct Named {
  std::string_view path;
  std::string_view why;
};
constexpr Named kNamed[] = {
    {"mta-closes-while-a-child-is-connected-to.scenario", "a unix socket is connected to at once"},
    {"condition-stops-all-at-connect.scenario",
     "conditions of one session run one after the other, and answer in that order"},
};

bool shows(const std::string& word, std::string_view sign) {
  return sign.back() == '=' ? word.starts_with(sign) : word == sign;
}

}  // namespace

std::string only_without_sockets(const session::Scenario& scenario) {
  for (const Named& named : kNamed) {
    if (scenario.path == named.path) return std::string(named.why);
  }
  for (const session::ScenarioLine& line : scenario.lines) {
    if (line.words[0] == "manager" && line.words.back() == "stops") return "the manager stops";
    const auto is_huge = [](const std::string& word) { return word.size() > protocol::kMaxPacketBytes; };
    if (std::any_of(line.words.begin(), line.words.end(), is_huge))
      return "a packet is larger than any that is read";
    for (const Sign& sign : kSigns) {
      const auto is_sign = [&](const std::string& word) { return shows(word, sign.word); };
      if (std::any_of(line.words.begin(), line.words.end(), is_sign)) return std::string(sign.why);
    }
  }
  return {};
}

}  // namespace milter_manager::scenarios
