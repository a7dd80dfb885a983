// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <optional>

#include "core/net/connection_spec.h"
#include "core/net/stream.h"
#include "core/net/timer.h"
#include "core/protocol/packet.h"
#include "core/result.h"
#include "core/session/known_children.h"

namespace milter_manager::proxy {

// Visits a milter: connects, offers everything that version 6 has, hears what it wants, and quits. This is
// how the manager knows a milter before any mail comes, and that a dead one is alive again.
class Probe final : net::StreamEvents {
 public:
  struct Result {
    milter_manager::Result<session::KnownChildren::Knowledge> knowledge;
    bool unreachable = false;  // nobody answers there; else it may only be busy
  };
  // Called once, on the loop, never from within the constructor; may destroy the probe.
  using Found = std::function<void(Result)>;

  Probe(net::Loop& loop, const net::ConnectionSpec& spec, std::chrono::duration<double> limit, Found found);

 private:
  void connected() override;
  void received(std::string_view bytes) override;
  void ended() override;
  void failed(const net::StreamError& error) override;
  void finish(Result result);

  Found found_;
  protocol::Framer framer_;
  net::Stream stream_;
  net::Timer limit_;
};

}  // namespace milter_manager::proxy
