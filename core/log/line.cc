// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/log/line.h"

#include <fmt/compile.h>
#include <fmt/format.h>
#include <strings.h>
#include <syslog.h>

#include <cstdint>
#include <cstring>
#include <iterator>

namespace milter_manager::log {
namespace {

constexpr std::string_view kDomain = "milter-manager";
constexpr std::size_t kLongestMessage = 64 * 1024;

struct Facility {
  const char* name;
  int code;
};
constexpr Facility kFacilities[] = {
    {"auth", LOG_AUTHPRIV}, {"authpriv", LOG_AUTHPRIV}, {"cron", LOG_CRON},     {"daemon", LOG_DAEMON},
    {"ftp", LOG_FTP},       {"kern", LOG_KERN},         {"local0", LOG_LOCAL0}, {"local1", LOG_LOCAL1},
    {"local2", LOG_LOCAL2}, {"local3", LOG_LOCAL3},     {"local4", LOG_LOCAL4}, {"local5", LOG_LOCAL5},
    {"local6", LOG_LOCAL6}, {"local7", LOG_LOCAL7},     {"lpr", LOG_LPR},       {"mail", LOG_MAIL},
    {"news", LOG_NEWS},     {"user", LOG_USER},         {"uucp", LOG_UUCP},
};

// Foreground and background, as ECMA-48 numbers them.
std::string_view color_of(Level level) {
  switch (level) {
    case Level::error:
      return "37;41";
    case Level::critical:
      return "33;41";
    case Level::warning:
      return "37;43";
    case Level::message:
      return "37;42";
    case Level::info:
      return "37;46";
    case Level::debug:
      return "37;44";
    case Level::trace:
      return "37;45";
    case Level::statistics:
      return "34;47";
    case Level::profile:
      return "32;40";
  }
  return "0";
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

// Whether one of eight bytes is a control byte: below 0x20, or 0x7f. A subtraction borrows from the highest bit of just those
// bytes that are too small (and maybe of the ones above them, which changes nothing: one is found).
bool has_control(std::uint64_t bytes) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kHighest = 0x80 * kOnes;
  const std::uint64_t deleted = bytes ^ (0x7f * kOnes);
  return (((bytes - 0x20 * kOnes) & ~bytes) | ((deleted - kOnes) & ~deleted)) & kHighest;
}

// Almost no text has one, so that it is looked at in eights.
std::size_t bytes_before_control(std::string_view text) {
  std::size_t at = 0;
  for (std::uint64_t bytes = 0; text.size() - at >= sizeof bytes; at += sizeof bytes) {
    std::memcpy(&bytes, text.data() + at, sizeof bytes);
    if (has_control(bytes)) break;
  }
  while (at < text.size() && !is_control(text[at])) ++at;
  return at;
}

void append_safely(std::string_view text, std::string& out) {
  text = text.substr(0, kLongestMessage);
  while (!text.empty()) {
    const auto clean = bytes_before_control(text);
    out.append(text.substr(0, clean));
    if (clean == text.size()) return;
    fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(text[clean]));
    text.remove_prefix(clean + 1);
  }
}

}  // namespace

void format_line(const Entry& entry, ItemSet items, bool colored, TimeText& times, std::string& out) {
  const auto start = out.size();
  const auto into = std::back_inserter(out);
  const auto has = [&](Item item) { return (items & bit(item)) != 0; };
  const auto separate = [&] {
    if (out.size() > start) out += ' ';
  };
  if (has(Item::level)) fmt::format_to(into, "[{}]", name_of(entry.level));
  if (has(Item::domain)) fmt::format_to(into, "[{}]", kDomain);
  if (has(Item::time)) {
    out += '[';
    out += times.utc(entry.time);
    out += ']';
  }
  if (has(Item::name)) {
    separate();
    fmt::format_to(into, "[{}]", entry.program);
  } else if (has(Item::pid)) {
    separate();
    fmt::format_to(into, "[{}]", entry.pid);
  }
  if (has(Item::location)) {
    separate();
    fmt::format_to(into, "{}:{}: {}(): ", entry.location.file, entry.location.line, entry.location.function);
  } else if (out.size() > start) {
    out += ": ";
  }
  if (colored) fmt::format_to(into, "\033[{}m", color_of(entry.level));
  append_safely(entry.message, out);
  if (colored) out += "\033[0m";
  out += '\n';
}

void format_syslog(const Entry& entry, int facility, TimeText& times, std::string& out) {
  fmt::format_to(std::back_inserter(out), FMT_COMPILE("<{}>{} {}[{}]: "), facility | priority_of(entry.level),
                 times.local(entry.time), entry.program, entry.pid);
  if (entry.level == Level::statistics) out += "[statistics] ";
  append_safely(entry.message, out);
}

int facility_of(std::string_view name) {
  const std::string terminated(name);
  for (const auto& facility : kFacilities) {
    if (strcasecmp(facility.name, terminated.c_str()) == 0) return facility.code;
  }
  return LOG_MAIL;
}

int priority_of(Level level) {
  switch (level) {
    case Level::critical:
      return LOG_CRIT;
    case Level::error:
      return LOG_ERR;
    case Level::warning:
      return LOG_WARNING;
    case Level::message:
    case Level::statistics:
      return LOG_NOTICE;
    case Level::info:
      return LOG_INFO;
    case Level::debug:
    case Level::trace:
    case Level::profile:
      return LOG_DEBUG;
  }
  return LOG_DEBUG;
}

}  // namespace milter_manager::log
