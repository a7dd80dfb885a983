// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/protocol/option.h"

namespace milter_manager::bench {

using Clock = std::chrono::steady_clock;

// What came of a run's sessions. One session is one message: for the first of a connection from connect() to
// its final reply, for later ones from MAIL.
class Tally {
 public:
  void connected() { ++connections_; }
  // `result`: "accept at end-of-message".
  void finished(std::string_view outcome, std::string_view stage, Clock::duration latency);
  void failed(std::string_view why, std::string_view stage);
  void agreed(const protocol::Option& option) { agreed_ = option; }
  void edited(int edits) { edits_ += static_cast<std::uint64_t>(edits); }

  std::uint64_t errors() const { return errors_; }
  std::uint64_t sessions() const { return latencies_.size(); }

  // One line: {"sessions": N, "sessions_per_second": …, "latency_ms": {"p50": …}, "results": {…}, "errors": {…}, …}
  std::string json(Clock::duration elapsed) const;

 private:
  std::uint64_t connections_ = 0;
  std::uint64_t errors_ = 0;
  std::uint64_t edits_ = 0;
  protocol::Option agreed_;
  std::map<std::string, std::uint64_t, std::less<>> results_, reasons_;
  std::string key_;
  std::vector<float> latencies_;  // milliseconds
};

}  // namespace milter_manager::bench
