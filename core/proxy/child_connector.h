// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/log/logger.h"
#include "core/net/connection_spec.h"
#include "core/net/loop.h"
#include "core/net/timer.h"
#include "core/proxy/probe.h"

namespace milter_manager::proxy {

// What is known of one milter's reachability: a dead one costs nothing. After a connection failed, sessions
// don't try (their fallback counts at once) while a probe in the background, every second and then more
// seldom, finds out when it is alive again. A reload that leaves name and place of the milter as they were keeps it.
class ChildConnector {
 public:
  using Seconds = std::chrono::duration<double>;
  // What a milter answered to the probe's negotiation.
  using Learnt = std::function<void(session::KnownChildren::Knowledge)>;

  ChildConnector(net::Loop& loop, log::Logger& logger, std::string name, net::ConnectionSpec spec);

  // Who is told of probes' answers from now on; must outlive the connector, or let it retire.
  void teach(Learnt learnt) { learnt_ = std::move(learnt); }
  // Probes once now: at start and after a reload.
  void probe();
  // Only sessions of old configurations connect any more. No probes: each of them tries for itself.
  void retire();

  const std::string& name() const { return name_; }
  const net::ConnectionSpec& spec() const { return spec_; }
  bool dead() const { return dead_ && !retired_; }
  // Why it is dead, or was last; "": it never was. And when that was told last, as Unix time.
  const std::string& reason() const { return reason_; }
  double failed_at() const { return failed_at_; }
  // Whether it is known at all how it is.
  bool tried() const { return tried_; }
  // Probes since it was made.
  std::uint64_t probes_alive() const { return probes_alive_; }
  std::uint64_t probes_failed() const { return probes_failed_; }

  void connected();
  void failed(std::string_view reason);

  // Whether somebody should have its command started now: not again and again for one that does not come up.
  bool take_turn_to_start();

  static constexpr Seconds kFirstInterval{1};
  static constexpr Seconds kLongestInterval{30};
  static constexpr double kGrowth = 1.5;

 private:
  void probed(Probe::Result result);
  void probe_later();

  net::Loop& loop_;
  log::Logger& logger_;
  const std::string name_;
  const net::ConnectionSpec spec_;
  Learnt learnt_;
  bool dead_ = false;
  bool retired_ = false;
  bool tried_ = false;
  std::string reason_;
  double failed_at_ = 0;
  std::optional<std::chrono::steady_clock::time_point> start_asked_;
  std::uint64_t probes_alive_ = 0;
  std::uint64_t probes_failed_ = 0;
  Seconds interval_ = kFirstInterval;
  net::Timer next_;
  std::unique_ptr<Probe> probe_;
};

}  // namespace milter_manager::proxy
