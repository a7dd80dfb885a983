// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/child_connector.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace milter_manager::proxy {
namespace {

constexpr ChildConnector::Seconds kProbeLimit{10};

}  // namespace

ChildConnector::ChildConnector(net::Loop& loop, log::Logger& logger, std::string name,
                               net::ConnectionSpec spec)
    : loop_(loop), logger_(logger), name_(std::move(name)), spec_(std::move(spec)), next_(loop, [this] {
        probe();
      }) {}

void ChildConnector::probe() {
  if (retired_ || probe_) return;
  probe_ = std::make_unique<Probe>(loop_, spec_, kProbeLimit,
                                   [this](Probe::Result result) { probed(std::move(result)); });
}

void ChildConnector::retire() {
  retired_ = true;
  next_.stop();
  probe_.reset();
  learnt_ = nullptr;
}

void ChildConnector::probed(Probe::Result result) {
  probe_.reset();
  ++(result.knowledge ? probes_alive_ : probes_failed_);
  if (result.knowledge) {
    learnt_(std::move(*result.knowledge));
    connected();
  } else if (result.unreachable || dead_) {
    failed(result.knowledge.error().message);
  } else {
    logger_.log(log::Level::warning, fmt::format("[milter][probe] {}: {}: {}", net::format(spec_),
                                                 result.knowledge.error().message, name_));
    probe_later();
  }
}

void ChildConnector::probe_later() {
  if (probe_ || next_.active()) return;
  next_.start_after(interval_);
  interval_ = std::min(interval_ * kGrowth, kLongestInterval);
}

void ChildConnector::connected() {
  tried_ = true;
  next_.stop();
  interval_ = kFirstInterval;
  if (std::exchange(dead_, false)) {
    logger_.log(log::Level::message, fmt::format("[milter][alive] {}: {}", net::format(spec_), name_));
  }
}

bool ChildConnector::take_turn_to_start() {
  const auto now = loop_.now();
  if (start_asked_ && now - *start_asked_ < kLongestInterval) return false;
  start_asked_ = now;
  return true;
}

void ChildConnector::failed(std::string_view reason) {
  if (retired_) return;
  tried_ = true;
  failed_at_ = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  if (!std::exchange(dead_, true)) {
    logger_.log(log::Level::error,
                fmt::format("[milter][dead] {}: {}: {}", net::format(spec_), reason, name_));
  }
  reason_ = reason;
  probe_later();
}

}  // namespace milter_manager::proxy
