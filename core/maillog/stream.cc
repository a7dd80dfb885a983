// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/maillog/stream.h"

#include <fmt/format.h>

#include <iterator>

#include "core/maillog/cut_line.h"
#include "core/maillog/rsyslog_escape.h"

namespace milter_manager::maillog {
namespace {

std::string printable(std::string_view text) {
  constexpr std::size_t kLength = 200;
  std::string out;
  for (const char byte : text.substr(0, kLength)) {
    if (byte >= 0x20 && byte < 0x7f && byte != '\\') {
      out += byte;
    } else {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(byte));
    }
  }
  if (text.size() > kLength) out += "...";
  return out;
}

}  // namespace

Stream::Stream(Settings settings, std::function<void(const Record&)> callback)
    : settings_(std::move(settings)),
      callback_(std::move(callback)),
      parser_(settings_.program, settings_.now) {}

Result<std::uint64_t> Stream::read(ByteSource& source, std::string_view name, LastLine last_line) {
  source_name_ = name;
  line_number_ = 0;
  LineReader reader(source);
  std::uint64_t done = 0;
  Line line;
  while (reader.next(line)) {
    if (!line.terminated && last_line == LastLine::leave) break;
    take(line);
    done = reader.offset();
  }
  source_name_ = {};
  if (reader.error()) return tl::unexpected(*reader.error());
  return done;
}

void Stream::take(const Line& line) {
  ++counts_.lines;
  ++line_number_;
  const auto parsed = parser_.parse(line.text);
  if (parsed) {
    take_statistics(line, *parsed);
    return;
  }
  switch (parsed.error()) {
    case Rejection::other_program:
      ++counts_.other_programs;
      break;
    case Rejection::no_statistics:
      ++counts_.no_statistics;
      break;
    case Rejection::no_stamp:
      ++counts_.no_stamp;
      sample(line.text);
      break;
  }
}

void Stream::take_statistics(const Line& line, const ParsedLine& parsed) {
  const statistics::Escapes escapes = processes_.line(parsed.host->number, parsed.pid);
  const std::string_view text = undo_rsyslog_escapes(parsed.text, rsyslog_scratch_);
  auto event = statistics::parse(text, escapes, escape_scratch_);
  const bool is_header_add = event && std::holds_alternative<statistics::MilterHeaderAdd>(*event);
  if (!event || (is_header_add && (line.cut || is_near_message_limit(line.text.size())))) {
    if (const auto shown = read_cut_header_add(text, escapes, cut_scratch_, escape_scratch_)) {
      ++counts_.cut;
      event = *shown;
    }
  }
  if (event) {
    ++counts_.events;
    report(parsed, *event);
  } else if (line.cut || text.starts_with("[session][header][add](")) {
    ++counts_.cut;
  } else {
    ++counts_.unknown;
    sample(line.text);
  }
}

void Stream::report(const ParsedLine& parsed, const statistics::Event& event) {
  Record record{parsed.time, parsed.host->name, parsed.pid, event, {}};
  if (const auto* heartbeat = std::get_if<statistics::Heartbeat>(&event)) {
    record.delivery = processes_.heartbeat(*heartbeat);
  }
  callback_(record);
}

void Stream::sample(std::string_view text) {
  if (samples_.size() >= settings_.maximum_samples) return;
  samples_.push_back({std::string(source_name_), line_number_, printable(text)});
}

}  // namespace milter_manager::maillog
