// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/maillog/line_parser.h"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <system_error>

#include "core/maillog/file_sink_line.h"

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
std::optional<Rejection> take_text(std::string_view text, ParsedLine& parsed) {
  constexpr std::string_view kMark = "[statistics] ";
  if (!text.starts_with(kMark)) {
    skip_blanks(text);
    skip_solaris_id(text);
    if (!text.starts_with(kMark)) return Rejection::no_statistics;
  }
  parsed.text = text.substr(kMark.size());
  return std::nullopt;
}

}  // namespace

LineParser::LineParser(std::string program, double now) : program_(std::move(program)), now_(now) {
  ::tzset();
}

tl::expected<ParsedLine, Rejection> LineParser::parse(std::string_view line) {
  tl::expected<ParsedLine, Rejection> parsed;
  if (const auto refusal = take_line(line, *parsed)) parsed = tl::unexpected(*refusal);
  return parsed;
}

tl::expected<ParsedLine, Rejection> LineParser::parse(const JournalEntry& entry) {
  tl::expected<ParsedLine, Rejection> parsed;
  if (const auto refusal = take_entry(entry, *parsed)) parsed = tl::unexpected(*refusal);
  return parsed;
}

LineParser::Refusal LineParser::take_line(std::string_view line, ParsedLine& parsed) {
  switch (line.empty() ? '\0' : line.front()) {
    case '[':
      return take_own(line, parsed);
    case '{':
      if (!json_.read(line, entry_)) return Rejection::no_stamp;
      return take_entry(entry_, parsed);
    case '<':
      return take_with_priority(line, parsed);
    default:
      return take_plain(line, parsed);
  }
}

LineParser::Refusal LineParser::take_entry(const JournalEntry& entry, ParsedLine& parsed) {
  if (entry.microseconds == 0 || entry.host.empty() || entry.host.size() > kMaximumHost) {
    return Rejection::no_stamp;
  }
  Host& host = hosts_.at(entry.host);
  parsed.time = host.clock.read(entry.microseconds, now_);
  parsed.host = &host;
  parsed.pid = entry.pid;
  parsed.format = Format::journal;
  if (entry.program != program_) {
    other_entry_ = &entry;
    return reject_other(parsed, {});
  }
  if (entry.text_left_out) return Rejection::no_text;
  return take_text(entry.text, parsed);
}

LineParser::Refusal LineParser::take_own(std::string_view line, ParsedLine& parsed) {
  const auto own = parse_file_sink_line(line);
  if (!own) return Rejection::no_stamp;
  Host& host = hosts_.at("localhost");
  parsed.time = host.clock.read(own->stamp, now_);
  parsed.host = &host;
  parsed.pid = own->pid;
  parsed.text = own->text;
  parsed.format = Format::own_file;
  return own->statistics ? Refusal() : Rejection::no_statistics;
}

// "<22>1 " begins RFC 5424, "<22>" any other line.
LineParser::Refusal LineParser::take_with_priority(std::string_view line, ParsedLine& parsed) {
  constexpr std::size_t kLongest = 5;
  const std::size_t end = line.substr(0, kLongest).find('>');
  if (end == std::string_view::npos || end == 1 || line.find_first_not_of("0123456789", 1) != end) {
    return Rejection::no_stamp;
  }
  line.remove_prefix(end + 1);
  return take("1 ", line) ? take_rfc5424(line, parsed) : take_plain(line, parsed);
}

// Takes stamp and host, and moves the host's clock. False where there are none.
bool LineParser::take_origin(std::string_view& line, ParsedLine& parsed) {
  Stamp stamp;
  const std::size_t stamp_length = stamps_.read(line, stamp);
  if (stamp_length == 0) return false;
  line.remove_prefix(stamp_length);
  Host* host = hosts_.recent_at(line);
  if (host == nullptr) {
    const std::size_t host_length = line.substr(0, kMaximumHost + 1).find(' ');
    if (host_length == std::string_view::npos) return false;
    host = &hosts_.at(line.substr(0, host_length));
  }
  line.remove_prefix(host->name.size());
  skip_blanks(line);
  parsed.time = host->clock.read(stamp, now_);
  parsed.host = host;
  parsed.format = stamp.year == 0 ? Format::bsd : Format::rfc3339;
  return true;
}

// "STAMP HOST PROGRAM PID MESSAGE-ID ELEMENTS TEXT"
LineParser::Refusal LineParser::take_rfc5424(std::string_view line, ParsedLine& parsed) {
  if (!take_origin(line, parsed)) return Rejection::no_stamp;
  parsed.format = Format::rfc5424;
  const std::string_view rest = line;
  if (take_word(line) != program_) return reject_other(parsed, rest);
  std::string_view pid = take_word(line);
  take_pid(pid, parsed.pid);  // "-": not known
  take_word(line);
  if (!skip_structured_elements(line)) return Rejection::no_stamp;
  skip_blanks(line);
  take("\xef\xbb\xbf", line);  // "BOM": the text is UTF-8
  return take_text(line, parsed);
}

LineParser::Refusal LineParser::take_plain(std::string_view line, ParsedLine& parsed) {
  if (!take_origin(line, parsed)) return Rejection::no_stamp;
  if (!take_sender(line, parsed.pid)) return reject_other(parsed, line);
  return take_text(line, parsed);
}

Rejection LineParser::reject_other(const ParsedLine& parsed, std::string_view rest) {
  other_ = parsed;
  other_rest_ = rest;
  return Rejection::other_program;
}

std::optional<OtherLine> LineParser::other_line() const {
  OtherLine other{other_.time, other_.host->name, {}, 0, {}};
  if (other_.format == Format::journal) {
    other.program = other_entry_->program;
    other.pid = other_entry_->pid;
    other.text = other_entry_->text;
    return other.program.empty() ? std::nullopt : std::optional(other);
  }
  std::string_view rest = other_rest_;
  if (other_.format == Format::rfc5424) {
    other.program = take_word(rest);
    std::string_view pid = take_word(rest);
    take_pid(pid, other.pid);
    take_word(rest);
    if (!skip_structured_elements(rest)) return std::nullopt;
    skip_blanks(rest);
    take("\xef\xbb\xbf", rest);
  } else {
    // Not find_first_of(), which calls a function for each byte.
    std::size_t length = 0;
    while (length < rest.size() && rest[length] != ' ' && rest[length] != '[' && rest[length] != ':')
      ++length;
    if (length == rest.size() || length == 0) return std::nullopt;
    other.program = rest.substr(0, length);
    rest.remove_prefix(length);
    if (take("[", rest) && (!take_pid(rest, other.pid) || !take("]", rest))) return std::nullopt;
    take(":", rest);
    skip_blanks(rest);
    skip_solaris_id(rest);
  }
  other.text = rest;
  return other;
}

// "PROGRAM[PID]: ". Lines that came to rsyslog as RFC 5424, from another host, have no colon in its other forms.
bool LineParser::take_sender(std::string_view& line, std::uint32_t& pid) {
  if (!begins_with(line, program_)) return false;
  if (!sender_.empty() && begins_with(line, sender_)) {
    line.remove_prefix(sender_.size());
    pid = sender_pid_;
    return true;
  }
  const std::string_view whole = line;
  line.remove_prefix(program_.size());
  if (!take("[", line) || !take_pid(line, pid) || !take("]", line)) return false;
  take(":", line);
  if (!take(" ", line)) return false;
  sender_ = whole.substr(0, whole.size() - line.size());
  sender_pid_ = pid;
  return true;
}

}  // namespace milter_manager::maillog
