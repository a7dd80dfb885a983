// SPDX-License-Identifier: GPL-3.0-or-later
#include <zlib.h>

#include <array>
#include <catch2/catch.hpp>
#include <map>
#include <string>

#include "core/statistics/event.h"

using namespace milter_manager::statistics;

namespace {

// Calls `line` with what stands behind "[statistics] " in each line of the recorded week.
template <typename Function>
void for_each_event(Function&& line) {
  gzFile file = gzopen(PROJECT_ROOT "/examples/week.log.gz", "rb");
  REQUIRE(file != nullptr);
  std::array<char, 8192> buffer{};
  while (gzgets(file, buffer.data(), static_cast<int>(buffer.size())) != nullptr) {
    std::string text(buffer.data());
    REQUIRE(text.ends_with('\n'));
    text.pop_back();
    const auto mark = text.find(": [statistics] ");
    REQUIRE(mark != std::string::npos);
    line(text.substr(mark + 15));
  }
  gzclose(file);
}

}  // namespace

TEST_CASE("every line of the recorded week is an event, written as the proxy writes it", "[examples]") {
  std::size_t lines = 0;
  for_each_event([&](const std::string& text) {
    std::string scratch;
    const auto event = parse(text, Escapes::undone, scratch);
    INFO(text);
    REQUIRE(event);
    std::string written;
    format(*event, written);
    REQUIRE(written == text);
    ++lines;
  });
  CHECK(lines > 20000);
}

TEST_CASE("in the recorded week every connection to a milter ends once, and the manager is restarted once",
          "[examples]") {
  // Tags begin anew with the new process on Sunday, and with it this count.
  std::uint32_t last_ended = 0;
  std::map<std::uint32_t, int> open_children;
  int restarts = 0;
  for_each_event([&](const std::string& text) {
    std::string scratch;
    const auto event = parse(text, Escapes::undone, scratch);
    REQUIRE(event);
    if (const auto* end = std::get_if<MilterEnd>(&*event)) {
      ++open_children[end->tag];
      CHECK(open_children[end->tag] == 1);
    } else if (const auto* finished = std::get_if<SessionsFinished>(&*event)) {
      if (finished->total == 1 && last_ended != 0) ++restarts;
      if (finished->total == 1) open_children.clear();
      last_ended = static_cast<std::uint32_t>(finished->total);
    }
  });
  CHECK(restarts == 1);
}
