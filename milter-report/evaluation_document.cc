// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/evaluation_document.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "milter-report/interval_cell.h"
#include "milter-report/render.h"

namespace milter_manager::report {
namespace {

using statistics::Status;
using Group = ClusterOfTrial::Group;

constexpr double kDay = 86400;

std::string share_text(const Clustered& share) { return shown(interval_cell(share)); }
std::string percent(double share) { return shown(number(share, Unit::share)); }
std::string date(double time) { return shown(number(time, Unit::time)).substr(0, 10); }
std::string how_many(std::uint64_t n) { return shown(count(n)); }

std::string days_text(double days) {
  if (days >= 9.5) return fmt::format("{:.0f} days", days);
  return fmt::format("{:.1f} days", days);
}

Table trials_table(const std::vector<const Trial*>& trials, double limit) {
  Table table;
  table.id = "trials";
  table.title = trials.size() > 1 ? "All trials" : "";
  table.columns = {{"milter", "milter", true},
                   {"judged", "judged"},
                   {"refused", "would refuse", false, true},
                   {"unsupported", "of all judged, lost unsupported", false, true},
                   {"conclusion", "conclusion", true}};
  for (const Trial* trial : trials) {
    const TrialConclusion conclusion = conclude(*trial, limit);
    constexpr const char* kWords[] = {"nothing judged", "may be enforced", "too strict", "go on",
                                      "on the limit"};
    table.rows.push_back({trial->name, count(trial->evaluated.judged()),
                          interval_cell(trial->refused_share()), interval_cell(conclusion.unsupported),
                          kWords[static_cast<std::size_t>(conclusion.kind)]});
  }
  return table;
}

void add_facts(const Trial& trial, Section& section) {
  const TrialCounts& counts = trial.evaluated;
  auto& facts = section.facts;
  facts.push_back({"first", "First message in evaluation", number(*trial.first, Unit::time)});
  facts.push_back({"last", "Last", number(*trial.last, Unit::time)});
  facts.push_back({"messages", "Messages in evaluation", count(counts.ended)});
  facts.push_back({"judged", "of these judged", count(counts.judged())});
  facts.push_back({"refused", "Would have refused, of those judged", interval_cell(trial.refused_share())});
  facts.push_back({"unsupported", "Would have lost with nothing else against them",
                   interval_cell(trial.unsupported_share())});
  if (counts.ended > 0) {
    facts.push_back({"waited", "Waited for it, per message",
                     number(counts.waited / static_cast<double>(counts.ended), Unit::seconds)});
  }
}

Table verdicts_table(const Trial& trial) {
  constexpr const char* kWords[kVerdicts] = {"let through",
                                             "rejected",
                                             "deferred",
                                             "discarded",
                                             "quarantined",
                                             "(failed)",
                                             "(ended before it had judged)",
                                             "(kept away by a condition)",
                                             "(not asked)"};
  const TrialCounts& counts = trial.evaluated;
  Table table;
  table.id = "verdicts";
  table.title = "What it would have done";
  table.columns = {{"verdict", "verdict", true}, {"messages", "messages"}, {"share", "of those judged"}};
  for (std::size_t i = 0; i < kVerdicts; ++i) {
    const auto verdict = static_cast<Verdict>(i);
    if (counts.of(verdict) == 0 && verdict != Verdict::reject) continue;
    table.rows.push_back(
        {std::string(kWords[i]), count(counts.of(verdict)),
         is_judgement(verdict) ? share(counts.of(verdict), counts.judged()) : Cell(Unknown{})});
  }
  if (counts.recipients_rejected + counts.recipients_deferred > 0) {
    table.notes.push_back(fmt::format("Of {} recipients it would have rejected {} and deferred {}.",
                                      how_many(counts.recipients), how_many(counts.recipients_rejected),
                                      how_many(counts.recipients_deferred)));
  }
  return table;
}

Table evidence_table(const Trial& trial) {
  const TrialCounts& counts = trial.evaluated;
  Table table;
  table.id = "evidence";
  table.title = "What else the log says of these mails";
  table.columns = {{"evidence", "mails", true}, {"messages", "messages"}};
  const std::pair<const char*, std::uint64_t> kRows[] = {
      {"would have been refused", counts.refused()},
      {"… and another milter refused them too", counts.caught_too},
      {"… and another milter marked them as spam or virus", counts.marked},
      {"would have been lost: rejected, discarded, quarantined", counts.lost},
      {"… and no other milter rejected, discarded, quarantined or marked them", counts.unsupported},
      {"… … though DKIM, SPF or DMARC passed", counts.authenticated},
      {"… … with a known client and sender", counts.followed},
      {"… … … whose network and sender sent mail later that all let through", counts.came_later},
  };
  for (const auto& [text, messages] : kRows) table.rows.push_back({std::string(text), count(messages)});
  if (counts.followed < counts.unsupported) {
    table.notes.push_back(
        fmt::format("Of {} mails client or sender is not known: no line of the MTA has their queue id.",
                    how_many(counts.unsupported - counts.followed)));
  }
  return table;
}

Table overlap_table(const Trial& trial) {
  Table table;
  table.id = "overlap";
  table.title = "Who caught it too";
  table.columns = {{"milter", "milter", true},      {"both_judged", "judged by both"},
                   {"both_refused", "both refuse"}, {"only_this", "only " + trial.name},
                   {"marked", "of these marked"},   {"only_other", "only the other"}};
  for (const auto& [name, overlap] : trial.overlaps) {
    table.rows.push_back({name, count(overlap.both_judged), count(overlap.both_refused),
                          count(overlap.only_this), count(overlap.marked), count(overlap.only_other)});
  }
  table.notes.emplace_back(
      "Of mails that both judged; a mail refused by an enforced milter often ends before later ones judge.");
  return table;
}

Table ends_table(const Trial& trial) {
  Table table;
  table.id = "what_if";
  table.title = "How the mails ended, and would have ended with " + trial.name + " enforced";
  table.columns = {{"end", "end", true}, {"was", "was"}, {"would_be", "would be"}, {"change", "change"}};
  for (std::size_t i = 0; i < kEnds; ++i) {
    if (trial.ends[i] + trial.ends_if_enforced[i] == 0) continue;
    const double change = static_cast<double>(trial.ends_if_enforced[i]) - static_cast<double>(trial.ends[i]);
    table.rows.push_back({std::string(statistics::word(static_cast<Status>(i))), count(trial.ends[i]),
                          count(trial.ends_if_enforced[i]), number(change, Unit::count)});
  }
  return table;
}

Table groups_table(const Trial& trial) {
  struct Outcome {
    const char* key;
    const char* heading;
    ClusterMember hits;
    ClusterMember mails;
  };
  constexpr Outcome kOutcomes[] = {
      {"refused", "refused by it, or would be", &Group::refused, &Group::judged},
      {"delivered", "delivered", &Group::delivered, &Group::judged},
      {"delivered_marked", "delivered with a mark of spam or virus", &Group::delivered_marked,
       &Group::judged},
  };
  Table table;
  table.id = "groups";
  table.title = "Enforced against evaluated";
  table.columns = {{"outcome", "of the mails that it judged", true},
                   {"enforced", "enforced", false, true},
                   {"evaluated", "evaluated", false, true},
                   {"difference", "difference", false, true}};
  for (const Outcome& outcome : kOutcomes) {
    const GroupDifference found = group_difference(trial, outcome.hits, outcome.mails);
    table.rows.push_back({std::string(outcome.heading), interval_cell(found.enforced),
                          interval_cell(found.evaluated),
                          interval_cell(found.value(), found.bounds(), Unit::signed_share)});
  }
  table.notes.push_back(
      fmt::format("{} messages judged in enforcement, {} in evaluation. A difference whose interval holds 0 "
                  "may be chance.",
                  how_many(trial.enforced.judged()), how_many(trial.evaluated.judged())));
  return table;
}

Table domains_table(const Trial& trial, std::size_t most) {
  Table table;
  table.id = "domains";
  table.title = "Senders' domains most affected";
  table.columns = {{"domain", "domain", true},
                   {"judged", "judged"},
                   {"refused", "would refuse"},
                   {"unsupported", "lost unsupported"},
                   {"share", "refused of judged"}};
  std::vector<std::pair<std::string, DomainCounts>> domains;
  for (std::size_t i = 0; i < trial.domains.size(); ++i) {
    if (trial.domains[i].refused > 0) domains.emplace_back((*trial.domain_names)[i], trial.domains[i]);
  }
  std::sort(domains.begin(), domains.end(), [](const auto& a, const auto& b) {
    if (a.second.unsupported != b.second.unsupported) return a.second.unsupported > b.second.unsupported;
    return a.second.refused != b.second.refused ? a.second.refused > b.second.refused : a.first < b.first;
  });
  const std::size_t all = domains.size();
  if (domains.size() > most) domains.resize(most);
  for (const auto& [name, counts] : domains) {
    table.rows.push_back({name.empty() ? "(no domain)" : name, count(counts.judged), count(counts.refused),
                          count(counts.unsupported), share(counts.refused, counts.judged)});
  }
  if (all > most) table.notes.push_back(fmt::format("{} of {} domains.", most, how_many(all)));
  if (trial.without_domain > 0) {
    table.notes.push_back(
        fmt::format("Of {} messages no line of the MTA tells the sender: they count in no domain.",
                    how_many(trial.without_domain)));
  }
  if (trial.surplus_domains > 0) {
    table.notes.push_back(fmt::format("{} messages of domains beyond the first {} are left out.",
                                      how_many(trial.surplus_domains), how_many(kMaximumDomains)));
  }
  return table;
}

Table hours_table(const Trial& trial) {
  Table table;
  table.id = "hours";
  table.title = "By hour of the day";
  table.columns = {
      {"hour", "hour", true}, {"judged", "judged"}, {"refused", "would refuse"}, {"share", "part"}};
  for (std::size_t hour = 0; hour < trial.hours.size(); ++hour) {
    const HourCounts& counts = trial.hours[hour];
    if (counts.judged == 0) continue;
    table.rows.push_back({fmt::format("{:02}", hour), count(counts.judged), count(counts.refused),
                          share(counts.refused, counts.judged)});
  }
  return table;
}

std::string verdict_sentence(const Trial& trial, const TrialConclusion& conclusion) {
  const std::string found = fmt::format(
      "of the mails it judged {} would have been lost although nothing else in the log speaks against them",
      share_text(conclusion.unsupported));
  const std::string limit = percent(conclusion.limit);
  switch (conclusion.kind) {
    case TrialConclusion::Kind::may_enforce:
      return fmt::format("{} may be enforced: {}; the limit is {}.", trial.name, found, limit);
    case TrialConclusion::Kind::too_strict:
      return fmt::format("{} should not be enforced as it is: {}; the limit is {}.", trial.name, found,
                         limit);
    case TrialConclusion::Kind::on_the_limit:
      return fmt::format("Whether {} may be enforced cannot be decided: {}, and that is the limit.",
                         trial.name, found);
    case TrialConclusion::Kind::go_on: {
      const std::string so_far = fmt::format(
          "It is not known yet whether {} may be enforced: {}; the limit is {}.", trial.name, found, limit);
      if (!conclusion.more_days) return so_far + " All messages are of one moment: let the trial go on.";
      const double more = std::max(*conclusion.more_days, 1.0);
      constexpr double kTooLong = 3650;
      if (more > kTooLong)
        return so_far + " The part is so close to the limit that no trial of ten years would tell.";
      return fmt::format("{} If mails go on as so far, it is likely to be known in {}, on {}.", so_far,
                         days_text(std::ceil(more)), date(*trial.last + std::ceil(more) * kDay));
    }
    case TrialConclusion::Kind::nothing_judged:
      break;
  }
  return fmt::format("{} judged no message in evaluation: nothing can be concluded.", trial.name);
}

}  // namespace

std::vector<std::string> conclusions_of(const Trial& trial, double limit) {
  std::vector<std::string> sentences;
  const TrialConclusion conclusion = conclude(trial, limit);
  sentences.push_back(verdict_sentence(trial, conclusion));
  if (conclusion.kind == TrialConclusion::Kind::nothing_judged) return sentences;
  const TrialCounts& counts = trial.evaluated;
  if (counts.of(Verdict::defer) > 0) {
    sentences.push_back(fmt::format(
        "It would have deferred {} of {} mails ({}); what is deferred comes later, or never.",
        how_many(counts.of(Verdict::defer)), how_many(counts.judged()),
        percent(static_cast<double>(counts.of(Verdict::defer)) / static_cast<double>(counts.judged()))));
  }
  if (counts.unsupported > 0 && counts.came_later > 0) {
    sentences.push_back(
        fmt::format("Look at the domains below: of {} mails lost unsupported whose client and sender are "
                    "known, {} came from "
                    "senders whose later mail all let through.",
                    how_many(counts.followed), how_many(counts.came_later)));
  }
  constexpr double kWeek = 7;
  if (trial.days() < kWeek) {
    sentences.push_back(
        fmt::format("The trial is {} old: a whole week shows all weekdays.", days_text(trial.days())));
  }
  if (trial.has_control_group()) {
    const GroupDifference found = group_difference(trial, &Group::delivered_marked, &Group::judged);
    const bool is_chance = found.bounds().contains(0);
    sentences.push_back(
        fmt::format("Where it is enforced, {} of the messages were delivered with a mark of spam or virus, "
                    "where it is not {}: {}.",
                    percent(found.enforced.value()), percent(found.evaluated.value()),
                    is_chance ? "that may be chance" : "that is more than chance"));
  }
  return sentences;
}

void add_evaluation(const std::vector<const Trial*>& trials, const ReadReport& report,
                    const EvaluationOptions& options, Document& document) {
  const double limit = options.limit_percent / 100;
  Section overview;
  overview.tables.push_back(trials_table(trials, limit));
  document.sections.push_back(std::move(overview));
  if (report.joined == 0) {
    const std::string why = report.with_queue_id == 0 ? "No message has a queue id"
                                                      : "The log has no line of the MTA for any message";
    document.cautions.push_back(
        why +
        ": senders and their domains are not known. Intervals take mails of different connections as "
        "independent; where mails of one sender are alike they are too narrow.");
  }
  for (const Trial* trial : trials) {
    Section section;
    section.id = trial->name;
    section.heading = trial->name;
    add_facts(*trial, section);
    section.tables.push_back(verdicts_table(*trial));
    section.tables.push_back(evidence_table(*trial));
    section.tables.push_back(ends_table(*trial));
    if (trial->has_control_group()) section.tables.push_back(groups_table(*trial));
    section.tables.push_back(overlap_table(*trial));
    section.tables.push_back(domains_table(*trial, options.domains));
    section.tables.push_back(hours_table(*trial));
    section.conclusions = conclusions_of(*trial, limit);
    if (trial->enforced_before > 0) {
      section.paragraphs.push_back(fmt::format(
          "{} messages were judged in enforcement before the first in evaluation. If the trial began there, "
          "leave them out: --since \"{}\".",
          how_many(trial->enforced_before), shown(number(*trial->first, Unit::time))));
    }
    document.sections.push_back(std::move(section));
  }
}

}  // namespace milter_manager::report
