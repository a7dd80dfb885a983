// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/condition/builtin.h"
#include "core/condition/stress_threshold.h"
#include "core/net/work.h"

namespace milter_manager::condition {

// Is the MTA under stress: are there as many sessions as the threshold says? Stress Notify tells the milter by the macro
// stress ("yes") at CONNECT and never stops; No Stress stops the milter.
//
// A threshold that isn't set is found with the first question, on libuv's pool of threads; questions wait for it.
class Stress final : public Builtin {
 public:
  enum class Reaction : bool { notify, stop };
  Stress(Reaction reaction, const config::BuiltinConditions::Stress& settings,
         const Surroundings& surroundings, MtaSurroundings mta = {});
  std::optional<Outcome> ask(const Question& question, Later later) override;

 private:
  struct Waiting {
    std::size_t n_sessions;
    Later later;
  };
  void find();
  Outcome outcome(std::size_t n_sessions) const;
  void found(const StressThreshold& threshold);

  Reaction reaction_;
  std::optional<std::uint32_t> threshold_;
  Surroundings surroundings_;
  MtaSurroundings mta_;
  std::vector<Waiting> waiting_;
  net::Work finding_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // expires with this object
};

}  // namespace milter_manager::condition
