// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/compare_document.h"

#include <fmt/format.h>

#include <algorithm>

#include "milter-report/render.h"

namespace milter_manager::report {
namespace {

struct FigureName {
  const char* key;
  const char* label;
  Unit unit;
};
constexpr FigureName kNames[] = {{"messages", "messages an hour", Unit::none},
                                 {"connections", "connections an hour", Unit::none},
                                 {"recipients_refused", "recipients refused", Unit::share},
                                 {"message_size", "size of a message, mean", Unit::bytes},
                                 {"message_time", "time of a message, mean", Unit::seconds},
                                 {"connection_time", "time of a connection, mean", Unit::seconds},
                                 {"stopped_by_condition", "kept out by a condition", Unit::share},
                                 {"wait", "wait for it, mean", Unit::seconds}};

std::string label_of(const ComparedFigure& figure) {
  for (const FigureName& name : kNames) {
    if (figure.key == name.key) return name.label;
  }
  std::string label = figure.key;
  std::replace(label.begin(), label.end(), '_', ' ');
  return label;
}

Unit unit_of(const ComparedFigure& figure) {
  for (const FigureName& name : kNames) {
    if (figure.key == name.key) return name.unit;
  }
  return Unit::share;
}

}  // namespace

Table differences_table(const std::vector<ComparedFigure>& figures, const std::string& a,
                        const std::string& b) {
  Table table;
  table.id = "differences";
  table.title = "Figures";
  table.columns = {{"milter", "milter", true},
                   {"figure", "figure", true},
                   {"a", a},
                   {"b", b},
                   {"change", "change (95 %)", false, true},
                   {"of_a", "of"},
                   {"of_b", "of"},
                   {"more_than_chance", "more than chance", true}};
  for (const ComparedFigure& figure : figures) {
    const Unit unit = unit_of(figure);
    const Unit of_change = unit == Unit::share ? Unit::signed_share : unit;
    table.rows.push_back(
        {figure.milter.empty() ? "(all mail)" : figure.milter, label_of(figure), number(figure.a, unit),
         number(figure.b, unit),
         figure.known ? Cell(Interval{figure.change, figure.bounds.low, figure.bounds.high, of_change})
                      : Cell(Unknown{}),
         number(figure.of_a, Unit::count), number(figure.of_b, Unit::count),
         !figure.known                  ? "too little to tell"
         : figure.is_more_than_chance() ? "yes"
                                        : "no"});
  }
  table.notes.emplace_back(
      "Of: mails (recipients, for those refused; hours, for what is an hour). A change whose interval does "
      "not reach 0 is more than chance; of 20 "
      "figures that did not change, one looks so all the same. Intervals take hours as independent, not "
      "mails.");
  return table;
}

void add_clipping(const Comparison& comparison, Document& document) {
  const auto add = [&](const char* what, std::optional<double> time) {
    if (!time) return;
    document.cautions.push_back(
        fmt::format("The log {} {}, inside a period that is compared: what is an hour is of the whole hours "
                    "in the log.",
                    what, shown(number(*time, Unit::time))));
  };
  add("begins", comparison.begins_late());
  add("ends", comparison.ends_early());
}

std::vector<std::string> differences_in_words(const std::vector<ComparedFigure>& figures) {
  std::vector<std::string> sentences;
  for (const ComparedFigure& figure : figures) {
    if (!figure.is_more_than_chance()) continue;
    const Unit unit = unit_of(figure);
    sentences.push_back(fmt::format("{}{}{}: {} instead of {}.", figure.milter,
                                    figure.milter.empty() ? "" : ": ", label_of(figure),
                                    shown(number(figure.b, unit)), shown(number(figure.a, unit))));
  }
  if (sentences.empty()) sentences.emplace_back("Nothing differs by more than chance.");
  return sentences;
}

}  // namespace milter_manager::report
