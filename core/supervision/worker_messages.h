// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/proxy/load.h"
#include "core/result.h"

namespace milter_manager::supervision {

// What a worker finds under these numbers when it starts: its end of the channel, and of the pair over which listening sockets
// come (core/net/descriptor_passing.h).
inline constexpr int kChannelDescriptor = 3;
inline constexpr int kPassingDescriptor = 4;

// Messages of the channel between supervisor and worker: the kinds, and what their payload is.
enum class ToWorker : std::uint8_t {
  // ConfigurationFiles. The first message of all; later ones are reloads. Answered by `configured`.
  configure = 1,
  // Empty. Sockets wait at kPassingDescriptor: listen on these, and on those before for a little while only.
  listen,
  // Empty. Accept nobody any more and end when the last session has ended, after manager.stop_timeout at the latest.
  stop,
  // Empty. Do so at once.
  hurry,
  // Empty.
  reopen_logs,
  // The name of a milter that new sessions leave out until the next `configure`.
  stop_milter,
  // Empty; answered by `status`.
  report,
  // Empty; answered by `loads`.
  take_loads,
  // encode(names): the milters whose circuit breaker is open from now on.
  hold_back,
};

enum class FromWorker : std::uint8_t {
  configured = 65,  // "" if it holds for new sessions from now on; else why it does not
  status,           // ProcessStatus
  loads,            // what the milters did since the last one: encode(loads)
  start_milter,     // the name of a milter whose command is to be started
  answers,          // what milters with a circuit breaker answered since the last one: encode(answers)
};

// By milter, in order: '1' for each mail that it would not let pass, '0' for the others.
using MilterAnswers = std::map<std::string, std::string>;

std::string encode(const std::vector<proxy::MilterLoad>& loads);
Result<std::vector<proxy::MilterLoad>> decode_loads(std::string_view bytes);
std::string encode(const MilterAnswers& answers);
Result<MilterAnswers> decode_answers(std::string_view bytes);
std::string encode(const std::set<std::string>& names);
Result<std::set<std::string>> decode_names(std::string_view bytes);

}  // namespace milter_manager::supervision
