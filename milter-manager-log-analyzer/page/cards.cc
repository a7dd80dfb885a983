// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "milter-manager-log-analyzer/page/view.h"
#include "milter-manager-log-analyzer/text.h"

namespace milter_manager::log_analyzer {
namespace {

using kainjow::mustache::data;
using kainjow::mustache::list;
using kainjow::mustache::object;

struct Part {
  std::string_view name;  // of the text, and of the style's class
  double Outcomes::*count;
};
constexpr Part kParts[] = {
    {"accepted", &Outcomes::accepted},       {"rejected", &Outcomes::rejected},
    {"deferred", &Outcomes::deferred},       {"discarded", &Outcomes::discarded},
    {"quarantined", &Outcomes::quarantined}, {"aborted", &Outcomes::aborted},
};
// These are shown even where there are none; and they are the columns of the milters' table.
constexpr std::size_t kMainParts = 3;

// Widths in the bar, of 1000.
constexpr double kBar = 1000;

std::string percent(double part, double all) {
  if (all <= 0) return {};
  const double share = 100 * part / all;
  return share > 0 && share < 9.95 ? fmt::format("{:.1f} %", share) : fmt::format("{:.0f} %", share);
}

list parts_view(const Outcomes& counts, const Language& language) {
  list parts;
  double left = 0;
  for (std::size_t i = 0; i < std::size(kParts); ++i) {
    const double count = counts.*kParts[i].count;
    if (i >= kMainParts && count < 0.5) continue;
    const double width = counts.all > 0 ? kBar * count / counts.all : 0;
    object part;
    part.emplace("class", std::string(kParts[i].name));
    part.emplace("name", language.text(fmt::format("page.{}", kParts[i].name)));
    part.emplace("count", grouped(count));
    part.emplace("share", percent(count, counts.all));
    part.emplace("left", fmt::format("{:.1f}", left));
    part.emplace("width", fmt::format("{:.1f}", width));
    left += width;
    parts.emplace_back(std::move(part));
  }
  return parts;
}

object name_view(const MilterSummary& milter) {
  object row;
  row.emplace("name", milter.name);
  row.emplace("link", link_to(section_id(milter.safe_milter)));
  return row;
}

list milters_view(const PeriodSummary& period) {
  list rows;
  for (const MilterSummary& milter : period.milters) {
    if (!milter.outcomes) continue;
    object row = name_view(milter);
    list cells;
    // Whom another's verdict cut short was asked nothing that counts.
    cells.emplace_back(grouped(milter.outcomes->all - milter.outcomes->aborted));
    for (std::size_t i = 0; i < kMainParts; ++i)
      cells.emplace_back(grouped((*milter.outcomes).*kParts[i].count));
    row.emplace("cells", data(std::move(cells)));
    rows.emplace_back(std::move(row));
  }
  return rows;
}

list trials_view(const PeriodSummary& period) {
  list rows;
  for (const MilterSummary& milter : period.milters) {
    if (!milter.trial) continue;
    object row = name_view(milter);
    list cells;
    for (const double count : {milter.trial->messages, milter.trial->rejected, milter.trial->deferred,
                               milter.trial->rejected_recipients, milter.trial->deferred_recipients}) {
      cells.emplace_back(grouped(count));
    }
    row.emplace("cells", data(std::move(cells)));
    rows.emplace_back(std::move(row));
  }
  return rows;
}

std::string span_of(const PeriodSummary& period, const Language& language) {
  const std::string_view of = period.tag;
  const std::string from = local_time(period.from), to = local_time(period.to);
  constexpr std::size_t kDate = 10, kClock = 11;
  if (of == "now")
    return language.text("page.from_to", {{"from", from.substr(kClock)}, {"to", to.substr(kClock)}});
  if (of == "week") return language.text("page.since", {{"time", from}});
  return from.substr(0, kDate);
}

object card(const PeriodSummary& period, const Language& language) {
  object card;
  card.emplace("tag", std::string(period.tag));
  card.emplace("heading", language.text(fmt::format("period.{}", period.tag)));
  card.emplace("span", span_of(period, language));
  if (!period.manager) {
    card.emplace("nothing", language.text("page.period_unknown"));
    return card;
  }
  const std::string unit = language.text(period.of_messages ? "page.messages" : "page.connections");
  card.emplace("all", grouped(period.manager->all));
  card.emplace("unit", unit);
  list parts = parts_view(*period.manager, language);
  if (period.manager->all > 0) card.emplace("bar", data(kainjow::mustache::data::type::bool_true));
  card.emplace("parts", data(std::move(parts)));
  list milters = milters_view(period), trials = trials_view(period);
  if (!milters.empty()) {
    object table;
    table.emplace("rows", data(std::move(milters)));
    card.emplace("milters", data(std::move(table)));
  }
  if (!trials.empty()) {
    object table;
    table.emplace("rows", data(std::move(trials)));
    card.emplace("trials", data(std::move(table)));
  }
  if (period.lost) {
    const bool any = *period.lost >= 0.5;
    card.emplace(any ? "lost" : "none_lost",
                 any ? language.text("page.lost_lines", {{"n", grouped(*period.lost)}})
                     : language.text("page.no_lost_lines"));
  }
  return card;
}

object unknown_now(const Language& language) {
  object card;
  card.emplace("tag", "now");
  card.emplace("heading", language.text("period.now"));
  card.emplace("nothing", language.text("page.now_unknown"));
  return card;
}

}  // namespace

list cards_view(const Page& page, const Language& language) {
  list cards;
  const auto& periods = page.summary.periods;
  if (periods.empty() || periods.front().tag != "now") cards.emplace_back(unknown_now(language));
  for (const PeriodSummary& period : periods) cards.emplace_back(card(period, language));
  return cards;
}

}  // namespace milter_manager::log_analyzer
