// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/maillog/line_parser.h"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <system_error>

#include "core/maillog/file_sink_line.h"
#include "core/maillog/stamp.h"

namespace milter_manager::maillog {
namespace {

constexpr std::size_t kMaximumHost = 255;

void skip_blanks(std::string_view& text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
}

bool take(std::string_view prefix, std::string_view& text) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool take_pid(std::string_view& text, std::uint32_t& pid) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), pid);
  if (error != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

// The next word and the blanks behind it. Empty at the end of the text.
std::string_view take_word(std::string_view& text) {
  const std::size_t length = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, length);
  text.remove_prefix(length);
  skip_blanks(text);
  return word;
}

// "-", or elements '[ID NAME="VALUE" …]' one behind the other (RFC 5424, 6.3). False for what is neither.
bool skip_structured_elements(std::string_view& text) {
  if (take("-", text)) return true;
  if (!text.starts_with('[')) return false;
  while (take("[", text)) {
    bool quoted = false;
    std::size_t at = 0;
    for (; at < text.size() && (quoted || text[at] != ']'); ++at) {
      if (text[at] == '"') quoted = !quoted;
      if (text[at] == '\\' && quoted) ++at;
    }
    if (at >= text.size()) return false;
    text.remove_prefix(at + 1);
  }
  return true;
}

// "[ID 197553 mail.info] "
void skip_solaris_id(std::string_view& text) {
  if (!text.starts_with("[ID ")) return;
  const std::size_t end = text.find(']');
  if (end == std::string_view::npos) return;
  text.remove_prefix(end + 1);
  skip_blanks(text);
}

// The text's beginning is the same in all formats.
tl::expected<ParsedLine, Rejection> with_text(ParsedLine parsed, std::string_view text) {
  skip_blanks(text);
  skip_solaris_id(text);
  if (!take("[statistics] ", text)) return tl::unexpected(Rejection::no_statistics);
  parsed.text = text;
  return parsed;
}

}  // namespace

LineParser::LineParser(std::string program, double now) : program_(std::move(program)), now_(now) {
  ::tzset();
}

tl::expected<ParsedLine, Rejection> LineParser::parse(std::string_view line) {
  switch (line.empty() ? '\0' : line.front()) {
    case '[':
      return parse_own(line);
    case '{':
      if (!json_.read(line, entry_)) return tl::unexpected(Rejection::no_stamp);
      return parse(entry_);
    case '<':
      return parse_priority(line);
    default:
      return parse_plain(line);
  }
}

tl::expected<ParsedLine, Rejection> LineParser::parse(const JournalEntry& entry) {
  if (entry.microseconds == 0 || entry.host.empty() || entry.host.size() > kMaximumHost) {
    return tl::unexpected(Rejection::no_stamp);
  }
  Host& host = hosts_.at(entry.host);
  const double time = host.clock.read(entry.microseconds, now_);
  if (entry.program != program_) return tl::unexpected(Rejection::other_program);
  if (entry.text_left_out) return tl::unexpected(Rejection::no_text);
  return with_text({time, &host, entry.pid, {}, Format::journal}, entry.text);
}

tl::expected<ParsedLine, Rejection> LineParser::parse_own(std::string_view line) {
  const auto own = parse_file_sink_line(line);
  if (!own) return tl::unexpected(Rejection::no_stamp);
  Host& host = hosts_.at("localhost");
  const double time = host.clock.read(own->stamp, now_);
  if (!own->statistics) return tl::unexpected(Rejection::no_statistics);
  return ParsedLine{time, &host, own->pid, own->text, Format::own_file};
}

// "<22>1 " begins RFC 5424, "<22>" any other line.
tl::expected<ParsedLine, Rejection> LineParser::parse_priority(std::string_view line) {
  constexpr std::size_t kLongest = 5;
  const std::size_t end = line.substr(0, kLongest).find('>');
  if (end == std::string_view::npos || end == 1 || line.find_first_not_of("0123456789", 1) != end) {
    return tl::unexpected(Rejection::no_stamp);
  }
  line.remove_prefix(end + 1);
  return take("1 ", line) ? parse_rfc5424(line) : parse_plain(line);
}

// Takes stamp and host, and moves the host's clock. Null where there are none.
Host* LineParser::take_origin(std::string_view& line, ParsedLine& parsed) {
  Stamp stamp;
  const std::size_t stamp_length = parse_stamp(line, stamp);
  if (stamp_length == 0) return nullptr;
  line.remove_prefix(stamp_length);
  const std::size_t host_length = line.substr(0, kMaximumHost + 1).find(' ');
  if (host_length == std::string_view::npos) return nullptr;
  Host& host = hosts_.at(line.substr(0, host_length));
  line.remove_prefix(host_length);
  skip_blanks(line);
  parsed.time = host.clock.read(stamp, now_);
  parsed.host = &host;
  parsed.format = stamp.year == 0 ? Format::bsd : Format::rfc3339;
  return &host;
}

// "STAMP HOST PROGRAM PID MESSAGE-ID ELEMENTS TEXT"
tl::expected<ParsedLine, Rejection> LineParser::parse_rfc5424(std::string_view line) {
  ParsedLine parsed;
  if (take_origin(line, parsed) == nullptr) return tl::unexpected(Rejection::no_stamp);
  parsed.format = Format::rfc5424;
  if (take_word(line) != program_) return tl::unexpected(Rejection::other_program);
  std::string_view pid = take_word(line);
  take_pid(pid, parsed.pid);  // "-": not known
  take_word(line);
  if (!skip_structured_elements(line)) return tl::unexpected(Rejection::no_stamp);
  skip_blanks(line);
  take("\xef\xbb\xbf", line);  // "BOM": the text is UTF-8
  return with_text(parsed, line);
}

tl::expected<ParsedLine, Rejection> LineParser::parse_plain(std::string_view line) {
  ParsedLine parsed;
  if (take_origin(line, parsed) == nullptr) return tl::unexpected(Rejection::no_stamp);
  if (!take(program_, line) || !take("[", line) || !take_pid(line, parsed.pid) || !take("]: ", line)) {
    return tl::unexpected(Rejection::other_program);
  }
  return with_text(parsed, line);
}

}  // namespace milter_manager::maillog
