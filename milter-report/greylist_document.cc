// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/greylist_document.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "milter-report/interval_cell.h"
#include "milter-report/model/quantile.h"
#include "milter-report/render.h"

namespace milter_manager::report {
namespace {

// For who can't see how long senders stay away, or when they come back.
constexpr const char* kUsualDelay = "10m";
constexpr double kUsualAutowhite = 7 * 86400.0;

std::string how_many(std::uint64_t n) { return shown(count(n)); }
std::string seconds(double value) { return shown(number(value, Unit::seconds)); }
std::string percent(std::uint64_t part, std::uint64_t whole) { return shown(share(part, whole)); }

void add_quantiles(const std::string& key, const std::string& label, std::vector<double> values,
                   Section& section) {
  if (values.empty()) return;
  for (const auto& [name, words, q] :
       {std::tuple{"_p50", ", median", 0.5}, std::tuple{"_p95", ", 95th percentile", 0.95}}) {
    const double value = quantile(values, q);
    const auto bounds = quantile_bounds(values, q);
    section.facts.push_back(
        {key + name, label + words,
         bounds ? interval_cell(value, *bounds, Unit::seconds) : number(value, Unit::seconds)});
  }
}

void add_attempts(const GreylistDelays& found, Section& section) {
  auto& facts = section.facts;
  facts.push_back(
      {"first_attempts", "Mails, by client's network, sender and recipient", count(found.first_attempts)});
  facts.push_back({"delayed", "of these deferred at first", count(found.delayed)});
  facts.push_back({"delayed_share", "part deferred", share(found.delayed, found.first_attempts)});
  facts.push_back({"window", "Time given to come back", number(found.window, Unit::seconds)});
  facts.push_back({"open", "Deferred too late to have had that time", count(found.open_episodes)});
  facts.push_back({"episodes", "Deferred, with the whole time", count(found.episodes)});
  facts.push_back({"never_returned", "of these never came back", interval_cell(found.never_returned)});
  facts.push_back({"not_passed", "of these never passed", interval_cell(found.not_passed)});
}

void add_facts(const GreylistRecord& record, const GreylistDelays& found, Section& section) {
  auto& facts = section.facts;
  if (record.judged + record.stopped > 0) {
    facts.push_back({"judged", "Messages it judged", count(record.judged)});
    facts.push_back({"deferred", "of these deferred", count(record.deferred)});
    facts.push_back({"stopped", "Messages from which a condition kept it", count(record.stopped)});
  }
  if (found.present_delay)
    facts.push_back({"present_delay", "Delay in force", number(found.present_delay, Unit::seconds)});
  // Without the MTA's lines there is nothing to count.
  if (found.first_attempts > 0) add_attempts(found, section);
  add_quantiles("retry", "First retry after", found.first_retries, section);
  add_quantiles("wait", "Passed after", found.waits, section);
  add_quantiles("told_delay", "Delay that X-Greylist tells", record.told_delays, section);
}

Table delays_table(const GreylistDelays& found) {
  Table table;
  table.id = "delays";
  table.title = "What other delays would have done";
  table.columns = {{"delay", "greylist", true},     {"caught", "never pass"},
                   {"caught_share", "of deferred"}, {"passed", "pass"},
                   {"median_wait", "median wait"},  {"p95_wait", "95th"},
                   {"mean_wait", "mean"},           {"known", "known", true}};
  for (const DelayEffect& effect : found.effects) {
    const bool has_waits = effect.passed > 0;
    const auto wait = [&](double value) {
      return has_waits ? number(value, Unit::seconds) : Cell(Unknown{});
    };
    table.rows.push_back({greylist_time(effect.delay), count(effect.caught),
                          share(effect.caught, found.episodes), count(effect.passed),
                          wait(effect.median_wait), wait(effect.p95_wait), wait(effect.mean_wait),
                          effect.is_estimate ? "estimate" : "replayed"});
  }
  table.notes.emplace_back(
      "A delay up to the one in force is replayed with the attempts as they came. For a longer one the log "
      "does not show what senders would have done: "
      "who passed is taken to come again in the same rhythm.");
  return table;
}

Table autowhites_table(const GreylistDelays& found) {
  Table table;
  table.id = "autowhite";
  table.title = "What other autowhite times would have done with known senders' mails";
  table.columns = {{"autowhite", "autowhite", true}, {"again", "delayed again"},  {"again_share", "part"},
                   {"at_once", "at once"},           {"marked", "of these spam"}, {"known", "known", true}};
  for (const AutowhiteEffect& effect : found.autowhites) {
    table.rows.push_back({greylist_time(effect.autowhite), count(effect.again),
                          share(effect.again, effect.again + effect.at_once), count(effect.at_once),
                          count(effect.marked_at_once), effect.is_known ? "replayed" : "log too short"});
  }
  table.notes.emplace_back(
      "Mails of a network, sender and recipient whose mail had passed before, by the time since then.");
  return table;
}

void conclude(const GreylistDelays& found, Section& section) {
  auto& sentences = section.conclusions;
  if (!found.recommended_delay) {
    sentences.push_back(
        fmt::format("Nothing is recommended: the log shows {} deferred triplets that had the whole time to "
                    "come back, {} of "
                    "which passed. It takes {} or more, in the lines of the MTA or milter-greylist, over "
                    "some days. What is "
                    "usual:",
                    how_many(found.episodes), how_many(found.waits.size()), kFewestToRecommend));
    sentences.emplace_back("subnetmatch /24");
    sentences.push_back(fmt::format("greylist {}", kUsualDelay));
    sentences.push_back(fmt::format("autowhite {}", greylist_time(kUsualAutowhite)));
    return;
  }
  const auto effect_of = [&](double delay) -> const DelayEffect& {
    return found.effects[static_cast<std::size_t>(std::lround(delay / 60)) - 1];
  };
  const DelayEffect& chosen = effect_of(*found.recommended_delay);
  const double autowhite = found.recommended_autowhite.value_or(kUsualAutowhite);
  sentences.push_back("subnetmatch /24");
  sentences.push_back(fmt::format("greylist {}", greylist_time(chosen.delay)));
  sentences.push_back(fmt::format("autowhite {}", greylist_time(autowhite)));
  const auto longest = std::find_if(found.effects.rbegin(), found.effects.rend(),
                                    [](const DelayEffect& effect) { return !effect.is_estimate; });
  std::string why = fmt::format("With greylist {} {} of the deferred ({}) would never have passed",
                                greylist_time(chosen.delay), how_many(chosen.caught),
                                percent(chosen.caught, found.episodes));
  if (longest != found.effects.rend() && longest->delay > chosen.delay) {
    why += fmt::format(", with {} {}", greylist_time(longest->delay), how_many(longest->caught));
  }
  if (chosen.passed > 0) {
    why += fmt::format("; those that pass wait {} (median), {} (95th percentile)",
                       seconds(chosen.median_wait), seconds(chosen.p95_wait));
  }
  sentences.push_back(why + ".");
  if (!found.recommended_autowhite) {
    sentences.emplace_back(
        "How long known senders stay away the log is too short to show: a week is usual for autowhite.");
  }
}

}  // namespace

void add_greylist(const GreylistRecord& record, const GreylistDelays& found, const std::string& milter,
                  Document& document) {
  Section section;
  section.id = "greylist";
  section.heading = milter;
  add_facts(record, found, section);
  // Where nobody passed all delays are alike.
  if (!found.effects.empty() && !found.waits.empty()) section.tables.push_back(delays_table(found));
  const bool has_gaps =
      !found.autowhites.empty() && found.autowhites.front().again + found.autowhites.front().at_once > 0;
  if (has_gaps) section.tables.push_back(autowhites_table(found));
  conclude(found, section);
  if (record.surplus > 0) {
    document.cautions.push_back(
        fmt::format("{} attempts are left out: the log holds more than are kept at a time. A shorter period "
                    "(--since) counts them all.",
                    how_many(record.surplus)));
  }
  document.sections.push_back(std::move(section));
}

}  // namespace milter_manager::report
