// SPDX-License-Identifier: GPL-3.0-or-later
// Any text → event → line → event: what was read is what our form of it says, and writing it again changes nothing.
// The first byte chooses how the text's escapes are taken.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/statistics/event.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace milter_manager::statistics;
  if (size == 0) return 0;
  const Escapes escapes = (data[0] & 1) != 0 ? Escapes::undone : Escapes::literal;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);

  std::string scratch, second_scratch, line, second_line;
  const auto event = parse(text, escapes, scratch);
  if (!event) return 0;
  format(*event, line);
  for (const char byte : line) {
    if (static_cast<unsigned char>(byte) < 0x20 || byte == 0x7f) std::abort();
  }
  const auto second = parse(line, Escapes::undone, second_scratch);
  if (!second || second->index() != event->index()) std::abort();
  format(*second, second_line);
  if (second_line != line) std::abort();
  return 0;
}
