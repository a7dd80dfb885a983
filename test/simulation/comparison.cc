// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/simulation/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace milter_manager::simulation {
namespace {

std::string shown(const std::vector<std::string>& lines) {
  return fmt::format("{{{}}}", fmt::join(lines, " / "));
}

std::string shown(const Mail& mail) {
  return fmt::format("from {} to {} {} {} bytes{}: {}", mail.sender, shown(mail.recipients),
                     shown(mail.headers), mail.body.size(), mail.quarantined ? " quarantined" : "",
                     mail.body.substr(0, 40));
}

std::set<std::string> parts(const std::string& line) {
  std::set<std::string> found;
  for (std::size_t at = 0; at < line.size();) {
    const std::size_t end = std::min(line.find('|', at), line.size());
    found.insert(line.substr(at, end - at));
    at = end + 1;
  }
  return found;
}

// A milter may get more macros than directly, and what conditions set; not less.
// One that is not known yet may have asked for macros that the MTA could not be told of.
bool covers(const std::string& seen, const std::string& direct, bool known) {
  if (!known) return seen.substr(0, seen.find('|')) == direct.substr(0, direct.find('|'));
  const auto all = parts(seen);
  for (const std::string& part : parts(direct)) {
    if (all.count(part) == 0) return false;
  }
  return true;
}

std::string difference(const Seen& direct, const Seen& seen, bool known) {
  if (direct.headers != seen.headers) {
    return fmt::format("headers {}, directly {}", shown(seen.headers), shown(direct.headers));
  }
  if (direct.end_of_header != seen.end_of_header || direct.end != seen.end) return "how far it came";
  if (!direct.part_of_body && !seen.part_of_body && direct.body != seen.body) {
    return fmt::format("a body of {} bytes, directly of {}", seen.body.size(), direct.body.size());
  }
  // Others are asked at the same time, so more may have been seen than directly; nothing is missing.
  std::size_t at = 0;
  for (const std::string& line : direct.envelope) {
    while (at < seen.envelope.size() && !covers(seen.envelope[at], line, known)) ++at;
    if (at++ >= seen.envelope.size()) {
      return fmt::format("{}, directly {}", shown(seen.envelope), shown(direct.envelope));
    }
  }
  return {};
}

const Transaction& transaction_of(const Play& play, MessageId message) {
  return play.visits[connection_of(message) - 1].transactions[message % 1000 - 1];
}

// Whether the word of this milter counts in any case.
bool always_enforced(const session::ChildSettings& child) {
  return child.enforcement_share ? *child.enforcement_share >= 1 : !child.evaluation;
}

}  // namespace

Direct direct_outcome(const Play& play) {
  Direct direct;
  direct.transcripts.resize(play.milters.size());
  std::vector<std::unique_ptr<DirectLink>> made;
  std::vector<Link*> links;
  for (std::size_t i = 0; i < play.milters.size(); ++i) {
    made.push_back(std::make_unique<DirectLink>(play.milters[i], direct.transcripts[i]));
    links.push_back(made.back().get());
  }
  Oversight oversight(play);
  direct.outcome = Mta(play, links, &oversight).run();
  return direct;
}

std::string difference(const Play& play, const Direct& direct, const Outcome& outcome,
                       const std::vector<Transcript>& transcripts) {
  if (outcome.smtp != direct.outcome.smtp) {
    return fmt::format("the client was told {}, directly {}", shown(outcome.smtp),
                       shown(direct.outcome.smtp));
  }
  if (outcome.mails.size() != direct.outcome.mails.size()) {
    return fmt::format("{} mails, directly {}", outcome.mails.size(), direct.outcome.mails.size());
  }
  for (std::size_t i = 0; i < outcome.mails.size(); ++i) {
    const Mail& mail = outcome.mails[i].mail;
    const Mail& other = direct.outcome.mails[i].mail;
    if (!(mail == other)) return fmt::format("a mail became {}\ndirectly {}", shown(mail), shown(other));
  }
  for (std::size_t i = 0; i < play.milters.size(); ++i) {
    for (const auto& [message, seen] : direct.transcripts[i]) {
      const auto found = transcripts[i].find(message);
      const std::string text =
          difference(seen, found == transcripts[i].end() ? Seen{} : found->second, play.known[i] != 0);
      if (!text.empty()) return fmt::format("milter {} saw of message {} {}", i, message, text);
    }
  }
  return {};
}

std::string bypass(const Play& play, const Manager& manager, const Outcome& outcome) {
  for (const Outcome::Delivered& delivered : outcome.mails) {
    for (std::size_t i = 0; i < play.milters.size(); ++i) {
      const session::ChildSettings& child = play.settings.children[i];
      // Who answers what it was not asked gives its answers to the wrong commands.
      if (!always_enforced(child) || play.faults[i].trouble == Trouble::unasked_reply) continue;
      if (manager.refused(i, delivered.message)) {
        return fmt::format("message {} passed though milter {} has refused it", delivered.message, i);
      }
      std::size_t kept = 0;
      for (const std::string& recipient : delivered.accepted) {
        if (!manager.refused(i, delivered.message, recipient)) {
          ++kept;
          continue;
        }
        return fmt::format("{} of message {} passed though milter {} has refused it", recipient,
                           delivered.message, i);
      }
      // What was put on hold goes to no later milter.
      // With a disk that fails the manager itself could not go on: its own fallback counts for who was not asked.
      const bool managers_fallback =
          manager.disk_has_failed() && play.settings.fallback == session::Fallback::accept;
      const bool excused = manager.passed(i, delivered.message) ||
                           child.fallback == session::Fallback::accept || managers_fallback ||
                           (play.mta.postfix && delivered.mail.quarantined) ||
                           manager.dropped(i, delivered.message);
      if (!excused) {
        return fmt::format("message {} passed though milter {} has not said so", delivered.message, i);
      }
    }
  }
  return {};
}

bool was_changed(const Play& play, const Outcome::Delivered& delivered) {
  const Transaction& transaction = transaction_of(play, delivered.message);
  return !(delivered.mail == held_mail(play.mta.postfix, transaction, delivered.accepted)->finished());
}

}  // namespace milter_manager::simulation
