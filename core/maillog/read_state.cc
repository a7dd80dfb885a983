// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/maillog/read_state.h"

#include <algorithm>
#include <cmath>

#include "core/maillog/fingerprint.h"
#include "core/maillog/state_text.h"

namespace milter_manager::maillog {
namespace {

constexpr std::string_view kHeadline = "milter-manager log state 1";
constexpr std::string_view kEnd = "end ";
constexpr std::string_view kNone = "-";
constexpr std::size_t kMaximumEntries = 4'000'000;     // of all kinds
constexpr std::int64_t kLatestTime = 253'402'300'800;  // the year 10000
constexpr std::int64_t kMinute = 60;
constexpr auto kLastKind = static_cast<unsigned>(Kind::milter_key);

template <typename Number>
void put_optional(const std::optional<Number>& number, std::string& out) {
  if (number) {
    put_number(*number, out);
  } else {
    (out += ' ') += kNone;
  }
}

void put_key(const SeriesKey& key, std::string& out) {
  put_number(static_cast<unsigned>(key.kind), out);
  put_word(key.milter, out);
  put_word(key.report_key, out);
}

void put_file(const FileState& file, std::string& out) {
  out += "file";
  put_word(file.path, out);
  for (const std::uint64_t number : {file.device, file.inode, file.size}) put_number(number, out);
  put_number(file.modified, out);
  for (const std::uint64_t number : {file.offset, file.head_size, file.head, file.tail_size, file.tail}) {
    put_number(number, out);
  }
  put_number(file.in_line, out);
  put_number(file.finished, out);
  out += '\n';
}

void put_rows(const SeriesTable& table, std::string& out) {
  for (const auto& [key, series] : table) {
    for (const auto& [minute, row] : series) {
      out += "row";
      put_key(key, out);
      put_number(minute, out);
      for (std::size_t i = 0; i < field_count(key.kind); ++i) put_number(row[i], out);
      out += '\n';
    }
  }
}

void put_totals(const SeriesTotals& totals, std::string& out) {
  for (const auto& [key, row] : totals) {
    out += "total";
    put_key(key, out);
    for (std::size_t i = 0; i < field_count(key.kind); ++i) put_number(row[i], out);
    out += '\n';
  }
}

void put_maximum(const Maximum& maximum, std::string& out) {
  out += "maximum";
  put_key(maximum.key, out);
  put_number(maximum.minute, out);
  put_number(static_cast<std::uint64_t>(maximum.field), out);
  put_number(maximum.process, out);
  put_number(maximum.value, out);
  out += '\n';
}

std::optional<std::int64_t> get_time(StateLine& line) {
  StateLine probe = line;
  if (probe.raw_word() == kNone) {
    line = probe;
    return std::nullopt;
  }
  const auto time = line.number<std::int64_t>();
  line.require(time > -kLatestTime && time < kLatestTime);
  return time;
}

std::int64_t get_minute(StateLine& line) {
  const auto minute = line.number<std::int64_t>();
  line.require(minute % kMinute == 0 && minute > -kLatestTime && minute < kLatestTime);
  return minute;
}

SeriesKey get_key(StateLine& line) {
  SeriesKey key;
  const auto kind = line.number<unsigned>();
  line.require(kind <= kLastKind);
  if (line.ok()) key.kind = static_cast<Kind>(kind);
  key.milter = line.word();
  key.report_key = line.word();
  const bool has_key = key.kind == Kind::manager_key || key.kind == Kind::milter_key;
  line.require(has_key ? is_report_key(key.report_key) : key.report_key.empty());
  return key;
}

void get_file(StateLine& line, ReadState& state) {
  FileState file;
  file.path = line.word();
  for (std::uint64_t* number : {&file.device, &file.inode, &file.size})
    *number = line.number<std::uint64_t>();
  file.modified = line.number<std::int64_t>();
  for (std::uint64_t* number : {&file.offset, &file.head_size, &file.head, &file.tail_size, &file.tail}) {
    *number = line.number<std::uint64_t>();
  }
  file.in_line = line.number<bool>();
  file.finished = line.number<bool>();
  line.require(file.tail_size <= file.offset && file.head_size <= file.offset);
  state.files.push_back(std::move(file));
}

void get_host(StateLine& line, ReadState& state) {
  HostState host;
  host.name = line.word();
  host.clock.last = get_time(line);
  StateLine probe = line;
  if (probe.raw_word() == kNone) {
    line = probe;
  } else {
    host.clock.newest = line.number<double>();
    line.require(std::abs(*host.clock.newest) < static_cast<double>(kLatestTime));  // and no NaN
  }
  state.hosts.push_back(std::move(host));
}

void get_process(StateLine& line, ReadState& state) {
  ProcessState process;
  process.host = line.word();
  process.pid = line.number<std::uint32_t>();
  process.has_heartbeat = line.number<bool>();
  process.lines_read = line.number<std::uint64_t>();
  process.lines_written = line.number<std::uint64_t>();
  process.dropped = line.number<std::uint64_t>();
  state.processes.push_back(std::move(process));
}

void get_row(StateLine& line, ReadState& state) {
  const SeriesKey key = get_key(line);
  const std::int64_t minute = get_minute(line);
  Row row{};
  for (std::size_t i = 0; i < field_count(key.kind); ++i) {
    row[i] = line.number<double>();
    line.require(!(row[i] < 0) && !std::isinf(row[i]));
  }
  if (line.ok()) line.require(state.rows[key].emplace(minute, row).second);
}

void get_total(StateLine& line, ReadState& state) {
  const SeriesKey key = get_key(line);
  Row row{};
  for (std::size_t i = 0; i < field_count(key.kind); ++i) {
    row[i] = line.number<double>();
    line.require(row[i] >= 0 && !std::isinf(row[i]));
  }
  if (line.ok()) line.require(state.totals.emplace(key, row).second);
}

void get_maximum(StateLine& line, ReadState& state) {
  Maximum maximum;
  maximum.key = get_key(line);
  maximum.minute = get_minute(line);
  maximum.field = static_cast<std::size_t>(line.number<std::uint64_t>());
  maximum.process = line.number<std::uint64_t>();
  maximum.value = line.number<double>();
  line.require(maximum.field < field_count(maximum.key.kind) && maximum.value >= 0 &&
               !std::isinf(maximum.value));
  state.maxima.push_back(std::move(maximum));
}

void get_clock(StateLine& line, ReadState& state) {
  state.closed = get_time(line);
  state.first = get_time(line);
}

void get_journal(StateLine& line, ReadState& state) { state.journal_cursor = line.word(); }

struct Entry {
  std::string_view name;
  void (*get)(StateLine& line, ReadState& state);
};
constexpr Entry kEntries[] = {
    {"clock", get_clock},     {"journal", get_journal}, {"file", get_file},       {"host", get_host},
    {"process", get_process}, {"row", get_row},         {"maximum", get_maximum}, {"total", get_total},
};

bool get_line(std::string_view text, ReadState& state) {
  StateLine line(text);
  const std::string_view name = line.raw_word();
  const auto* entry = std::find_if(std::begin(kEntries), std::end(kEntries),
                                   [&](const Entry& candidate) { return candidate.name == name; });
  if (entry == std::end(kEntries)) return false;
  entry->get(line, state);
  return line.ok() && !line.has_more();
}

}  // namespace

std::string to_text(const ReadState& state) {
  std::string out(kHeadline);
  out += "\nclock";
  put_optional(state.closed, out);
  put_optional(state.first, out);
  out += "\njournal";
  put_word(state.journal_cursor, out);
  out += '\n';
  for (const FileState& file : state.files) put_file(file, out);
  for (const HostState& host : state.hosts) {
    out += "host";
    put_word(host.name, out);
    put_optional(host.clock.last, out);
    put_optional(host.clock.newest, out);
    out += '\n';
  }
  for (const ProcessState& process : state.processes) {
    out += "process";
    put_word(process.host, out);
    put_number(process.pid, out);
    put_number(process.has_heartbeat, out);
    put_number(process.lines_read, out);
    put_number(process.lines_written, out);
    put_number(process.dropped, out);
    out += '\n';
  }
  put_rows(state.rows, out);
  put_totals(state.totals, out);
  for (const Maximum& maximum : state.maxima) put_maximum(maximum, out);
  const std::uint64_t checksum = fingerprint(out);
  fmt::format_to(std::back_inserter(out), "{}{:016x}\n", kEnd, checksum);
  return out;
}

Result<ReadState> from_text(std::string_view text) {
  const std::string_view headline = text.substr(0, text.find('\n'));
  if (headline != kHeadline) return failure("it is of another version, or no state at all");
  const std::size_t end = text.rfind(kEnd);
  if (end == std::string_view::npos || end == 0 || text[end - 1] != '\n' ||
      text.substr(end) != fmt::format("{}{:016x}\n", kEnd, fingerprint(text.substr(0, end)))) {
    return failure("it is damaged or cut: its checksum is wrong");
  }
  ReadState state;
  std::string_view rest = text.substr(headline.size() + 1, end - headline.size() - 1);
  for (std::size_t entries = 0; !rest.empty(); ++entries) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(line.size() + 1);
    if (entries >= kMaximumEntries || !get_line(line, state)) {
      return failure(fmt::format("its line {} makes no sense", entries + 2));
    }
  }
  return state;
}

}  // namespace milter_manager::maillog
