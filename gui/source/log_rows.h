// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/maillog/minutes.h"
#include "core/maillog/report_rules.h"
#include "core/result.h"
#include "gui/source/row_store.h"
#include "milter-report/model/mails.h"

namespace milter_manager::gui {

// What a log's events come to, minute by minute and host by host. Hosts beyond kMaximumHosts are one, named "…".
class LogRows final : public report::MailVisitor {
 public:
  static constexpr std::size_t kMaximumHosts = 64;
  static constexpr std::size_t kMost = 200'000;

  // `rules` must outlive it. `most`: of minutes' rows that are still open, since lines may come late; more are closed, whatever times the
  // log has.
  explicit LogRows(const maillog::ReportRules& rules, std::size_t most = kMost)
      : rules_(rules), most_(most) {}

  void event(const maillog::Record& record) override;
  // All rows. To be called once, at the end.
  RowStore finish();
  // How many are open.
  std::size_t open_rows() const;

 private:
  maillog::Minutes& minutes(std::string_view host);
  void store_before(std::int64_t minute);
  void store(const std::string& host, const maillog::SeriesTable& table);

  const maillog::ReportRules& rules_;
  std::size_t most_;
  RowStore store_{std::chrono::seconds(60)};
  std::map<std::string, std::unique_ptr<maillog::Minutes>, std::less<>> hosts_;
  std::int64_t stored_before_ = 0;     // Unix seconds
  std::int64_t first_ = 0, last_ = 0;  // minutes with an event, Unix seconds
  std::int64_t alive_ = 0;             // the newest that is marked
  bool has_heartbeats_ = false;
};

// Reads logs whole. `rows` gets what they hold; the result is what could not be read, a sentence each. Error: no log could be read.
struct LogReading {
  RowStore rows{std::chrono::seconds(60)};
  std::vector<std::string> failures;
};
Result<LogReading> read_logs(const std::vector<std::string>& paths, const maillog::ReportRules& rules,
                             double now);

}  // namespace milter_manager::gui
