// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "milter-report/model/mails.h"

namespace milter_manager::report {

// Passes on to another visitor what is in [since, until): several periods of a log in one pass. Wants no lines of other
// programs.
class PeriodFilter : public MailVisitor {
 public:
  PeriodFilter(MailVisitor& visitor, double since, double until)
      : visitor_(visitor), since_(since), until_(until) {}

  void event(const maillog::Record& record) override {
    if (is_in(record.time)) visitor_.event(record);
  }
  void header(const maillog::Record& record, std::span<const maillog::ReportHit> hits) override {
    if (is_in(record.time)) visitor_.header(record, hits);
  }
  void message(const Message& message) override {
    if (is_in(message.time)) visitor_.message(message);
  }

 private:
  bool is_in(double time) const { return time >= since_ && time < until_; }

  MailVisitor& visitor_;
  double since_, until_;
};

}  // namespace milter_manager::report
