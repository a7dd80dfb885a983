// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/milter_report/model/log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cmath>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace milter_manager::report {

using statistics::State;
using statistics::Status;

WrittenLog::WrittenLog() {
  std::string pattern = (std::filesystem::temp_directory_path() / "milter-report-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp");
  directory_ = pattern;
}

WrittenLog::~WrittenLog() { std::filesystem::remove_all(directory_); }

WrittenLog& WrittenLog::line(double after, const std::string& program, const std::string& text,
                             const std::string& host) {
  const double time = kBegin + after;
  const auto whole = static_cast<std::time_t>(std::floor(time));
  text_ += fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06}+00:00 {} {}: {}\n", fmt::gmtime(whole),
                       static_cast<int>(std::lround((time - std::floor(time)) * 1e6)), host, program, text);
  return *this;
}

WrittenLog& WrittenLog::event(double after, const statistics::Event& event, const std::string& host,
                              unsigned pid) {
  std::string text = "[statistics] ";
  statistics::format(event, text);
  return line(after, fmt::format("milter-manager[{}]", pid), text, host);
}

ReadReport WrittenLog::read(std::vector<MailVisitor*> visitors, LogSelection selection) const {
  std::ofstream(path()) << text_;
  selection.paths = {path()};
  selection.now = kBegin + 1e6;
  auto report = read_mails(selection, visitors);
  if (!report) throw std::runtime_error(report.error().message);
  return *report;
}

statistics::MilterMessage verdict(Status status, const char* milter, const char* queue_id, unsigned session,
                                  unsigned number) {
  statistics::MilterMessage event;
  event.state = State::end_of_message;
  event.status = status;
  event.recipients = 1;
  event.waited = 0.5;
  event.session = session;
  event.number = number;
  event.child = session + 1;
  event.queue_id = queue_id;
  event.name = milter;
  return event;
}

statistics::MessageEnd message_end(Status status, const char* queue_id, unsigned session, unsigned number) {
  statistics::MessageEnd event;
  event.state = State::end_of_message;
  event.status = status;
  event.elapsed = 1;
  event.bytes = 1000;
  event.recipients = 1;
  event.session = session;
  event.number = number;
  event.queue_id = queue_id;
  return event;
}

}  // namespace milter_manager::report
