// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/statistics/arbitrary.h"

#include <array>

namespace milter_manager::statistics {

std::string Arbitrary::bytes() {
  static constexpr std::array<std::string_view, 24> kSpecial = {
      ">",  ">=<",  ">: ",  ": ",   ":", "]", ")", "\\",   "\\x41", "\\x", "\\~",      "#012",
      "#0", "#011", "\r\n", "\n\t", " ", "-", "~", "\x7f", "#",     "999", "\xc3\xa9", "\xe3\x81\x82"};
  std::string out;
  for (std::uint64_t parts = below(8); parts > 0; --parts) {
    if (below(2) == 0) {
      out += kSpecial[below(kSpecial.size())];
    } else {
      out += static_cast<char>(below(256));
    }
  }
  return out;
}

std::string_view Arbitrary::text() { return texts_.emplace_back(bytes()); }

double Arbitrary::seconds() {
  switch (below(5)) {
    case 0:
      return 0;
    case 1:
      return -1e-06;
    case 2:
      return static_cast<double>(random_() % 1'000'000'000) / 1e9;
    case 3:
      return static_cast<double>(random_() % 2'000'000'000'000'000) / 1e6;
    default:
      return static_cast<double>(random_());
  }
}
std::optional<double> Arbitrary::optional_seconds() {
  if (below(3) == 0) return std::nullopt;
  return seconds();
}
std::uint32_t Arbitrary::tag() { return static_cast<std::uint32_t>(random_() >> below(64)); }
std::uint64_t Arbitrary::count() { return random_() >> below(64); }

Event Arbitrary::event(std::size_t kind) {
  texts_.clear();
  switch (kind) {
    case 0:
      return SessionEnd{state(), status(), seconds(), tag()};
    case 1:
      return MilterEnd{state(), status(), seconds(), tag(), text()};
    case 2:
      return MilterHeaderAdd{tag(), text(), text(), text(), below(2) == 0};
    case 3:
      return SessionHeaderAdd{tag(), text(), text(), below(2) == 0};
    case 4:
      return SessionDisconnected{seconds(), tag()};
    case 5:
      return Quarantined{tag()};
    case 6:
      return SessionsFinished{count(), count(), count()};
    case 7:
      return MaintainMemory{count(), text()};
    case 8:
      return SessionStart{tag()};
    case 9:
      return MilterStart{tag(), text()};
    case 10:
      return OldSessionEnd{seconds(), tag()};
    case 11:
      return OldMilterEnd{seconds(), tag(), text()};
    case 12: {
      const bool is_continue = below(2) == 0;
      return OldReply{state(), is_continue ? Status::pass : status(), is_continue};
    }
    case 13:
      return OldAbort{state()};
    case 14:
      return MessageEnd{state(), status(), seconds(), count(), count(), count(), tag(), tag(), text()};
    case 15:
      return MilterMessage{state(),
                           status(),
                           static_cast<Group>(below(2)),
                           static_cast<Cause>(below(5)),
                           count(),
                           count(),
                           count(),
                           seconds(),
                           seconds(),
                           optional_seconds(),
                           tag(),
                           tag(),
                           tag(),
                           text(),
                           text(),
                           text()};
    case 16:
      return MilterLoad{
          seconds(),          seconds(),          count(), count(), seconds(), count(), optional_seconds(),
          optional_seconds(), optional_seconds(), count(), count(), count(),   text()};
    default:
      return Heartbeat{seconds(), seconds(), count(), count(), count(), count(), count()};
  }
}

}  // namespace milter_manager::statistics
