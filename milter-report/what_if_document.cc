// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/what_if_document.h"

#include <fmt/format.h>

#include "milter-report/render.h"

namespace milter_manager::report {
namespace {

using statistics::Status;

std::string how_many(std::uint64_t n) { return shown(count(n)); }

struct End {
  const char* key;
  const char* heading;
  std::vector<Status> statuses;
};
const End kEndColumns[] = {
    {"delivered", "delivered", {Status::pass, Status::accept}},
    {"rejected", "rejected", {Status::reject}},
    {"deferred", "deferred", {Status::temporary_failure}},
    {"discarded", "discarded", {Status::discard}},
    {"quarantined", "quarantined", {Status::quarantine}},
    {"aborted", "given up", {Status::abort}},
    {"error", "error", {Status::error}},
};

std::uint64_t sum(const Ends& ends, const End& end) {
  std::uint64_t all = 0;
  for (const Status status : end.statuses) all += ends[static_cast<std::size_t>(status)];
  return all;
}

// "a", "a and b", "a, b and c"
std::string names_of(const JointOutcome& outcome) {
  std::string names;
  for (std::size_t i = 0; i < outcome.milters.size(); ++i) {
    if (i > 0) names += i + 1 == outcome.milters.size() ? " and " : ", ";
    names += outcome.milters[i].name;
  }
  return names;
}

Table flow_table(const JointOutcome& outcome) {
  Table table;
  table.id = "mail_flow";
  table.title = "How all mail ended, and would have ended";
  table.columns = {{"mail", "", true}};
  std::vector<const End*> shown_ends;
  for (const End& end : kEndColumns) {
    const bool is_usual = &end - kEndColumns < 4;
    if (!is_usual && sum(outcome.before, end) + sum(outcome.after, end) == 0) continue;
    shown_ends.push_back(&end);
    table.columns.push_back({end.key, end.heading});
  }
  const auto add = [&](std::string what, const Ends& ends) {
    std::vector<Cell> row{std::move(what)};
    for (const End* const end : shown_ends) row.push_back(count(sum(ends, *end)));
    table.rows.push_back(std::move(row));
  };
  add("as it was", outcome.before);
  if (outcome.milters.size() > 1) {
    for (const auto& milter : outcome.milters) add(milter.name + " alone enforced", milter.ends);
    add("all of them enforced", outcome.after);
  } else {
    add(names_of(outcome) + " enforced", outcome.after);
  }
  std::vector<Cell> change{"change"};
  for (const End* const end : shown_ends) {
    const double before = static_cast<double>(sum(outcome.before, *end));
    change.push_back(number(static_cast<double>(sum(outcome.after, *end)) - before, Unit::count));
  }
  table.rows.push_back(std::move(change));
  table.notes.emplace_back(
      "All messages of the period. A mail that several would refuse counts once: where the earliest stage "
      "is, at one stage by the milter that is defined first. Other milters stay as they were.");
  return table;
}

Table parts_table(const JointOutcome& outcome) {
  Table table;
  table.id = "parts";
  table.title = "Who would refuse it";
  table.columns = {{"milter", "milter", true},
                   {"evaluated", "in evaluation"},
                   {"refused", "would refuse"},
                   {"anyway", "refused anyway"},
                   {"newly", "newly refused"}};
  const bool is_joint = outcome.milters.size() > 1;
  if (is_joint) table.columns.push_back({"only", "only by it"});
  for (const auto& milter : outcome.milters) {
    table.rows.push_back({milter.name, count(milter.evaluated), count(milter.refused), count(milter.anyway),
                          count(milter.newly)});
    if (is_joint) table.rows.back().push_back(count(milter.only));
  }
  if (!is_joint) return table;
  table.rows.push_back(
      {"(together, each mail once)", Unknown{}, Unknown{}, Unknown{}, count(outcome.newly), Unknown{}});
  return table;
}

std::string conclusion(const JointOutcome& outcome) {
  const auto change = [&](Status status) {
    const auto at = static_cast<std::size_t>(status);
    const double difference =
        static_cast<double>(outcome.after[at]) - static_cast<double>(outcome.before[at]);
    return fmt::format("{}{}", difference > 0 ? "+" : "", shown(number(difference, Unit::count)));
  };
  std::string text = fmt::format(
      "With {} enforced {} of {} messages ({}) would be refused that were not: rejected {}, deferred {}, "
      "discarded {}.",
      names_of(outcome), how_many(outcome.newly), how_many(outcome.messages()),
      shown(share(outcome.newly, outcome.messages())), change(Status::reject),
      change(Status::temporary_failure), change(Status::discard));
  std::uint64_t in_sum = 0;
  for (const auto& milter : outcome.milters) in_sum += milter.newly;
  if (in_sum > outcome.newly) {
    text += fmt::format(" Counted one by one they would be {}: several of the milters refuse the same mails.",
                        how_many(in_sum));
  }
  return text;
}

}  // namespace

Section what_if_section(const JointOutcome& outcome) {
  Section section;
  section.id = "what_if";
  section.heading = "With " + names_of(outcome) + " enforced";
  section.tables.push_back(flow_table(outcome));
  section.tables.push_back(parts_table(outcome));
  if (outcome.recipients_at_most > 0) {
    const std::string least = how_many(outcome.recipients_at_least);
    const std::string most = how_many(outcome.recipients_at_most);
    section.tables.back().notes.push_back(
        fmt::format("Of mails that get through {} single recipients would be refused besides.",
                    least == most ? least : fmt::format("{} to {}", least, most)));
  }
  section.conclusions.push_back(conclusion(outcome));
  return section;
}

}  // namespace milter_manager::report
