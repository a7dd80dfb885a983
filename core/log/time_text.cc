// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/log/time_text.h"

#include <fmt/format.h>

namespace milter_manager::log {

std::string_view TimeText::utc(Time time) {
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  const auto number = std::chrono::system_clock::to_time_t(second);
  if (utc_second_ != number) {
    std::tm parts{};
    gmtime_r(&number, &parts);
    // Room for the fraction stays.
    const auto written = fmt::format_to_n(utc_.data(), utc_.size() - 8, "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
                                          parts.tm_year + 1900L, parts.tm_mon + 1, parts.tm_mday,
                                          parts.tm_hour, parts.tm_min, parts.tm_sec);
    utc_length_ = static_cast<std::size_t>(written.out - utc_.data());
    utc_second_ = number;
  }
  auto rest = std::chrono::floor<std::chrono::microseconds>(time - second).count();
  char* digits = utc_.data() + utc_length_;
  digits[0] = '.';
  for (int i = 6; i > 0; --i, rest /= 10) digits[i] = static_cast<char>('0' + rest % 10);
  digits[7] = 'Z';
  return {utc_.data(), utc_length_ + 8};
}

std::string_view TimeText::local(Time time) {
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto number = std::chrono::system_clock::to_time_t(std::chrono::floor<std::chrono::seconds>(time));
  if (local_second_ != number) {
    std::tm parts{};
    localtime_r(&number, &parts);
    const auto written =
        fmt::format_to_n(local_.data(), local_.size(), "{} {:2} {:02}:{:02}:{:02}", kMonths[parts.tm_mon],
                         parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
    local_length_ = static_cast<std::size_t>(written.out - local_.data());
    local_second_ = number;
  }
  return {local_.data(), local_length_};
}

}  // namespace milter_manager::log
