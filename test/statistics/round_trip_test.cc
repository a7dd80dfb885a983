// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdio>

#include "test/statistics/arbitrary.h"

namespace milter_manager::statistics {
namespace {

std::string written(const Event& event) {
  std::string line;
  format(event, line);
  return line;
}

bool is_control(char byte) { return static_cast<unsigned char>(byte) < 0x20 || byte == 0x7f; }

double rounded(const char* format, double value) {
  char text[400];
  std::snprintf(text, sizeof text, format, value);
  return std::strtod(text, nullptr);
}
double six_digits(double value) { return rounded("%g", value); }
double six_decimals(double value) { return rounded("%.6f", value); }

// The event with its times as its line holds them.
struct Rounded {
  Event operator()(SessionEnd e) const { return e.elapsed = six_digits(e.elapsed), e; }
  Event operator()(MilterEnd e) const { return e.elapsed = six_digits(e.elapsed), e; }
  Event operator()(OldSessionEnd e) const { return e.elapsed = six_digits(e.elapsed), e; }
  Event operator()(OldMilterEnd e) const { return e.elapsed = six_digits(e.elapsed), e; }
  Event operator()(SessionDisconnected e) const { return e.elapsed = six_digits(e.elapsed), e; }
  Event operator()(MessageEnd e) const { return e.elapsed = six_decimals(e.elapsed), e; }
  Event operator()(MilterMessage e) const {
    e.waited = six_decimals(e.waited);
    e.final_waited = six_decimals(e.final_waited);
    if (e.epoch) e.epoch = six_decimals(*e.epoch);
    return e;
  }
  Event operator()(MilterLoad e) const {
    e.span = six_decimals(e.span);
    e.epoch = six_decimals(e.epoch);
    e.busy_mean = six_decimals(e.busy_mean);
    for (auto* quantile : {&e.p50, &e.p95, &e.p99}) {
      if (*quantile) *quantile = six_decimals(**quantile);
    }
    return e;
  }
  Event operator()(Heartbeat e) const {
    e.span = six_decimals(e.span);
    e.epoch = six_decimals(e.epoch);
    return e;
  }
  template <typename Other>
  Event operator()(const Other& e) const {
    return e;
  }
};

TEST_CASE("every event is read back from its line, whatever its strings hold") {
  Arbitrary arbitrary(1);
  std::string scratch;
  for (std::size_t kind = 0; kind < Arbitrary::kKinds; ++kind) {
    for (int i = 0; i < 3000; ++i) {
      const Event event = arbitrary.event(kind);
      REQUIRE(event.index() == kind);
      const std::string line = written(event);
      const auto read = parse(line, Escapes::undone, scratch);
      CAPTURE(line);
      REQUIRE(read);
      if (!(*read == std::visit(Rounded{}, event))) FAIL("read back differently: " << written(*read));
    }
  }
}

TEST_CASE("an event is one line without control bytes that rsyslog leaves as it is") {
  Arbitrary arbitrary(2);
  for (int i = 0; i < 20000; ++i) {
    const std::string line = written(arbitrary.event(static_cast<std::size_t>(i) % Arbitrary::kKinds));
    CAPTURE(line);
    if (std::any_of(line.begin(), line.end(), is_control)) FAIL("holds a control byte");
    for (std::size_t at = line.find('#'); at != std::string::npos; at = line.find('#', at + 1)) {
      const std::string_view digits = std::string_view(line).substr(at + 1, 3);
      if (digits.size() == 3 && digits.find_first_not_of("0123456789") == std::string_view::npos)
        FAIL("holds #ddd");
    }
  }
}

TEST_CASE("every byte value survives in every kind of field") {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  MilterMessage message;
  message.queue_id = message.condition = message.name = all;
  MilterHeaderAdd header;
  header.header = header.value = header.milter = all;
  std::string scratch;
  for (const Event& event :
       {Event(message), Event(header), Event(MilterEnd{State::body, Status::stop, 0, 1, all}),
        Event(MaintainMemory{1, all})}) {
    const std::string line = written(event);
    const auto read = parse(line, Escapes::undone, scratch);
    REQUIRE(read);
    CHECK(*read == event);
  }
}

TEST_CASE("what an old line says is read back from our form of it") {
  Arbitrary arbitrary(3);
  std::string scratch, other_scratch;
  for (int i = 0; i < 20000; ++i) {
    const std::string line = "[milter][header][add](7): <" + arbitrary.bytes() + ">=<" + arbitrary.bytes() +
                             ">: " + arbitrary.bytes();
    const auto old = parse(line, Escapes::literal, scratch);
    REQUIRE(old);
    const std::string ours = written(*old);
    const auto read = parse(ours, Escapes::undone, other_scratch);
    CAPTURE(line, ours);
    REQUIRE(read);
    if (!(*read == *old)) FAIL("read back differently");
  }
}

TEST_CASE("elapsed times look as C's %g writes them") {
  Arbitrary arbitrary(4);
  for (int i = 0; i < 20000; ++i) {
    const double elapsed = std::ldexp(static_cast<double>(arbitrary.below(1U << 30)),
                                      static_cast<int>(arbitrary.below(80)) - 60);
    char expected[64];
    std::snprintf(expected, sizeof expected, "[session][disconnected][%g](1)", elapsed);
    if (written(SessionDisconnected{elapsed, 1}) != expected) FAIL(expected);
  }
}

TEST_CASE("a time that is no finite number is written as 0") {
  CHECK(written(SessionDisconnected{std::nan(""), 1}) == "[session][disconnected][0](1)");
  CHECK(written(SessionDisconnected{-INFINITY, 1}) == "[session][disconnected][0](1)");
}

}  // namespace
}  // namespace milter_manager::statistics
