// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as what the run before left: they are refused, or understood so that nothing is lost in writing them again; and a run
// that goes on from there ends well.
#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/maillog/collector.h"
#include "core/maillog/fingerprint.h"
#include "core/maillog/read_state.h"

namespace {

using namespace milter_manager::maillog;

// What nobody could guess is put right, so that the lines are looked at: the last line, with the checksum.
std::string with_checksum(std::string_view text) {
  constexpr std::string_view kEnd = "end ";
  const std::size_t end = text.rfind(kEnd);
  std::string whole(text.substr(0, end));
  if (!whole.empty() && whole.back() != '\n') whole += '\n';
  return fmt::format("{}{}{:016x}\n", whole, kEnd, fingerprint(whole));
}

// NaN is a value like any other here, and is not equal to itself.
void check(const std::string& text) {
  auto state = from_text(text);
  if (!state) return;
  const std::string again = to_text(*state);
  const auto second = from_text(again);
  if (!second || to_text(*second) != again) std::abort();
  Collector::Settings settings;
  settings.now = 1789430400;
  Collector collector(settings, std::move(*state), [](SeriesTable&& rows, const LogClock&) {
    for (const auto& [key, series] : rows) {
      for (const auto& [minute, row] : series) {
        if (minute % 60 != 0 || row[0] < 0) std::abort();
      }
    }
  });
  collector.close_minutes();
  if (!from_text(to_text(collector.state()))) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  check(text);
  check(with_checksum(text));
  return 0;
}
