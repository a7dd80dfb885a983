// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/maillog/line_parser.h"

#include <charconv>
#include <ctime>
#include <system_error>

#include "core/maillog/file_sink_line.h"
#include "core/maillog/stamp.h"

namespace milter_manager::maillog {
namespace {

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

// "[ID 197553 mail.info] "
void skip_solaris_id(std::string_view& text) {
  if (!text.starts_with("[ID ")) return;
  const std::size_t end = text.find(']');
  if (end == std::string_view::npos) return;
  text.remove_prefix(end + 1);
  skip_blanks(text);
}

}  // namespace

LineParser::LineParser(std::string program, double now) : program_(std::move(program)), now_(now) {
  ::tzset();
}

tl::expected<ParsedLine, Rejection> LineParser::parse_own(std::string_view line) {
  const auto own = parse_file_sink_line(line);
  if (!own) return tl::unexpected(Rejection::no_stamp);
  Host& host = hosts_.at("localhost");
  const double time = host.clock.read(own->stamp, now_);
  if (!own->statistics) return tl::unexpected(Rejection::no_statistics);
  return ParsedLine{time, &host, own->pid, own->text};
}

tl::expected<ParsedLine, Rejection> LineParser::parse(std::string_view line) {
  if (line.starts_with('[')) return parse_own(line);
  Stamp stamp;
  const std::size_t stamp_length = parse_stamp(line, stamp);
  if (stamp_length == 0) return tl::unexpected(Rejection::no_stamp);
  std::string_view rest = line.substr(stamp_length);
  const std::size_t host_length = rest.find(' ');
  if (host_length == std::string_view::npos) return tl::unexpected(Rejection::no_stamp);
  Host& host = hosts_.at(rest.substr(0, host_length));

  ParsedLine parsed;
  parsed.time = host.clock.read(stamp, now_);
  parsed.host = &host;
  rest.remove_prefix(host_length);
  skip_blanks(rest);
  if (!take(program_, rest) || !take("[", rest) || !take_pid(rest, parsed.pid) || !take("]: ", rest)) {
    return tl::unexpected(Rejection::other_program);
  }
  skip_blanks(rest);
  skip_solaris_id(rest);
  if (!take("[statistics] ", rest)) return tl::unexpected(Rejection::no_statistics);
  parsed.text = rest;
  return parsed;
}

}  // namespace milter_manager::maillog
