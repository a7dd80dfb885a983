// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/maillog/stream.h"

#include <fmt/format.h>

#include <iterator>

#include "core/maillog/cut_line.h"
#include "core/maillog/journal_export.h"
#include "core/maillog/rsyslog_escape.h"

namespace milter_manager::maillog {

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

Stream::Stream(Settings settings, std::function<void(const Record&)> callback)
    : settings_(std::move(settings)),
      callback_(std::move(callback)),
      parser_(settings_.program, settings_.now) {}

Result<std::uint64_t> Stream::read(ByteSource& source, std::string_view name, LastLine last_line) {
  Progress progress = read_on(source, name, last_line);
  if (progress.error) return tl::unexpected(std::move(*progress.error));
  return progress.done;
}

Stream::Progress Stream::read_on(ByteSource& source, std::string_view name, LastLine last_line,
                                 bool in_line) {
  source_name_ = name;
  line_number_ = 0;
  LineReader reader(source, in_line);
  Progress progress;
  read_lines(reader, last_line, progress);
  source_name_ = {};
  progress.error = reader.error();
  return progress;
}

void Stream::read_lines(LineReader& reader, LastLine last_line, Progress& progress) {
  Line line;
  bool first = true;
  while (reader.next(line)) {
    if (first && JournalExport::is_field(line.text)) return read_export(reader, line, progress.done);
    first = false;
    if (!line.terminated && last_line == LastLine::leave) return;
    take(line);
    progress.done = reader.offset();
    progress.in_line = reader.in_line();
  }
  // Behind the last line there can only be the rest of one that was cut.
  progress.done = reader.offset();
  progress.in_line = reader.in_line();
}

// An entry that the source ends in is left, always: which fields it still lacks is not known.
void Stream::read_export(LineReader& reader, const Line& first, std::uint64_t& done) {
  JournalExport entries(reader);
  auto outcome = entries.next(first, entry_);
  for (; outcome == JournalExport::Outcome::entry || outcome == JournalExport::Outcome::malformed;
       outcome = entries.next(entry_)) {
    if (outcome == JournalExport::Outcome::entry) {
      take(entry_);
    } else {
      ++counts_.lines;
      ++line_number_;
      ++counts_.no_stamp;
      sample("(an entry of the journal's export format with something that is no field)");
    }
    done = reader.offset();
  }
}

void Stream::take(const JournalEntry& entry) {
  ++counts_.lines;
  ++line_number_;
  Line line;
  line.text = entry.text;
  line.terminated = true;
  take(parser_.parse(entry), line);
}

void Stream::take(const Line& line) {
  ++counts_.lines;
  ++line_number_;
  take(parser_.parse(line.text), line);
}

void Stream::take(const tl::expected<ParsedLine, Rejection>& parsed, const Line& line) {
  if (parsed) {
    take_statistics(line, *parsed);
    return;
  }
  switch (parsed.error()) {
    case Rejection::other_program:
      ++counts_.other_programs;
      if (settings_.other) report_other();
      break;
    case Rejection::no_statistics:
      ++counts_.no_statistics;
      break;
    case Rejection::no_text:
      ++counts_.cut;
      break;
    case Rejection::no_stamp:
      ++counts_.no_stamp;
      sample(line.text);
      break;
  }
}

void Stream::restore(const std::vector<HostState>& hosts, const std::vector<ProcessState>& processes) {
  parser_.hosts().restore(hosts);
  processes_.restore(processes, parser_.hosts());
}

void Stream::move_clock(std::string_view host, std::int64_t microseconds) {
  parser_.hosts().at(host).clock.read(microseconds, settings_.now);
}

void Stream::take_statistics(const Line& line, const ParsedLine& parsed) {
  const statistics::Escapes escapes = processes_.line(parsed.host->number, parsed.pid);
  // A journal has the text as it was sent.
  const bool is_syslog = parsed.format != Format::journal && parsed.format != Format::own_file;
  const std::string_view text = is_syslog ? undo_rsyslog_escapes(parsed.text, rsyslog_scratch_) : parsed.text;
  auto event = statistics::parse(text, escapes, escape_scratch_);
  const bool is_header_add = event && std::holds_alternative<statistics::MilterHeaderAdd>(*event);
  if (!event || (is_header_add && (line.cut || (is_syslog && is_near_message_limit(line.text.size()))))) {
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
  if (const auto* const heartbeat = std::get_if<statistics::Heartbeat>(&event)) {
    record.delivery = processes_.heartbeat(*heartbeat);
  }
  callback_(record);
}

void Stream::report_other() {
  if (const auto line = parser_.other_line()) settings_.other(*line);
}

void Stream::sample(std::string_view text) {
  if (samples_.size() >= settings_.maximum_samples) return;
  samples_.push_back(
      {std::string(source_name_.empty() ? "journal" : source_name_), line_number_, printable(text)});
}

}  // namespace milter_manager::maillog
