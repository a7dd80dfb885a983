// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/model/greylist_delays.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "milter-report/model/quantile.h"

namespace milter_manager::report {
namespace {

constexpr double kMinute = 60;
// Lines about one attempt, of several programs, are so close.
constexpr double kSameAttempt = 10;
constexpr double kNever = -1;

// The delay in force: what the deferrals most often ask for, else the shortest that let a mail pass.
std::optional<double> present_delay(const std::vector<double>& asked, const std::vector<double>& told,
                                    const std::vector<double>& waits) {
  std::map<double, std::uint64_t> counts;
  for (const double seconds : asked) ++counts[seconds];
  const auto most = std::max_element(counts.begin(), counts.end(),
                                     [](const auto& a, const auto& b) { return a.second < b.second; });
  if (most != counts.end()) return most->first;
  std::vector<double> seconds = waits.empty() ? told : waits;
  if (seconds.empty()) return std::nullopt;
  return std::max(std::floor(quantile(seconds, 0.01) / kMinute) * kMinute, kMinute);
}

Clustered by_network(const std::vector<Episode>& episodes, bool (*hits)(const Episode&)) {
  std::map<std::uint32_t, ClusterCounts> counts;
  for (const Episode& episode : episodes) {
    ClusterCounts& cluster = counts[episode.network];
    cluster.mails += 1;
    cluster.hits += hits(episode) ? 1 : 0;
  }
  std::vector<ClusterCounts> clusters;
  for (const auto& [network, cluster] : counts) clusters.push_back(cluster);
  return clustered(clusters);
}

// The attempt, in seconds behind the first, with which the episode passes under `delay`. None: it does not.
std::optional<double> passes_at(const Episode& episode, double delay, bool is_estimate) {
  for (const double retry : episode.retries) {
    if (retry >= delay) return retry;
  }
  if (!episode.passed) return std::nullopt;
  if (*episode.passed >= delay || !is_estimate) return episode.passed;
  const double before = episode.retries.empty() ? 0 : episode.retries.back();
  const double pause = std::max(*episode.passed - before, kMinute);
  return *episode.passed + std::ceil((delay - *episode.passed) / pause) * pause;
}

std::optional<double> recommended_delay(const std::vector<DelayEffect>& effects, std::uint64_t episodes) {
  const DelayEffect* longest = nullptr;
  for (const DelayEffect& effect : effects) {
    if (!effect.is_estimate) longest = &effect;
  }
  if (longest == nullptr || episodes < kFewestToRecommend || longest->passed == 0) return std::nullopt;
  const double lost = kNegligible * static_cast<double>(episodes);
  for (const DelayEffect& effect : effects) {
    if (static_cast<double>(effect.caught) + lost >= static_cast<double>(longest->caught))
      return effect.delay;
  }
  return longest->delay;
}

std::vector<AutowhiteEffect> autowhite_effects(const std::vector<EpisodesAndGaps::Gap>& gaps,
                                               double log_seconds) {
  std::vector<AutowhiteEffect> effects;
  for (const double autowhite : kAutowhites) {
    AutowhiteEffect effect{.autowhite = autowhite};
    effect.is_known = autowhite <= log_seconds / 2;
    for (const auto& gap : gaps) {
      if (gap.seconds > autowhite) {
        ++effect.again;
      } else {
        ++effect.at_once;
        effect.marked_at_once += gap.marked ? 1 : 0;
      }
    }
    effects.push_back(effect);
  }
  return effects;
}

// None where even the longest time that is known leaves some: who comes later still the log is too short to show.
std::optional<double> recommended_autowhite(const std::vector<AutowhiteEffect>& effects, std::size_t gaps) {
  const AutowhiteEffect* longest = nullptr;
  for (const AutowhiteEffect& effect : effects) {
    if (effect.is_known) longest = &effect;
  }
  if (longest == nullptr || gaps < kFewestToRecommend) return std::nullopt;
  const double more = kNegligible * static_cast<double>(gaps);
  for (const AutowhiteEffect& effect : effects) {
    if (&effect == longest) break;
    if (static_cast<double>(effect.again) <= static_cast<double>(longest->again) + more)
      return effect.autowhite;
  }
  return std::nullopt;
}

}  // namespace

EpisodesAndGaps episodes_of(std::vector<Attempt> attempts, const std::vector<std::uint32_t>& networks,
                            double window) {
  std::stable_sort(attempts.begin(), attempts.end(), [](const Attempt& a, const Attempt& b) {
    return a.triplet != b.triplet ? a.triplet < b.triplet : a.time < b.time;
  });
  EpisodesAndGaps result;
  double last_passed = kNever;  // of the triplet
  Episode* open = nullptr;
  constexpr auto kNoGap = static_cast<std::size_t>(-1);
  std::size_t gap_of_open = kNoGap;
  for (std::size_t i = 0; i < attempts.size(); ++i) {
    const Attempt& attempt = attempts[i];
    const bool is_other_triplet = i == 0 || attempts[i - 1].triplet != attempt.triplet;
    if (is_other_triplet) {
      last_passed = kNever;
      open = nullptr;
    }
    if (attempt.kind == Attempt::Kind::not_greylisted) continue;
    const bool is_marked = attempt.kind == Attempt::Kind::accepted_marked;
    const bool is_deferred = attempt.kind == Attempt::Kind::deferred;
    if (open != nullptr && attempt.time - open->begin > window) open = nullptr;
    if (open == nullptr) {
      gap_of_open = kNoGap;
      if (last_passed != kNever) {
        gap_of_open = result.gaps.size();
        result.gaps.push_back({attempt.time - last_passed, is_marked});
      }
      ++result.first_attempts;
      if (is_deferred) {
        open = &result.episodes.emplace_back();
        open->begin = attempt.time;
        open->network = networks[attempt.triplet];
      } else {
        last_passed = attempt.time;
      }
      continue;
    }
    const double seconds = attempt.time - open->begin;
    if (is_deferred) {
      const double before = open->retries.empty() ? 0 : open->retries.back();
      if (seconds - before > kSameAttempt) open->retries.push_back(seconds);
      continue;
    }
    open->passed = seconds;
    open->marked = is_marked;
    if (gap_of_open != kNoGap) result.gaps[gap_of_open].marked = is_marked;
    open = nullptr;
    last_passed = attempt.time;
  }
  return result;
}

DelayEffect effect_of_delay(const std::vector<Episode>& episodes, double delay,
                            std::optional<double> present_delay) {
  DelayEffect effect{.delay = delay, .is_estimate = !present_delay || delay > *present_delay};
  std::vector<double> waits;
  for (const Episode& episode : episodes) {
    if (const auto wait = passes_at(episode, delay, effect.is_estimate)) {
      waits.push_back(*wait);
    } else {
      ++effect.caught;
    }
  }
  effect.passed = waits.size();
  if (waits.empty()) return effect;
  effect.mean_wait = std::accumulate(waits.begin(), waits.end(), 0.0) / static_cast<double>(waits.size());
  effect.median_wait = quantile(waits, 0.5);
  effect.p95_wait = quantile(waits, 0.95);
  return effect;
}

GreylistDelays greylist_delays(GreylistRecord record, double window) {
  GreylistDelays result;
  if (record.first) result.log_seconds = *record.last - *record.first;
  result.window = std::min(window, result.log_seconds / 2);
  EpisodesAndGaps found = episodes_of(std::move(record.attempts), record.networks, result.window);
  result.first_attempts = found.first_attempts;
  result.delayed = found.episodes.size();
  const double last_begin = record.last.value_or(0) - result.window;
  const auto is_open = [&](const Episode& episode) { return episode.begin > last_begin; };
  std::vector<Episode>& episodes = found.episodes;
  episodes.erase(std::remove_if(episodes.begin(), episodes.end(), is_open), episodes.end());
  result.episodes = episodes.size();
  result.open_episodes = result.delayed - result.episodes;
  for (const Episode& episode : episodes) {
    if (!episode.retries.empty()) {
      result.first_retries.push_back(episode.retries.front());
    } else if (episode.passed) {
      result.first_retries.push_back(*episode.passed);
    }
    if (episode.passed) result.waits.push_back(*episode.passed);
  }
  std::sort(result.first_retries.begin(), result.first_retries.end());
  std::sort(result.waits.begin(), result.waits.end());
  result.never_returned =
      by_network(episodes, [](const Episode& e) { return e.retries.empty() && !e.passed; });
  result.not_passed = by_network(episodes, [](const Episode& e) { return !e.passed; });
  result.present_delay = present_delay(record.asked_delays, record.told_delays, result.waits);
  if (!episodes.empty()) {
    for (std::size_t minutes = 1; minutes <= kDelays; ++minutes) {
      result.effects.push_back(
          effect_of_delay(episodes, kMinute * static_cast<double>(minutes), result.present_delay));
    }
    result.recommended_delay = recommended_delay(result.effects, result.episodes);
  }
  result.autowhites = autowhite_effects(found.gaps, result.log_seconds);
  result.recommended_autowhite = recommended_autowhite(result.autowhites, found.gaps.size());
  return result;
}

}  // namespace milter_manager::report
