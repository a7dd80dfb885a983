// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/maillog/journal_export.h"

#include <algorithm>

namespace milter_manager::maillog {
namespace {

// The longest value that journald takes.
constexpr std::uint64_t kLongest = 768ULL * 1024 * 1024;

// "Only A-Z, 0-9 and _", and no digit at the beginning.
bool is_name(std::string_view name) {
  if (name.empty() || (name.front() >= '0' && name.front() <= '9')) return false;
  return std::all_of(name.begin(), name.end(), [](char byte) {
    return (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') || byte == '_';
  });
}

}  // namespace

bool JournalExport::is_field(std::string_view first_line) {
  return is_name(first_line.substr(0, first_line.find('=')));
}

JournalExport::Outcome JournalExport::next(JournalEntry& entry) {
  Line line;
  // Empty lines between entries may be several.
  do {
    if (!lines_.next(line)) return Outcome::end;
  } while (line.text.empty() && line.terminated);
  return next(line, entry);
}

JournalExport::Outcome JournalExport::next(Line first, JournalEntry& entry) {
  entry.clear();
  for (Line line = first;;) {
    switch (take(line, entry)) {
      case Step::field:
        break;
      case Step::done:
        return Outcome::entry;
      case Step::malformed:
        return skip_entry();
      case Step::unfinished:
        return Outcome::unfinished;
    }
    if (!lines_.next(line)) return Outcome::unfinished;
  }
}

JournalExport::Step JournalExport::take(const Line& line, JournalEntry& entry) {
  if (!line.terminated) return Step::unfinished;
  if (line.text.empty()) return Step::done;
  const std::size_t name_end = line.text.find('=');
  const std::string_view name = line.text.substr(0, name_end);
  if (!is_name(name)) return Step::malformed;
  if (name_end != std::string_view::npos) {
    if (JournalEntry::wants(name)) entry.set(name, line.text.substr(name_end + 1));
    return Step::field;
  }
  name_ = name;
  value_.clear();
  constexpr std::size_t kLength = 8;
  if (!lines_.read_bytes(kLength, kLength, value_)) return Step::unfinished;
  std::uint64_t length = 0;
  for (std::size_t i = kLength; i-- > 0;) length = length << 8 | static_cast<unsigned char>(value_[i]);
  if (length > kLongest) return Step::malformed;
  const bool wanted = JournalEntry::wants(name_);
  value_.clear();
  if (!lines_.read_bytes(length, wanted ? kMaximumValue : 0, value_)) return Step::unfinished;
  Line end;
  if (!lines_.next(end) || !end.terminated) return Step::unfinished;
  if (!end.text.empty()) return Step::malformed;
  if (wanted) entry.set(name_, value_);
  return Step::field;
}

JournalExport::Outcome JournalExport::skip_entry() {
  Line line;
  do {
    if (!lines_.next(line) || !line.terminated) return Outcome::unfinished;
  } while (!line.text.empty());
  return Outcome::malformed;
}

}  // namespace milter_manager::maillog
