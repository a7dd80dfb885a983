// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace milter_manager::session {

using Seconds = std::chrono::duration<double>;

// What a milter that can't answer answers.
enum class Fallback : std::uint8_t { accept, reject, temporary_failure, discard };

// The points at which an applicable condition may stop a milter.
enum class Stage : std::uint8_t {
  connect,
  helo,
  mail,
  recipient,
  data,
  header,
  end_of_header,
  body,
  end_of_message
};
using StageSet = std::uint32_t;
constexpr StageSet stage_bit(Stage stage) { return StageSet{1} << static_cast<unsigned>(stage); }

struct ChildSettings {
  std::string name;
  Fallback fallback = Fallback::accept;
  bool evaluation = false;
  std::optional<double> enforcement_share;  // 0 to 1; see evaluation.h
  // What it rejects or discards is answered with a temporary failure: something is wrong with it, and somebody is to look.
  bool deferring = false;
  StageSet condition_stages = 0;  // where Actions::ask_condition is to be asked
  // Limits for waiting for this milter; each is cut to what the MTA waits.
  Seconds connection_timeout{297};
  Seconds writing_timeout{7};
  Seconds reading_timeout{7};
  Seconds end_of_message_timeout{297};
};

// One configuration's part that sessions need; immutable and shared by all sessions that started on it.
struct Settings {
  std::vector<ChildSettings> children;  // enabled ones, in definition order
  Fallback fallback = Fallback::accept;
  Seconds reply_deadline{9};  // the MTA is answered within this, but for end-of-message
  Seconds end_of_message_deadline{
      290};  // that of a whole end-of-message, since an MTA's limit does not restart
  Seconds progress_interval{5};
  Seconds condition_timeout{5};      // all that one child's conditions are asked for one command of the MTA
  Seconds session_deadline{7200};    // of a session, without what a connection rests between two; 0: none
  Seconds mta_timeout{7210};         // without a command from the MTA
  std::size_t chunk_size = 65535;    // body pieces to the second and later milters, and of a replaced body
  bool message_events = true;        // statistics.messages
  bool rejected_recipients = false;  // a condition asks for the recipients that the MTA refused
  bool checks_client = false;        // whether the SMTP client is still there: CONNECT is wanted and kept
};

}  // namespace milter_manager::session
