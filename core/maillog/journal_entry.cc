// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/maillog/journal_entry.h"

#include <algorithm>
#include <charconv>
#include <iterator>

namespace milter_manager::maillog {
namespace {

constexpr std::string_view kText = "MESSAGE";
constexpr std::string_view kHost = "_HOSTNAME";
constexpr std::string_view kTime = "__REALTIME_TIMESTAMP";
constexpr std::string_view kTimeOfSender = "_SOURCE_REALTIME_TIMESTAMP";
constexpr std::string_view kProgram = "_COMM";
constexpr std::string_view kProgramOfSender = "SYSLOG_IDENTIFIER";
constexpr std::string_view kPid = "_PID";
constexpr std::string_view kPidOfSender = "SYSLOG_PID";
constexpr std::string_view kWanted[] = {kText, kHost,       kTime, kTimeOfSender, kProgram, kProgramOfSender,
                                        kPid,  kPidOfSender};

template <typename Number>
bool read_number(std::string_view text, Number limit, Number& into) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < 1 || number > limit) return false;
  into = number;
  return true;
}

constexpr std::int64_t kLatestTime = 253'402'300'799'999'999;  // the end of the year 9999
constexpr std::uint32_t kGreatestPid = UINT32_MAX;

}  // namespace

bool JournalEntry::wants(std::string_view name) {
  return std::find(std::begin(kWanted), std::end(kWanted), name) != std::end(kWanted);
}

void JournalEntry::set(std::string_view name, std::string_view value) {
  if (name == kText) {
    text = value;
  } else if (name == kHost) {
    host = value;
  } else if (name == kTimeOfSender) {
    time_of_sender_ = read_number(value, kLatestTime, microseconds) || time_of_sender_;
  } else if (name == kTime) {
    if (!time_of_sender_) read_number(value, kLatestTime, microseconds);
  } else if (name == kProgramOfSender) {
    program = value;
    program_of_sender_ = true;
  } else if (name == kProgram) {
    if (!program_of_sender_) program = value;
  } else if (name == kPidOfSender) {
    pid_of_sender_ = read_number(value, kGreatestPid, pid) || pid_of_sender_;
  } else if (name == kPid) {
    if (!pid_of_sender_) read_number(value, kGreatestPid, pid);
  }
}

void JournalEntry::clear() {
  microseconds = 0;
  host.clear();
  program.clear();
  pid = 0;
  text.clear();
  text_left_out = false;
  time_of_sender_ = program_of_sender_ = pid_of_sender_ = false;
}

}  // namespace milter_manager::maillog
