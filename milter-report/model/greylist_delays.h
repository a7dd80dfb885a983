// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "milter-report/model/clustered.h"
#include "milter-report/model/greylist_log.h"

namespace milter_manager::report {

// A triplet that was deferred: an episode begins with the first deferral and ends with the attempt that passed, or
// without one. Times are seconds behind the first deferral.
struct Episode {
  double begin = 0;  // Unix seconds
  std::uint32_t network = 0;
  std::vector<double> retries;  // deferred again
  std::optional<double> passed;
  bool marked = false;  // it passed, and others say spam or virus, or refused it
};

// What a delay would have done with the episodes as they were.
//
// A delay up to the present one is replayed: the mail passes with the first attempt at least `delay` behind the first. A
// longer one is estimated: who came back once is taken to come again, as long after the attempt that passed as that
// was after the one before.
struct DelayEffect {
  double delay = 0;          // seconds
  bool is_estimate = false;  // longer than the present delay
  std::uint64_t caught = 0;  // episodes without an attempt so late
  std::uint64_t passed = 0;
  double median_wait = 0, p95_wait = 0, mean_wait = 0;  // seconds, of those that passed
};

// What an autowhite time would have done: mails of triplets that passed before wait again if they come later than
// that behind the triplet's mail before.
struct AutowhiteEffect {
  double autowhite = 0;              // seconds
  std::uint64_t again = 0;           // mails of known triplets that are delayed again
  std::uint64_t at_once = 0;         // that are not
  std::uint64_t marked_at_once = 0;  // of these, those that others say are spam
  bool is_known = true;              // false: longer than half of the log
};

inline constexpr std::size_t kDelays = 60;  // minutes
inline constexpr std::array<double, 10> kAutowhites{
    0,           3600,        6 * 3600.0,   12 * 3600.0,  86400,
    3 * 86400.0, 7 * 86400.0, 14 * 86400.0, 30 * 86400.0, 60 * 86400.0};

struct GreylistDelays {
  std::uint64_t first_attempts = 0;     // mails, by triplet: accepted at once, or first deferred
  std::uint64_t delayed = 0;            // of these
  std::uint64_t episodes = 0;           // deferred triplets that had the whole window to come back
  std::uint64_t open_episodes = 0;      // that had not: not counted below
  Clustered never_returned;             // of the episodes, those without any later attempt; by network
  Clustered not_passed;                 // of the episodes, those that never passed; by network
  std::vector<double> first_retries;    // seconds from the first deferral to the next attempt, sorted
  std::vector<double> waits;            // seconds from the first deferral to the attempt that passed, sorted
  std::optional<double> present_delay;  // seconds
  double window = 0;                    // seconds: who has not come back by then never will
  double log_seconds = 0;
  std::vector<DelayEffect> effects;  // for 1, 2 … kDelays minutes
  std::vector<AutowhiteEffect> autowhites;
  std::optional<double> recommended_delay, recommended_autowhite;  // seconds
};

// Cost: sorts the attempts. `window`: seconds; halved logs get a shorter one, see GreylistDelays::window.
GreylistDelays greylist_delays(GreylistRecord record, double window);

// The episodes of the attempts, and the gaps between the mails of one triplet.
struct EpisodesAndGaps {
  struct Gap {
    double seconds = 0;
    bool marked = false;
  };
  std::vector<Episode> episodes;
  std::vector<Gap> gaps;
  std::uint64_t first_attempts = 0;
};
EpisodesAndGaps episodes_of(std::vector<Attempt> attempts, const std::vector<std::uint32_t>& networks,
                            double window);

DelayEffect effect_of_delay(const std::vector<Episode>& episodes, double delay,
                            std::optional<double> present_delay);

// The delay with which at most this part of the episodes is caught less than with the longest that was replayed, and the
// autowhite time that delays at most this part more of the known triplets' mails than the longest that is known.
inline constexpr double kNegligible = 0.01;
// From fewer episodes, or mails of known triplets, nothing is concluded.
inline constexpr std::size_t kFewestToRecommend = 100;

}  // namespace milter_manager::report
