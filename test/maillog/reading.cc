// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/maillog/reading.h"

#include <fmt/format.h>

#include <cstdlib>
#include <ctime>

namespace milter_manager::maillog {

std::string as_text(const Record& record) {
  std::string event;
  statistics::format(record.event, event);
  return fmt::format("{} {} {} {}", record.time, record.host, record.pid, event);
}

std::vector<std::string> records_of(std::string_view log, double now, LineCounts* counts,
                                    std::vector<Sample>* samples) {
  std::vector<std::string> records;
  Stream::Settings settings;
  settings.now = now;
  Stream stream(settings, [&](const Record& record) { records.push_back(as_text(record)); });
  MemorySource source{std::string(log)};
  const auto done = stream.read(source, "maillog");
  if (!done) records.push_back(done.error().message);
  if (counts != nullptr) *counts = stream.counts();
  if (samples != nullptr) *samples = stream.samples();
  return records;
}

ScopedTimeZone::ScopedTimeZone(const char* name) {
  const char* const former = std::getenv("TZ");
  was_set_ = former != nullptr;
  if (was_set_) former_ = former;
  ::setenv("TZ", name, 1);
  ::tzset();
}

ScopedTimeZone::~ScopedTimeZone() {
  if (was_set_) {
    ::setenv("TZ", former_.c_str(), 1);
  } else {
    ::unsetenv("TZ");
  }
  ::tzset();
}

}  // namespace milter_manager::maillog
