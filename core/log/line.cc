// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/log/line.h"

#include <fmt/compile.h>
#include <fmt/format.h>
#include <strings.h>
#include <syslog.h>

#include <algorithm>
#include <ctime>
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

void append_safely(std::string_view text, std::string& out) {
  text = text.substr(0, kLongestMessage);
  while (!text.empty()) {
    const auto* odd = std::find_if(text.data(), text.data() + text.size(), is_control);
    const auto clean = static_cast<std::size_t>(odd - text.data());
    out.append(text.substr(0, clean));
    if (clean == text.size()) return;
    fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(text[clean]));
    text.remove_prefix(clean + 1);
  }
}

std::tm utc(std::chrono::system_clock::time_point time) {
  const auto seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return parts;
}

long microseconds(std::chrono::system_clock::time_point time) {
  const auto since = std::chrono::floor<std::chrono::microseconds>(time).time_since_epoch();
  return static_cast<long>(((since.count() % 1000000) + 1000000) % 1000000);
}

}  // namespace

void format_line(const Entry& entry, ItemSet items, bool colored, std::string& out) {
  const auto start = out.size();
  const auto into = std::back_inserter(out);
  const auto has = [&](Item item) { return (items & bit(item)) != 0; };
  const auto separate = [&] {
    if (out.size() > start) out += ' ';
  };
  if (has(Item::level)) fmt::format_to(into, "[{}]", name_of(entry.level));
  if (has(Item::domain)) fmt::format_to(into, "[{}]", kDomain);
  if (has(Item::time)) {
    const auto time = utc(std::chrono::floor<std::chrono::seconds>(entry.time));
    fmt::format_to(into, FMT_COMPILE("[{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z]"), time.tm_year + 1900,
                   time.tm_mon + 1, time.tm_mday, time.tm_hour, time.tm_min, time.tm_sec,
                   microseconds(entry.time));
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

void format_syslog(const Entry& entry, int facility, std::string& out) {
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto seconds = std::chrono::system_clock::to_time_t(entry.time);
  std::tm time{};
  localtime_r(&seconds, &time);
  fmt::format_to(
      std::back_inserter(out), "<{}>{} {:2} {:02}:{:02}:{:02} {}[{}]: ", facility | priority_of(entry.level),
      kMonths[time.tm_mon], time.tm_mday, time.tm_hour, time.tm_min, time.tm_sec, entry.program, entry.pid);
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
