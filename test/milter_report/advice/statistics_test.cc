// SPDX-License-Identifier: GPL-3.0-or-later
#include <catch2/catch.hpp>
#include <cmath>
#include <iterator>
#include <random>
#include <set>

#include "milter-report/model/clustered.h"
#include "milter-report/model/erlang_c.h"
#include "milter-report/model/proportion.h"
#include "milter-report/model/quantile.h"
#include "milter-report/model/sender.h"
#include "milter-report/model/student.h"

namespace milter_manager::report {
namespace {

TEST_CASE("the interval of a proportion is Wilson's", "[proportion]") {
  struct Row {
    double hits, trials, low, high;
  };
  // Newcombe (1998), table I, and the closed form for none and all.
  const Row rows[] = {{81, 263, 0.2553, 0.3662},
                      {15, 148, 0.0624, 0.1605},
                      {0, 20, 0, 0.1611},
                      {1, 29, 0.0061, 0.1718},
                      {20, 20, 0.8389, 1}};
  for (const Row& row : rows) {
    const Bounds bounds = wilson({row.hits, row.trials});
    CHECK(bounds.low == Approx(row.low).margin(0.00005));
    CHECK(bounds.high == Approx(row.high).margin(0.00005));
  }
  CHECK(wilson({0, 0}) == Bounds{0, 1});
  CHECK(wilson({0, 1000}).low == 0);
  CHECK(wilson({1000, 1000}).high == 1);
}

TEST_CASE("the interval of a difference is Newcombe's", "[proportion]") {
  struct Row {
    double a, m, b, n, low, high;
  };
  // Newcombe (1998), table II, method 10.
  const Row rows[] = {{56, 70, 48, 80, 0.0524, 0.3339},
                      {9, 10, 3, 10, 0.1705, 0.8090},
                      {5, 56, 0, 29, -0.0381, 0.1926},
                      {0, 10, 0, 10, -0.2775, 0.2775}};
  for (const Row& row : rows) {
    const Proportion a{row.a, row.m}, b{row.b, row.n};
    const Bounds bounds = difference(a.value(), wilson(a), b.value(), wilson(b));
    CHECK(bounds.low == Approx(row.low).margin(0.00006));
    CHECK(bounds.high == Approx(row.high).margin(0.00006));
  }
}

TEST_CASE("so many trials as are said decide whether a proportion is below a limit", "[proportion]") {
  for (const double value : {0.0, 0.0004, 0.0009, 0.0015, 0.02}) {
    const double limit = 0.001;
    const double trials = trials_to_decide(value, limit);
    const Bounds before = wilson({value * trials * 0.99, trials * 0.99});
    const Bounds behind = wilson({value * trials * 1.01, trials * 1.01});
    CHECK(before.contains(limit));
    CHECK_FALSE(behind.contains(limit));
  }
}

TEST_CASE("Student's quantiles are those of the tables", "[student]") {
  CHECK(student_quantile(1) == Approx(12.7062).epsilon(1e-5));
  CHECK(student_quantile(2) == Approx(4.30265).epsilon(1e-5));
  CHECK(student_quantile(7.5) == Approx(2.33).margin(0.01));
  CHECK(student_quantile(10) == Approx(2.22814).epsilon(1e-5));
  CHECK(student_quantile(120) == Approx(1.97993).epsilon(1e-5));
  CHECK(student_quantile(1e9) == kNormalQuantile);
  CHECK(student_quantile(0) == student_quantile(1));
}

TEST_CASE("the incomplete beta function is the binomial distribution's", "[student]") {
  for (const unsigned n : {1U, 5U, 40U}) {
    for (const double p : {0.02, 0.5, 0.9}) {
      double up_to = 0;
      for (unsigned k = 0; k < n; ++k) {
        up_to += std::exp(std::lgamma(n + 1.0) - std::lgamma(k + 1.0) - std::lgamma(n - k + 1.0) +
                          k * std::log(p) + (n - k) * std::log1p(-p));
        CHECK(incomplete_beta(n - k, k + 1.0, 1 - p) == Approx(up_to).epsilon(1e-10));
      }
    }
  }
  CHECK(incomplete_beta(2, 3, 0) == 0);
  CHECK(incomplete_beta(2, 3, 1) == 1);
}

TEST_CASE("Erlang's formula is exact for few servers and stable for thousands", "[erlang]") {
  // By its definition, as long as factorials fit.
  for (const unsigned c : {1U, 2U, 10U, 60U}) {
    for (const double part : {0.1, 0.5, 0.9, 0.99}) {
      const double a = part * c;
      double sum = 0, term = 1;
      for (unsigned k = 0; k < c; ++k) {
        sum += term;
        term *= a / (k + 1);
      }
      const double waiting = term * c / (c - a);
      CHECK(erlang_c(c, a) == Approx(waiting / (sum + waiting)).epsilon(1e-12));
    }
  }
  CHECK(erlang_c(4, 4) == 1);
  CHECK(erlang_c(4, 5) == 1);
  CHECK(erlang_c(3, 0) == 0);
  CHECK(erlang_c(0, 0) == 1);
  // Halfin and Whitt (1981): with a + β √a servers it tends to 1 / (1 + β Φ(β) / φ(β)).
  const double a = 1e6, beta = 1;
  const double limit = 1 / (1 + beta * 0.8413447461 / 0.2419707245);
  CHECK(erlang_c(1'001'000, a) == Approx(limit).epsilon(0.002));
}

TEST_CASE("the smallest number of servers by Erlang's formula is the smallest", "[erlang]") {
  for (const double erlangs : {0.0, 0.01, 0.7, 3.0, 8.0, 100.0, 5000.0}) {
    for (const double limit : {0.01, 0.001}) {
      const std::uint32_t servers = erlang_c_servers(erlangs, limit);
      CHECK(erlang_c(servers, erlangs) < limit);
      if (servers > 1) CHECK(erlang_c(servers - 1, erlangs) >= limit);
    }
  }
}

TEST_CASE("a quantile is a value, and its bounds are those that the binomial distribution gives",
          "[quantile]") {
  std::vector<double> values;
  for (int i = 100; i > 0; --i) values.push_back(i);
  CHECK(quantile(values, 0.5) == 50);
  CHECK(quantile(values, 0.95) == 95);
  CHECK(quantile(values, 0) == 1);
  CHECK(quantile(values, 1) == 100);
  // The 40th and the 61st of 100 for the median: every table of order statistics.
  CHECK(quantile_bounds(values, 0.5) == Bounds{40, 61});
  std::vector<double> few{1, 2, 3, 4, 5};
  CHECK_FALSE(quantile_bounds(few, 0.5));
  std::vector<double> six{6, 5, 4, 3, 2, 1};
  CHECK(quantile_bounds(six, 0.5) == Bounds{1, 6});
  std::vector<double> none;
  CHECK(quantile(none, 0.5) == 0);
  CHECK_FALSE(quantile_bounds(none, 0.5));
  CHECK_FALSE(mean({1}));
  const auto found = mean({1, 2, 3, 4});
  CHECK(found->value == 2.5);
  CHECK(found->bounds.high - 2.5 == Approx(3.18245 * std::sqrt(5.0 / 12)).epsilon(1e-5));
}

TEST_CASE("mails that are alike within a domain count as fewer", "[clustered]") {
  std::vector<ClusterCounts> single(1000, {0, 1}), alike;
  for (std::size_t i = 0; i < 100; ++i) single[i].hits = 1;
  for (std::size_t i = 0; i < 100; ++i) alike.push_back({i < 10 ? 10.0 : 0.0, 10});
  const Clustered independent = clustered(single), together = clustered(alike);
  CHECK(independent.value() == 0.1);
  CHECK(independent.design == Approx(1).margin(0.01));
  CHECK(independent.trials == Approx(1000).epsilon(0.01));
  CHECK(together.value() == 0.1);
  CHECK(together.design == Approx(10).epsilon(0.02));
  CHECK(together.trials == Approx(98).epsilon(0.03));
  CHECK(clustered({}).mails == 0);
  CHECK(clustered({}).bounds() == Bounds{0, 1});
  CHECK(clustered({{3, 7}}).trials == 7);
  // Two clusters tell next to nothing of others.
  CHECK(clustered({{500, 500}, {0, 500}}).bounds().width() > 0.9);
}

TEST_CASE("a sender is known by domain and network", "[sender]") {
  CHECK(domain_of("A@Example.COM") == "example.com");
  CHECK(domain_of("\"a@b\"@c.example") == "c.example");
  CHECK(domain_of("postmaster").empty());
  CHECK(domain_of("").empty());
  const std::uint64_t network = network_number("192.0.2.77");
  for (const char* const same : {"192.0.2.1", "::ffff:192.0.2.77", "IPv6:::ffff:192.0.2.9", "ipv6:192.0.2.5"})
    CHECK(network_number(same) == network);
  CHECK(network_number("2001:db8:1:2::3") == network_number("IPv6:2001:DB8:1:ffff::4"));
  CHECK(network_number("Unknown") == network_number("unknown"));
  std::set<std::uint64_t> all;
  const char* const others[] = {"192.0.2.1", "192.0.3.1",  "192.1.2.1",   "2001:db8:1::", "2001:db8:2::",
                                "192.0.2",   "192.0.2.1.", "192.0.2.01",  "192.0.2.256",  "192.0.2.1 ",
                                "",          "1920.0.2.1", "192.0.2.1.1", "nonsense",     "192..2.1"};
  for (const char* const other : others) all.insert(network_number(other));
  CHECK(all.size() == std::size(others));
}

}  // namespace
}  // namespace milter_manager::report
