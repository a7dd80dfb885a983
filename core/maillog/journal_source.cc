// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/maillog/journal_source.h"

#ifdef MILTER_MANAGER_WITH_SYSTEMD

#include <fmt/format.h>
#include <systemd/sd-journal.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>

namespace milter_manager::maillog {
namespace {

struct Close {
  void operator()(sd_journal* journal) const { ::sd_journal_close(journal); }
};
using Journal = std::unique_ptr<sd_journal, Close>;

tl::unexpected<Error> failed(const char* what, int error) {
  return failure(fmt::format("the journal cannot be {}: {}", what, std::strerror(-error)));
}

Result<Journal> open_journal(const std::string& directory) {
  sd_journal* journal = nullptr;
  const int status = directory.empty() ? ::sd_journal_open(&journal, 0)
                                       : ::sd_journal_open_directory(&journal, directory.c_str(), 0);
  if (status < 0) return failed("opened", status);
  return Journal(journal);
}

int add_matches(sd_journal* journal, const std::string& program) {
  constexpr std::size_t kLongestCommand = 15;  // of the kernel's names of processes
  const std::string by_sender = "SYSLOG_IDENTIFIER=" + program;
  const std::string by_name = "_COMM=" + program.substr(0, kLongestCommand);
  int status = ::sd_journal_add_match(journal, by_sender.data(), by_sender.size());
  if (status >= 0) status = ::sd_journal_add_disjunction(journal);
  if (status >= 0) status = ::sd_journal_add_match(journal, by_name.data(), by_name.size());
  return status;
}

std::string cursor_of(sd_journal* journal) {
  char* text = nullptr;
  if (::sd_journal_get_cursor(journal, &text) < 0) return {};
  const std::unique_ptr<char, decltype(&std::free)> owner(text, &std::free);
  return text;
}

void read_entry(sd_journal* journal, JournalEntry& entry) {
  entry.clear();
  std::uint64_t microseconds = 0;
  if (::sd_journal_get_realtime_usec(journal, &microseconds) >= 0) {
    entry.set("__REALTIME_TIMESTAMP", std::to_string(microseconds));
  }
  for (const char* const name : {"_SOURCE_REALTIME_TIMESTAMP", "_HOSTNAME", "SYSLOG_IDENTIFIER", "_COMM",
                                 "SYSLOG_PID", "_PID", "MESSAGE"}) {
    const void* bytes = nullptr;
    std::size_t size = 0;
    if (::sd_journal_get_data(journal, name, &bytes, &size) < 0) continue;
    const std::string_view field(static_cast<const char*>(bytes), size);
    entry.set(name, field.substr(std::strlen(name) + 1));  // "NAME=VALUE"
  }
}

// Moves to the first entry that is new. Returns as sd_journal_next() does: 1, 0 at the end, an error.
int go_to_first(sd_journal* journal, Collector& collector) {
  const std::string& cursor = collector.journal_cursor();
  if (cursor.empty()) return ::sd_journal_next(journal);
  const int found = ::sd_journal_seek_cursor(journal, cursor.c_str());
  const int status = found < 0 ? found : ::sd_journal_next(journal);
  if (status > 0 && ::sd_journal_test_cursor(journal, cursor.c_str()) > 0) return ::sd_journal_next(journal);
  collector.report().gaps.push_back(
      "the journal no longer holds the entry that was read last: entries that came after it may be missing");
  collector.set_journal_cursor({});
  if (status > 0) return status;
  const int rewound = ::sd_journal_seek_head(journal);
  return rewound < 0 ? rewound : ::sd_journal_next(journal);
}

// Returns whether there is any entry.
bool move_clock_to_newest(sd_journal* journal, JournalEntry& entry, Collector& collector) {
  ::sd_journal_flush_matches(journal);
  if (::sd_journal_seek_tail(journal) < 0 || ::sd_journal_previous(journal) <= 0) return false;
  read_entry(journal, entry);
  if (!entry.host.empty() && entry.microseconds != 0) collector.move_clock(entry.host, entry.microseconds);
  return true;
}

}  // namespace

bool can_read_journal() { return true; }

Result<void> read_journal(const std::string& directory, const std::string& program, Collector& collector) {
  auto opened = open_journal(directory);
  if (!opened) return tl::unexpected(opened.error());
  sd_journal* const journal = opened->get();
  if (const int status = add_matches(journal, program); status < 0) return failed("searched", status);
  JournalEntry entry;
  std::string cursor;
  int status = go_to_first(journal, collector);
  for (; status > 0; status = ::sd_journal_next(journal)) {
    read_entry(journal, entry);
    collector.take(entry);
    cursor = cursor_of(journal);
  }
  if (!cursor.empty()) collector.set_journal_cursor(std::move(cursor));
  if (status < 0) return failed("read", status);
  if (!move_clock_to_newest(journal, entry, collector)) {
    // Files that this user may not read are no error to libsystemd.
    collector.report().failures.push_back(
        "the journal has no entry that can be read: root may read the system's, and members of the group "
        "systemd-journal");
  }
  return {};
}

}  // namespace milter_manager::maillog

#else

namespace milter_manager::maillog {

bool can_read_journal() { return false; }

Result<void> read_journal(const std::string&, const std::string&, Collector&) {
  return failure("this build cannot read the journal: it was made without libsystemd");
}

}  // namespace milter_manager::maillog

#endif
