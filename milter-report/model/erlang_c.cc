// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/model/erlang_c.h"

#include <cassert>
#include <limits>

namespace milter_manager::report {
namespace {

double next_blocking(double blocking, double servers, double erlangs) {
  return erlangs * blocking / (servers + erlangs * blocking);
}

double waiting(double blocking, double servers, double erlangs) {
  return erlangs < servers ? servers * blocking / (servers - erlangs * (1 - blocking)) : 1;
}

}  // namespace

double erlang_c(std::uint32_t servers, double erlangs) {
  if (erlangs <= 0) return servers > 0 ? 0 : 1;
  double blocking = 1;
  for (std::uint32_t k = 1; k <= servers; ++k) blocking = next_blocking(blocking, k, erlangs);
  return waiting(blocking, servers, erlangs);
}

std::uint32_t erlang_c_servers(double erlangs, double limit) {
  assert(limit > 0);
  double blocking = 1;
  constexpr std::uint32_t kMost = std::numeric_limits<std::uint32_t>::max();
  for (std::uint32_t servers = 1; servers < kMost; ++servers) {
    blocking = next_blocking(blocking, servers, erlangs);
    if (waiting(blocking, servers, erlangs) < limit) return servers;
  }
  return kMost;
}

}  // namespace milter_manager::report
