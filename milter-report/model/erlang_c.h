// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace milter_manager::report {

// Erlang's second formula: the probability that an arrival has to wait, with `servers` servers and an offered load of
// `erlangs` (arrivals per second times seconds of service). It holds for Poisson arrivals, exponential service and a load
// that stays as it is long enough; 1 where the load is not below the servers.
//
// By the recursion for the probability B(k) that all of k servers are busy and none may wait,
//   B(0) = 1,  B(k) = a B(k−1) / (k + a B(k−1)),   C = c B(c) / (c − a (1 − B(c))),
// which neither overflows nor loses digits for thousands of servers. Cost: a division a server.
double erlang_c(std::uint32_t servers, double erlangs);

// The smallest number of servers with erlang_c() below `limit` (which is above 0); at least 1.
std::uint32_t erlang_c_servers(double erlangs, double limit);

}  // namespace milter_manager::report
