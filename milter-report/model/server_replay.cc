// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/model/server_replay.h"

#include <algorithm>
#include <cassert>
#include <functional>
#include <queue>

namespace milter_manager::report {
namespace {

using Ends = std::priority_queue<double, std::vector<double>, std::greater<>>;

}  // namespace

Replay replay(const std::vector<Work>& work, std::uint32_t servers) {
  assert(servers > 0);
  Replay result;
  Ends busy;  // when each busy server gets free
  for (const Work& piece : work) {
    while (!busy.empty() && busy.top() <= piece.begin) busy.pop();
    double begin = piece.begin;
    if (busy.size() >= servers) {
      begin = busy.top();
      busy.pop();
      const double wait = begin - piece.begin;
      ++result.waited;
      result.waiting_seconds += wait;
      result.longest_wait = std::max(result.longest_wait, wait);
    }
    busy.push(begin + piece.seconds);
    ++result.total;
  }
  return result;
}

std::uint32_t servers_for(const std::vector<Work>& work, double limit) {
  const auto is_enough = [&](std::uint32_t servers) { return replay(work, servers).waiting_share() < limit; };
  assert(limit > 0);
  // With as many servers as were ever busy at once nothing waits.
  std::uint32_t enough = std::max(concurrency(work, 0, 0).maximum, 1U);
  std::uint32_t too_few = 0;
  while (enough - too_few > 1) {
    const std::uint32_t middle = too_few + (enough - too_few) / 2;
    (is_enough(middle) ? enough : too_few) = middle;
  }
  return enough;
}

Concurrency concurrency(const std::vector<Work>& work, double from, double to) {
  Concurrency result;
  double busy_seconds = 0;
  Ends busy;
  for (const Work& piece : work) {
    while (!busy.empty() && busy.top() <= piece.begin) busy.pop();
    busy.push(piece.end());
    result.maximum = std::max(result.maximum, static_cast<std::uint32_t>(busy.size()));
    busy_seconds += std::max(0.0, std::min(piece.end(), to) - std::max(piece.begin, from));
  }
  if (to > from) result.mean = busy_seconds / (to - from);
  return result;
}

std::vector<std::uint32_t> found_busy(const std::vector<Work>& work) {
  std::vector<std::uint32_t> found;
  found.reserve(work.size());
  Ends busy;
  for (const Work& piece : work) {
    while (!busy.empty() && busy.top() <= piece.begin) busy.pop();
    found.push_back(static_cast<std::uint32_t>(busy.size()));
    busy.push(piece.end());
  }
  return found;
}

void sort_by_begin(std::vector<Work>& work) {
  std::sort(work.begin(), work.end(), [](const Work& a, const Work& b) { return a.begin < b.begin; });
}

}  // namespace milter_manager::report
