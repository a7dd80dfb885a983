// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/statistics/event.h"
#include "milter-report/model/mails.h"

namespace milter_manager::report {

// 2026-09-14 00:00:00 UTC.
inline constexpr double kBegin = 1789344000;

// A log that is written line by line to a file of its own, which is removed with it.
class WrittenLog {
 public:
  WrittenLog();
  ~WrittenLog();
  WrittenLog(const WrittenLog&) = delete;
  WrittenLog& operator=(const WrittenLog&) = delete;

  // `after`: seconds since kBegin.
  WrittenLog& line(double after, const std::string& program, const std::string& text,
                   const std::string& host = "mail");
  WrittenLog& event(double after, const statistics::Event& event, const std::string& host = "mail",
                    unsigned pid = 812);

  // Reads it all.
  ReadReport read(std::vector<MailVisitor*> visitors, LogSelection selection = {}) const;
  std::string path() const { return directory_ + "/mail.log"; }

 private:
  std::string directory_;
  std::string text_;
};

// A milter's line and the message's, for a message of one milter.
statistics::MilterMessage verdict(statistics::Status status, const char* milter, const char* queue_id,
                                  unsigned session, unsigned number = 1);
statistics::MessageEnd message_end(statistics::Status status, const char* queue_id, unsigned session,
                                   unsigned number = 1);

}  // namespace milter_manager::report
