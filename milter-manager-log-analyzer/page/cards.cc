// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <string_view>
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
// These are shown even where there are none.
constexpr std::size_t kMainParts = 3;

template <typename Counts>
struct Column {
  std::string_view head;  // the text
  double Counts::*count;
  bool always;  // else it is no column, but told below the row where there is any
};
// Whom another's verdict cut short was asked nothing that counts: there is no column for it.
constexpr Column<Outcomes> kMilterColumns[] = {
    {"page.asked", &Outcomes::asked, true},          {"page.accepted", &Outcomes::accepted, true},
    {"page.rejected", &Outcomes::rejected, true},    {"page.deferred", &Outcomes::deferred, true},
    {"page.discarded", &Outcomes::discarded, false}, {"page.quarantined", &Outcomes::quarantined, false},
    {"page.failed", &Outcomes::failed, false},       {"page.stopped", &Outcomes::stopped, false},
};
constexpr Column<Trial> kTrialColumns[] = {
    {"page.seen", &Trial::messages, true},
    {"page.would_reject", &Trial::rejected, true},
    {"page.would_defer", &Trial::deferred, true},
    {"page.quarantined", &Trial::quarantined, false},
    {"page.would_reject_recipients", &Trial::rejected_recipients, false},
    {"page.would_defer_recipients", &Trial::deferred_recipients, false},
};

// Counts of rows of 56 minutes need not be whole.
constexpr double kSomething = 0.5;

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
    if (i >= kMainParts && count < kSomething) continue;
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

// "discarded 3, not asked 20": what has no column, of that which there is any.
template <typename Counts, std::size_t kColumns>
std::string besides(const Counts& counts, const Column<Counts> (&columns)[kColumns],
                    const Language& language) {
  std::string words;
  for (const Column<Counts>& column : columns) {
    const double count = counts.*column.count;
    if (column.always || count < kSomething) continue;
    if (!words.empty()) words += language.text("page.comma");
    words += language.text("page.in_all", {{"what", language.text(column.head)}, {"n", grouped(count)}});
  }
  return words;
}

// A table with a row for each milter that has Counts.
template <typename Counts, std::size_t kColumns>
std::optional<object> table_of(const PeriodSummary& period, std::optional<Counts> MilterSummary::*counts,
                               const Column<Counts> (&columns)[kColumns], const Language& language) {
  list heads, rows;
  for (const MilterSummary& milter : period.milters) {
    if (!(milter.*counts)) continue;
    const Counts& counted = *(milter.*counts);
    object row;
    row.emplace("name", milter.name);
    row.emplace("link", link_to(section_id(milter.safe_milter)));
    list cells;
    for (const Column<Counts>& column : columns) {
      if (column.always) cells.emplace_back(grouped(counted.*column.count));
    }
    row.emplace("cells", data(std::move(cells)));
    if (std::string words = besides(counted, columns, language); !words.empty())
      row.emplace("besides", std::move(words));
    rows.emplace_back(std::move(row));
  }
  if (rows.empty()) return std::nullopt;
  for (const Column<Counts>& column : columns) {
    if (column.always) heads.emplace_back(language.text(column.head));
  }
  object table;
  table.emplace("width", fmt::format("{}", heads.size() + 1));
  table.emplace("heads", data(std::move(heads)));
  table.emplace("rows", data(std::move(rows)));
  return table;
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

object card(const PeriodSummary& period, bool log_ended, const Language& language) {
  object card;
  card.emplace("tag", std::string(period.tag));
  card.emplace("heading",
               language.text(fmt::format("{}.{}", log_ended ? "period_ended" : "period", period.tag)));
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
  if (auto table = table_of(period, &MilterSummary::outcomes, kMilterColumns, language))
    card.emplace("milters", data(std::move(*table)));
  if (auto table = table_of(period, &MilterSummary::trial, kTrialColumns, language))
    card.emplace("trials", data(std::move(*table)));
  if (period.lost) {
    const bool any = *period.lost >= kSomething;
    card.emplace(any ? "lost" : "none_lost",
                 any ? language.text("page.lost_lines", {{"n", grouped(*period.lost)}})
                     : language.text("page.no_lost_lines"));
  }
  return card;
}

object unknown_now(bool log_ended, const Language& language) {
  object card;
  card.emplace("tag", "now");
  card.emplace("heading", language.text(log_ended ? "period_ended.now" : "period.now"));
  card.emplace("nothing", language.text("page.now_unknown"));
  return card;
}

}  // namespace

list cards_view(const Page& page, const Language& language) {
  list cards;
  const auto& periods = page.summary.periods;
  if (periods.empty() || periods.front().tag != "now")
    cards.emplace_back(unknown_now(page.log_ended, language));
  for (const PeriodSummary& period : periods) cards.emplace_back(card(period, page.log_ended, language));
  return cards;
}

}  // namespace milter_manager::log_analyzer
