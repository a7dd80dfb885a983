// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/maillog/stamp.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "core/maillog/same_bytes.h"

namespace milter_manager::maillog {
namespace {

bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }

// The number in the `count` digits at `at`, or -1.
int digits(std::string_view text, std::size_t at, std::size_t count) {
  if (text.size() < at + count) return -1;
  int value = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (!is_digit(text[i])) return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

// The same for one to eight digits at once, where the text goes on for eight bytes.
int word_of_digits(std::string_view text, std::size_t at, std::size_t count) {
  if (std::endian::native != std::endian::little || text.size() < at + 8) return digits(text, at, count);
  std::uint64_t word = 0;
  std::memcpy(&word, text.data() + at, sizeof word);
  // A byte for each digit, the last one highest, zeros before the first. More than 9 gives a high half byte.
  word = (word ^ 0x3030303030303030) << (8 * (8 - count));
  if ((((word + 0x0606060606060606) | word) & 0xf0f0f0f0f0f0f0f0) != 0) return -1;
  word = word * 10 + (word >> 8);  // pairs, in every other byte
  constexpr std::uint64_t kPairs = 0x000000ff000000ff;
  constexpr std::uint64_t kFirstAndThird = (std::uint64_t{1'000'000} << 32) + 100;
  constexpr std::uint64_t kSecondAndFourth = (std::uint64_t{10'000} << 32) + 1;
  word = ((word & kPairs) * kFirstAndThird + ((word >> 16) & kPairs) * kSecondAndFourth) >> 32;
  return static_cast<int>(word);
}

bool is_at(std::string_view text, std::size_t at, char byte) { return at < text.size() && text[at] == byte; }

int month_number(std::string_view name) {
  constexpr std::string_view kNames = "JanFebMarAprMayJunJulAugSepOctNovDec";
  for (std::size_t i = 0; i < kNames.size(); i += 3) {
    if (kNames.substr(i, 3) == name) return static_cast<int>(i / 3) + 1;
  }
  return 0;
}

// "00:13:24" at `at`
bool parse_clock(std::string_view line, std::size_t at, Stamp& stamp) {
  if (!is_at(line, at + 2, ':') || !is_at(line, at + 5, ':')) return false;
  stamp.hour = digits(line, at, 2);
  stamp.minute = digits(line, at + 3, 2);
  stamp.second = digits(line, at + 6, 2);
  return stamp.hour >= 0 && stamp.hour < 24 && stamp.minute >= 0 && stamp.minute < 60 && stamp.second >= 0 &&
         stamp.second <= 60;
}

// One blank or more, and something behind them. Returns where that is, 0 if it is not so.
std::size_t behind_blanks(std::string_view line, std::size_t at) {
  if (!is_at(line, at, ' ')) return 0;
  const std::size_t next = line.find_first_not_of(' ', at);
  return next == std::string_view::npos ? 0 : next;
}

std::size_t parse_bsd(std::string_view line, Stamp& stamp) {
  stamp.month = month_number(line.substr(0, 3));
  std::size_t at = stamp.month == 0 ? 0 : behind_blanks(line, 3);
  if (at == 0 || !is_digit(line[at])) return 0;
  stamp.day = line[at++] - '0';
  if (at < line.size() && is_digit(line[at])) stamp.day = stamp.day * 10 + (line[at++] - '0');
  at = behind_blanks(line, at);
  constexpr int kLeapYear = 2000;  // the year is not known: 29 February may be right
  if (at == 0 || !is_date(kLeapYear, stamp.month, stamp.day) || !parse_clock(line, at, stamp)) return 0;
  return behind_blanks(line, at + 8);
}

// ".134747", any number of digits, of which six count
std::size_t parse_fraction(std::string_view line, std::size_t at, Stamp& stamp) {
  if (!is_at(line, at, '.') && !is_at(line, at, ',')) return at;
  std::int32_t unit = 100'000;
  for (++at; at < line.size() && is_digit(line[at]); ++at) {
    stamp.microseconds += (line[at] - '0') * unit;
    unit /= 10;
  }
  return at;
}

// "Z", "+02:00", "+0200"
std::size_t parse_offset(std::string_view line, std::size_t at, Stamp& stamp) {
  if (is_at(line, at, 'Z') || is_at(line, at, 'z')) {
    stamp.offset = 0;
    return at + 1;
  }
  if (!is_at(line, at, '+') && !is_at(line, at, '-')) return at;
  const std::size_t minutes_at = is_at(line, at + 3, ':') ? at + 4 : at + 3;
  const int hours = digits(line, at + 1, 2);
  const int minutes = digits(line, minutes_at, 2);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return at;
  stamp.offset = (hours * 60 + minutes) * (line[at] == '-' ? -60 : 60);
  return minutes_at + 2;
}

std::size_t parse_iso(std::string_view line, Stamp& stamp) {
  if (!is_at(line, 4, '-') || !is_at(line, 7, '-')) return 0;
  if (!is_at(line, 10, 'T') && !is_at(line, 10, 't') && !is_at(line, 10, ' ')) return 0;
  stamp.year = digits(line, 0, 4);
  stamp.month = digits(line, 5, 2);
  stamp.day = digits(line, 8, 2);
  if (stamp.year <= 0 || !is_date(stamp.year, stamp.month, stamp.day) || !parse_clock(line, 11, stamp))
    return 0;
  return behind_blanks(line, parse_offset(line, parse_fraction(line, 19, stamp), stamp));
}

bool is_leap(int year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

}  // namespace

std::size_t parse_stamp(std::string_view line, Stamp& stamp) {
  stamp = Stamp();
  if (line.empty()) return 0;
  return is_digit(line.front()) ? parse_iso(line, stamp) : parse_bsd(line, stamp);
}

std::size_t StampReader::read(std::string_view line, Stamp& stamp) {
  if (read_in_minute(line, stamp)) return length_;
  const std::size_t length = parse_stamp(line, stamp);
  remember(line.substr(0, length), stamp);
  return length;
}

bool StampReader::read_in_minute(std::string_view line, Stamp& stamp) const {
  // Behind the stamp the host begins.
  if (length_ == 0 || line.size() <= length_ || line[length_] == ' ') return false;
  const std::string_view text(text_.data(), length_);
  if (!begins_with(line, text.substr(0, seconds_at_))) return false;
  if (!begins_with(line.substr(rest_at_), text.substr(rest_at_))) return false;
  const int second = digits(line, seconds_at_, 2);
  if (second < 0 || second > 60) return false;
  std::int32_t microseconds = 0;
  if (fraction_digits_ > 0) {
    constexpr std::int32_t kUnits[] = {1'000'000, 100'000, 10'000, 1'000, 100, 10, 1};
    const std::size_t point = seconds_at_ + 2;
    const int fraction = word_of_digits(line, point + 1, fraction_digits_);
    if (line[point] != text_[point] || fraction < 0) return false;
    microseconds = fraction * kUnits[fraction_digits_];
  }
  stamp = stamp_;
  stamp.second = second;
  stamp.microseconds = microseconds;
  return true;
}

void StampReader::remember(std::string_view text, const Stamp& stamp) {
  constexpr std::size_t kMaximumFraction = 6;
  length_ = 0;
  if (text.empty() || text.size() > kMaximumLength) return;
  // The clock's second colon; what is behind it has one form for each stamp.
  const std::size_t first_colon = text.find(':');
  seconds_at_ = first_colon + 4;
  std::size_t at = seconds_at_ + 2;
  fraction_digits_ = 0;
  if (is_at(text, at, '.') || is_at(text, at, ',')) {
    const std::size_t end = std::min(text.find_first_not_of("0123456789", at + 1), text.size());
    fraction_digits_ = end - at - 1;
    at = end;
  }
  if (fraction_digits_ > kMaximumFraction || (at == seconds_at_ + 3)) return;
  rest_at_ = at;
  stamp_ = stamp;
  length_ = text.copy(text_.data(), text_.size());
}

bool is_date(int year, int month, int day) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month < 1 || month > 12 || day < 1) return false;
  return day <= kDays[month - 1] + (month == 2 && is_leap(year) ? 1 : 0);
}

std::int64_t seconds_as_utc(const Stamp& stamp, int year) {
  // Years that begin in March end with the day that comes and goes.
  constexpr int kDaysBeforeMonth[] = {306, 337, 0, 31, 61, 92, 122, 153, 184, 214, 245, 275};
  constexpr std::int64_t kDaysFromYear0ToEpoch = 719468;
  const std::int64_t y = stamp.month <= 2 ? year - 1 : year;
  const std::int64_t days = 365 * y + y / 4 - y / 100 + y / 400 + kDaysBeforeMonth[stamp.month - 1] +
                            stamp.day - 1 - kDaysFromYear0ToEpoch;
  return ((days * 24 + stamp.hour) * 60 + stamp.minute) * 60 + stamp.second;
}

}  // namespace milter_manager::maillog
