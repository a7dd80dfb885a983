// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/workers_document.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "milter-report/interval_cell.h"
#include "milter-report/model/worker_count.h"
#include "milter-report/render.h"

namespace milter_manager::report {
namespace {

// Postfix' default_process_limit: what is taken where nobody tells another.
constexpr std::uint64_t kUsualConnections = 100;

std::string how_many(std::uint64_t n) { return shown(count(n)); }
std::string percent(double share) { return shown(number(share, Unit::share)); }
std::string seconds(double value) { return shown(number(value, Unit::seconds)); }
std::string moment(std::int64_t time) {
  return shown(number(static_cast<double>(time), Unit::time)).substr(0, 16);
}
std::string workers_text(const WorkersQuestion& question, std::uint32_t workers) {
  if (question.is_spamd) return fmt::format("--max-children={}", workers);
  return workers == 1 ? "1 worker" : fmt::format("{} workers", workers);
}

const char* source_text(LoadSource source) {
  switch (source) {
    case LoadSource::messages:
      return "exact: each message's own busy interval ([milter][message])";
    case LoadSource::load_lines:
      return "estimate: busy connections by the minute";
    case LoadSource::connections:
      return "estimate: a connection's waits taken as one interval ([milter][end])";
    case LoadSource::none:
      break;
  }
  return "none";
}

void add_service_facts(const WorkerCount& found, Section& section) {
  auto& facts = section.facts;
  facts.push_back({"mails", "Mails it worked on", count(found.mails)});
  facts.push_back({"rate", "Arrivals, mean", number(found.rate, Unit::per_second)});
  const bool is_service = !found.saturation.is_saturated();
  const std::string what = is_service ? "Service time" : "Wait (service and queue)";
  const std::string key = is_service ? "service" : "wait";
  if (found.service) {
    facts.push_back(
        {key, what + ", mean", interval_cell(found.service->value, found.service->bounds, Unit::seconds)});
  }
  const auto quantile_cell = [](double value, const std::optional<Bounds>& bounds) {
    return bounds ? interval_cell(value, *bounds, Unit::seconds) : number(value, Unit::seconds);
  };
  facts.push_back({key + "_p50", what + ", median", quantile_cell(found.median, found.median_bounds)});
  facts.push_back({key + "_p95", what + ", 95th percentile", quantile_cell(found.p95, found.p95_bounds)});
  facts.push_back({key + "_p99", what + ", 99th percentile", number(found.p99, Unit::seconds)});
  facts.push_back({"busy_mean", "At once, mean", number(found.erlangs)});
  facts.push_back({"busy_max", "At once, most", count(found.most_at_once)});
  if (found.saturation.queued) {
    facts.push_back({"queued", "Found all workers busy", number(found.saturation.queued, Unit::share)});
  }
  if (found.saturation.growth) {
    facts.push_back(
        {"growth", "Took longer under load (0.5: no difference)", number(*found.saturation.growth)});
  }
}

void add_spamd_facts(const SpamdLines& spamd, Section& section) {
  if (spamd.states + spamd.reached_maximum + spamd.scans == 0) return;
  auto& facts = section.facts;
  facts.push_back({"spamd_states", "spamd: lines on its children", count(spamd.states)});
  facts.push_back({"spamd_all_busy", "spamd: of these with no child idle", count(spamd.all_busy)});
  facts.push_back({"spamd_children", "spamd: most children", count(spamd.most_children)});
  facts.push_back(
      {"spamd_reached", "spamd: \"server reached --max-children\"", count(spamd.reached_maximum)});
  if (spamd.scans > 0) {
    facts.push_back({"spamd_scans", "spamd: mails scanned", count(spamd.scans)});
    facts.push_back({"spamd_scan_time", "spamd: scan time, mean",
                     number(spamd.scan_seconds / static_cast<double>(spamd.scans), Unit::seconds)});
  }
}

Table reached_table(const SpamdLines& spamd) {
  constexpr std::size_t kMost = 10;
  Table table;
  table.id = "reached";
  table.title = "When spamd had no child left";
  table.columns = {{"hour", "hour", true}, {"lines", "lines"}};
  std::vector<std::pair<std::int64_t, std::uint64_t>> hours(spamd.reached_by_hour.begin(),
                                                            spamd.reached_by_hour.end());
  std::stable_sort(hours.begin(), hours.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  if (hours.size() > kMost) hours.resize(kMost);
  for (const auto& [hour, lines] : hours) table.rows.push_back({moment(hour), count(lines)});
  return table;
}

Table replay_table(const std::vector<Work>& work, const WorkerCount& found, const WorkersQuestion& question) {
  Table table;
  table.id = "replay";
  table.title = "The mails of this log with so many workers";
  table.columns = {{"workers", question.is_spamd ? "--max-children" : "workers"},
                   {"waiting", "wait"},
                   {"mean_wait", "mean wait of these"},
                   {"longest_wait", "longest"},
                   {"memory", "memory"}};
  std::set<std::uint32_t> candidates{*found.few_wait, *found.hardly_any_wait, found.most_at_once};
  if (*found.few_wait > 1) candidates.insert(*found.few_wait - 1);
  if (question.workers) candidates.insert(*question.workers);
  for (const std::uint32_t workers : candidates) {
    const Replay outcome = replay(work, std::max(workers, 1U));
    const Cell mean =
        outcome.waited > 0
            ? number(outcome.waiting_seconds / static_cast<double>(outcome.waited), Unit::seconds)
            : Cell(Unknown{});
    const Cell memory = question.memory ? number(static_cast<double>(*question.memory) * workers, Unit::bytes)
                                        : Cell(Unknown{});
    table.rows.push_back({count(workers), number(outcome.waiting_share(), Unit::share), mean,
                          number(outcome.longest_wait, Unit::seconds), memory});
  }
  if (!question.memory) table.notes.emplace_back("Memory: give what one takes with --child-memory.");
  return table;
}

Table hours_table(const std::vector<BusyHour>& hours, bool is_saturated) {
  Table table;
  table.id = "busy_hours";
  table.title = is_saturated ? "The busiest hours" : "The busiest hours, and Erlang's formula";
  table.columns = {
      {"hour", "hour", true},      {"mails", "mails"},       {"service", is_saturated ? "wait" : "service"},
      {"erlangs", "busy at once"}, {"few_wait", "1 % wait"}, {"hardly_any_wait", "0.1 % wait"}};
  for (const BusyHour& hour : hours) {
    std::vector<Cell> row{moment(hour.begin),   Unknown{}, Unknown{},
                          number(hour.erlangs), Unknown{}, Unknown{}};
    if (hour.mails > 0) {
      row[1] = count(hour.mails);
      row[2] = number(hour.service, Unit::seconds);
    }
    if (!is_saturated) {
      row[4] = count(hour.few_wait);
      row[5] = count(hour.hardly_any_wait);
    }
    table.rows.push_back(std::move(row));
  }
  if (is_saturated) return table;
  table.notes.emplace_back(
      "Erlang C assumes that mails come by chance at an even rate over the hour, that service times are "
      "exponential, and that "
      "who finds no worker free waits its turn. Mails that come in bursts need more.");
  return table;
}

std::string memory_sentence(const WorkersQuestion& question, std::uint32_t workers) {
  return fmt::format("Memory: {} times {} is {}.", workers,
                     shown(number(static_cast<double>(*question.memory), Unit::bytes)),
                     shown(number(static_cast<double>(*question.memory) * workers, Unit::bytes)));
}

void conclude_saturated(const WorkerCount& found, const WorkersQuestion& question,
                        std::optional<std::uint32_t> workers, Section& section) {
  std::string why;
  if (found.saturation.queued) {
    why =
        fmt::format("{} of the mails found all {} workers busy", percent(*found.saturation.queued), *workers);
  } else {
    why = fmt::format(
        "mails that found many others under way took longer in {} of the cases, so the waits grow with the "
        "load",
        percent(found.saturation.growth.value_or(0)));
  }
  section.conclusions.push_back(
      fmt::format("{} is saturated: {}. The waits then hold the time in the queue, and how long the service "
                  "itself takes cannot be "
                  "known from them: no number can be told.",
                  question.name, why));
  if (workers) {
    section.conclusions.push_back(fmt::format("Set {} for some days, and ask again.",
                                              workers_text(question, 2 * std::min(*workers, 100'000U))));
  } else {
    section.conclusions.push_back(fmt::format(
        "Double {} for some days, and ask again; --children tells how many there are.", question.setting));
  }
}

void conclude_count(const std::vector<Work>& work, const WorkerCount& found, const WorkersQuestion& question,
                    bool is_exact, Section& section) {
  const std::uint32_t few = *found.few_wait;
  std::string first = fmt::format("{}{}: of these mails {} would have waited", is_exact ? "" : "About ",
                                  workers_text(question, few), percent(replay(work, few).waiting_share()));
  if (few > 1)
    first += fmt::format(", and {} with {}", percent(replay(work, few - 1).waiting_share()), few - 1);
  section.conclusions.push_back(first + ".");
  section.conclusions.push_back(
      fmt::format("For fewer than one in a thousand to wait: {}.", *found.hardly_any_wait));
  if (!found.hours.empty()) {
    const BusyHour& hour = found.hours.front();
    section.conclusions.push_back(
        fmt::format("Erlang's formula for the busiest hour ({}: {} mails of {}): {} for 1 %, {} for 0.1 %.",
                    moment(hour.begin), how_many(hour.mails), seconds(hour.service), hour.few_wait,
                    hour.hardly_any_wait));
  }
  constexpr std::uint64_t kFewMails = 1000;
  if (found.mails < kFewMails) {
    section.conclusions.push_back(fmt::format(
        "That rests on {} mails only: a day or more of a busy week tells better.", how_many(found.mails)));
  }
  if (found.saturation.queued.value_or(0) >= kHardlyAnyWait) {
    section.conclusions.emplace_back(
        "Some of these mails queued already, so that their waits are longer than the service: the numbers "
        "are rather too large.");
  }
  if (question.memory) section.conclusions.push_back(memory_sentence(question, few));
}

void conclude_from_hours(const std::vector<BusyHour>& hours, const WorkersQuestion& question,
                         Section& section) {
  const BusyHour& hour = hours.front();
  section.conclusions.push_back(fmt::format(
      "An estimate by Erlang's formula, for the busiest hour ({}: {:.2f} busy at once): {} for 1 % to wait, "
      "{} for 0.1 %. It holds if the "
      "workers were not all busy then; of single mails nothing is known here.",
      moment(hour.begin), hour.erlangs, workers_text(question, hour.few_wait), hour.hardly_any_wait));
  if (question.memory) section.conclusions.push_back(memory_sentence(question, hour.few_wait));
}

void conclude_stress(const HostLoad& load, double busy_seconds, std::uint32_t workers, Section& section) {
  const auto connections = connections_at_full_load(workers, load.session_seconds, busy_seconds);
  // A few connections say nothing of stress.
  constexpr std::uint32_t kFewConnections = 10;
  if (!connections || *connections < kFewConnections) return;
  section.facts.push_back(
      {"stress_threshold", "SMTP connections that keep all of them busy", count(*connections)});
  std::string sentence = fmt::format(
      "stress.threshold_n_connections = {}: with so many SMTP connections open {} workers are "
      "all busy on average{}.",
      *connections, workers,
      load.most_open > 0 ? fmt::format(" (at most {} were open)", how_many(load.most_open)) : "");
  if (load.are_sessions_sampled) {
    sentence +=
        " An estimate: archives tell of connections to the milter, once a minute; if conditions keep it out "
        "of "
        "some SMTP connections, the threshold may be so much higher.";
  }
  section.conclusions.push_back(std::move(sentence));
}

Section host_section(const std::string& name, const HostLoad& load, const WorkersQuestion& question) {
  Section section;
  section.id = name.empty() ? "all" : name;
  if (!name.empty()) section.heading = "Host " + name;
  const LoadSource source = load.source();
  section.facts.push_back({"source", "Source", source_text(source)});
  const std::optional<std::uint32_t> workers =
      question.workers ? question.workers : load.spamd.max_children();
  if (workers) section.facts.push_back({"workers_now", "Workers now", count(*workers)});
  if (source == LoadSource::load_lines) {
    const std::vector<BusyHour> hours = busiest_hours(load.load_hours);
    section.facts.push_back({"busy_max", "At once, most", count(load.most_busy)});
    section.facts.push_back({"connections_max", "SMTP connections at once, most",
                             load.most_open > 0 ? count(load.most_open) : Cell(Unknown{})});
    add_spamd_facts(load.spamd, section);
    section.tables.push_back(hours_table(hours, false));
    if (load.spamd.reached_maximum > 0) section.tables.push_back(reached_table(load.spamd));
    conclude_from_hours(hours, question, section);
    double busy = 0;
    for (const auto& [hour, sums] : load.load_hours) busy += sums.busy_seconds;
    conclude_stress(load, busy, workers.value_or(hours.front().few_wait), section);
    return section;
  }
  const WorkerCount found = worker_count(load.work, workers);
  const bool is_saturated = found.saturation.is_saturated();
  add_service_facts(found, section);
  if (load.failed > 0) section.facts.push_back({"failed", "of these it failed in", count(load.failed)});
  add_spamd_facts(load.spamd, section);
  section.facts.push_back({"connections_max", "SMTP connections at once, most", count(load.most_open)});
  if (is_saturated) {
    section.facts.push_back({"saturated", "Saturated", "yes"});
    conclude_saturated(found, question, workers, section);
  } else {
    section.facts.push_back({"recommended", "Workers for fewer than 1 % to wait", count(*found.few_wait)});
    section.facts.push_back(
        {"recommended_0_1", "Workers for fewer than 0.1 % to wait", count(*found.hardly_any_wait)});
    section.tables.push_back(replay_table(load.work, found, question));
    conclude_count(load.work, found, question, source == LoadSource::messages, section);
    double busy = 0;
    for (const Work& piece : load.work) busy += piece.seconds;
    conclude_stress(load, busy, *found.few_wait, section);
  }
  section.tables.push_back(hours_table(found.hours, is_saturated));
  if (load.spamd.reached_maximum > 0) section.tables.push_back(reached_table(load.spamd));
  return section;
}

}  // namespace

Section section_without_load(const WorkersQuestion& question, std::uint64_t most_open) {
  Section section;
  section.id = "rule";
  const std::uint64_t connections =
      question.connections.value_or(most_open > 0 ? most_open : kUsualConnections);
  const std::uint32_t workers = workers_without_measurement(connections);
  section.facts.push_back({"source", "Source", "none: a rule of thumb"});
  section.facts.push_back({"connections", "SMTP connections at once", count(connections)});
  section.facts.push_back({"recommended", "Workers, by the rule", count(workers)});
  const char* const whence =
      question.connections ? "as --smtp-connections says"
      : most_open > 0
          ? "the most that were open in this log"
          : "what Postfix allows itself if not told otherwise; --smtp-connections tells another number";
  section.conclusions.push_back(
      fmt::format("{}: there is nothing to measure yet, so begin with a third of the SMTP connections at "
                  "once ({}: {}), since greylisting keeps most of "
                  "them away from content filters. Then ask again with some days of mail.",
                  workers_text(question, workers), how_many(connections), whence));
  if (question.memory) section.conclusions.push_back(memory_sentence(question, workers));
  return section;
}

void add_workers(const std::map<std::string, HostLoad, std::less<>>& hosts, const WorkersQuestion& question,
                 Document& document) {
  std::size_t with_load = 0;
  std::uint64_t most_open = 0;
  for (const auto& [name, load] : hosts) {
    most_open = std::max(most_open, load.most_open);
    if (load.source() == LoadSource::none || (load.work.empty() && load.load_hours.empty())) continue;
    ++with_load;
    document.sections.push_back(host_section(name, load, question));
  }
  if (with_load == 0) document.sections.push_back(section_without_load(question, most_open));
}

}  // namespace milter_manager::report
