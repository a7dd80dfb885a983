// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "core/protocol/packet.h"

namespace milter_manager::proxy {

// What a peer has sent and the session has not taken yet. Empty, it holds no memory.
class Inbox {
 public:
  // A peer that writes further ahead is not read from.
  static constexpr std::size_t kMuch = 64 * 1024;

  std::size_t waiting_bytes() const { return ahead_.size() + framer_.buffered_bytes(); }
  // Whether all that waits, to a session that wants packets, is one that has not come whole.
  bool has_part() const { return framer_.buffered_bytes() > 0; }

  // Hands over packets, first of what waits, then of `bytes`, until take(packet) returns false. Nothing when
  // the session does not want any. Gives whether there was one; fails on what is no packet.
  template <typename Take>
  Result<bool> deliver(std::string_view bytes, bool wanted, Take&& take) {
    if (!wanted) {
      ahead_.append(bytes);
      return false;
    }
    if (bytes.empty() && waiting_bytes() == 0) return false;
    std::string before;
    if (!ahead_.empty()) {
      before = std::exchange(ahead_, {});
      before.append(bytes);
      bytes = before;
    }
    bool any = false;
    const auto fed = framer_.feed(bytes, [&](protocol::Packet packet) {
      any = true;
      return take(packet);
    });
    if (!fed) return tl::unexpected(fed.error());
    return any;
  }

 private:
  protocol::Framer framer_;
  std::string ahead_;  // behind what the framer has
};

}  // namespace milter_manager::proxy
