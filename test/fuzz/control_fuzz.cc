// SPDX-License-Identifier: GPL-3.0-or-later
// What the controller, its client, the launcher and the main process read from others. The first byte chooses which; what was read is
// what our own form of it says.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/control/message.h"
#include "core/control/peer.h"
#include "core/control/presentation.h"
#include "core/launcher/message.h"
#include "core/launcher/shell_words.h"
#include "core/metrics/counts.h"
#include "core/net/frame.h"

namespace {

using namespace milter_manager;

void require(bool holds) {
  if (!holds) std::abort();
}

template <typename Message, typename Decode>
void round_trip(std::string_view content, Decode decode) {
  const Result<Message> message = decode(content);
  if (!message) return;
  const std::string bytes = encode(*message);
  net::FrameReader reader(bytes.size());
  reader.append(bytes);
  const auto again = reader.next();
  require(again && *again);
  const Result<Message> second = decode(**again);
  require(second && *second == *message);
}

// However a stream is cut into pieces, the same messages are in it.
void read_stream(std::string_view bytes) {
  constexpr std::size_t kMost = 4096;
  std::string whole, in_pieces;
  const auto take = [](net::FrameReader& reader, std::string& found) {
    while (true) {
      const auto next = reader.next();
      if (!next) return false;
      if (!*next) return true;
      found.append(**next).append("|");
    }
  };
  net::FrameReader one(kMost), other(kMost);
  one.append(bytes);
  const bool good = take(one, whole);
  bool good_in_pieces = true;
  for (std::size_t i = 0; i < bytes.size() && good_in_pieces; ++i) {
    other.append(bytes.substr(i, 1));
    good_in_pieces = take(other, in_pieces);
  }
  require(good == good_in_pieces && whole == in_pieces);
}

void show(std::string_view text) {
  for (const auto& shown : {control::show_status(text, 1e9), control::show_milters(text, 1e9),
                            control::show_rates(text, text, 2)}) {
    if (!shown) continue;
    for (const char byte : *shown)
      require(byte == '\n' || (static_cast<unsigned char>(byte) >= 0x20 && byte != 0x7f));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 8) {
    case 0:
      round_trip<control::Command>(text, control::decode_command);
      break;
    case 1:
      round_trip<control::Reply>(text, control::decode_reply);
      break;
    case 2:
      round_trip<launcher::Request>(text, launcher::decode_request);
      break;
    case 3:
      round_trip<launcher::Report>(text, launcher::decode_report);
      break;
    case 4:
      read_stream(text);
      break;
    case 5:
      show(text);
      break;
    case 6: {
      const metrics::Counts counts = metrics::decode(text);
      const std::string written = metrics::encode(counts);
      require(metrics::encode(metrics::decode(written)) == written);
      break;
    }
    case 7:
      static_cast<void>(launcher::split(text));
      static_cast<void>(control::owner_in_table(text, "0100007F:C001", "0100007F:1F90"));
      break;
  }
  return 0;
}
