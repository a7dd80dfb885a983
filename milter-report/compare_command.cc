// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/compare_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "core/maillog/local_time.h"
#include "milter-report/compare_document.h"

namespace milter_manager::report {
namespace {

// A day, or "FROM..TO".
std::optional<Side> parse_period(const std::string& text, double now) {
  Side side;
  const std::size_t dots = text.find("..");
  if (dots != std::string::npos) {
    side.since = parse_moment(text.substr(0, dots), now);
    side.until = parse_moment(text.substr(dots + 2), now);
    return side.since && side.until && *side.since < *side.until ? std::optional(side) : std::nullopt;
  }
  constexpr std::int64_t kDayAndHalf =
      36 * 3600;  // somewhere in the next day, also where a day has 23 or 25 hours
  side.since = parse_moment(text, now);
  if (!side.since) return std::nullopt;
  const auto begin = static_cast<std::int64_t>(*side.since);
  if (maillog::local_midnight(begin) != begin) return std::nullopt;
  side.until = static_cast<double>(maillog::local_midnight(begin + kDayAndHalf));
  return side;
}

std::optional<Side> parse_side(const std::string& text, const std::string& milter, double now) {
  Side side;
  if (const auto group = statistics::parse_group(text)) {
    side.group = group;
    side.milter = milter;
    return side;
  }
  if (text.starts_with("host:") && text.size() > 5) {
    side.host = text.substr(5);
    return side;
  }
  return parse_period(text, now);
}

bool overlap(const Side& a, const Side& b) {
  return a.since && b.since && *a.since < *b.until && *b.since < *a.until;
}

class CompareCommand : public Command {
 public:
  std::string_view name() const override { return "compare"; }
  std::string_view description() const override {
    return "What differs between two periods, hosts or groups, and whether by more than chance.";
  }
  void declare(CLI::App& app) override {
    constexpr const char* kWhat =
        "A day (2026-09-14, yesterday), a period FROM..TO, host:NAME, or 'enforced' or 'evaluated' with "
        "--milter.";
    app.add_option("a", a_, kWhat)->type_name("A")->required();
    app.add_option("b", b_, kWhat)->type_name("B")->required();
    app.add_option("--milter", milter_, "The milter whose groups 'enforced' and 'evaluated' are.")
        ->type_name("NAME");
    logs_.declare(app);
  }

  Outcome run(double now) override {
    auto selection = logs_.selection(now);
    if (!selection) return failed(selection.error().message);
    const auto a = parse_side(a_, milter_, now);
    const auto b = parse_side(b_, milter_, now);
    if (!a || !b) {
      return failed(
          fmt::format("\"{}\" is no day, no period FROM..TO, no host:NAME and no group", a ? b_ : a_));
    }
    if (const auto wrong = unfit(*a, *b)) return failed(*wrong);
    if (a->since && !selection->since) selection->since = std::min(*a->since, *b->since);
    if (a->until && !selection->until) selection->until = std::max(*a->until, *b->until);
    Comparison comparison(*a, *b);
    MailVisitor* const visitors[] = {&comparison};
    const auto report = read_mails(*selection, visitors);
    if (!report) return failed(report.error().message);
    if (const auto nothing = nothing_to_report(*selection, *report, a->group.has_value()))
      return failed(*nothing);
    if (const auto empty = empty_side(comparison, *report)) return failed(*empty);
    comparison.set_log(report->log_first, report->log_last);
    return tell(comparison, *selection, *report, a->group.has_value());
  }

 private:
  std::optional<std::string> unfit(const Side& a, const Side& b) const {
    if (a.group.has_value() != b.group.has_value() || a.host.empty() != b.host.empty()) {
      return "A and B must be of a kind: two periods, two hosts, or two groups";
    }
    if (a_ == b_) return "A and B are the same";
    if (a.group && milter_.empty())
      return "\"enforced\" and \"evaluated\" are groups of a milter: name it with --milter";
    if (overlap(a, b)) return "the periods overlap: what is in both tells nothing of their difference";
    return std::nullopt;
  }

  std::optional<std::string> empty_side(const Comparison& comparison, const ReadReport& report) const {
    if (!milter_.empty() &&
        std::find(report.milters.begin(), report.milters.end(), milter_) == report.milters.end()) {
      return fmt::format("there is no milter \"{}\" in the log; there are: {}", milter_,
                         fmt::join(report.milters, ", "));
    }
    for (const auto& [mails, text] :
         {std::pair(comparison.mails_of_a(), &a_), std::pair(comparison.mails_of_b(), &b_)}) {
      if (mails == 0) return fmt::format("the log has nothing of \"{}\"", *text);
    }
    return std::nullopt;
  }

  Outcome tell(const Comparison& comparison, const LogSelection& selection, const ReadReport& report,
               bool of_groups) const {
    Outcome outcome;
    Document& document = outcome.document.emplace();
    document.command = "compare";
    document.title = fmt::format("{} compared with {}", b_, a_);
    describe_reading(selection, report, document);
    if (!comparison.is_of_messages()) {
      document.cautions.emplace_back(
          "The log has no [message] lines: all is of connections, and nothing of single milters.");
    }
    add_clipping(comparison, document);
    const auto figures = comparison.figures();
    Section& section = document.sections.emplace_back();
    section.facts.push_back({"mails_a", fmt::format("Mails of {}", a_), count(comparison.mails_of_a())});
    section.facts.push_back({"mails_b", fmt::format("Mails of {}", b_), count(comparison.mails_of_b())});
    section.conclusions = differences_in_words(figures);
    if (of_groups) {
      section.paragraphs.emplace_back(
          "A trial's groups are chosen by the client's network or the recipient's domain: \"milter-report "
          "evaluation\" has intervals that take the "
          "senders' domains as independent.");
    }
    section.tables.push_back(differences_table(figures, a_, b_));
    return outcome;
  }

  LogOptions logs_;
  std::string a_, b_, milter_;
};

}  // namespace

std::unique_ptr<Command> make_compare_command() { return std::make_unique<CompareCommand>(); }

}  // namespace milter_manager::report
