// SPDX-License-Identifier: GPL-3.0-or-later
// The input is a packet without its length. What is read as a command is written and read again as the same.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/protocol/command.h"
#include "core/protocol/macro.h"

using namespace milter_manager::protocol;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  std::string packet, again;
  append_packet(packet, bytes[0], bytes.substr(1));
  const auto command = decode_command(Packet{packet});
  if (!command) return 0;
  encode(*command, again);
  const auto read_again = decode_command(Packet{again});
  if (!read_again || *read_again != *command) std::abort();

  if (const auto* macros = std::get_if<command::DefineMacro>(&*command)) {
    MacroTable table;
    table.define(*macros);
    const std::string pairs(table.pairs(macros->stage));
    for (const auto name : macros->pairs) {
      table.find(macros->stage, name);
      table.set(macros->stage, name, "value");
      if (!name.empty() && name != "{}" && table.find(macros->stage, name) != "value") std::abort();
    }
    table.subset(macros->stage, pairs);
  }
  return 0;
}
