// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/digest_command.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <ctime>

#include "core/maillog/local_time.h"
#include "milter-report/compare_document.h"
#include "milter-report/model/period_filter.h"
#include "milter-report/output.h"
#include "milter-report/render.h"
#include "milter-report/summary_document.h"

namespace milter_manager::report {
namespace {

std::string day_of(double time) { return shown(number(time, Unit::time)).substr(0, 10); }

// The beginning of the day that is `days` days from the one that begins at `midnight`.
double day_from(std::int64_t midnight, int days) {
  constexpr std::int64_t kDay = 86400;
  return static_cast<double>(maillog::local_midnight(midnight + days * kDay + kDay / 2));
}

class DigestCommand : public Command {
 public:
  std::string_view name() const override { return "digest"; }
  std::string_view description() const override {
    return "The last seven days, and what has changed since the seven before: a mail for cron to send.";
  }
  bool has_document() const override { return false; }

  void declare(CLI::App& app) override {
    app.add_option("--to", to_,
                   "Write a whole mail to this address, for 'sendmail -t'; without it the text alone.")
        ->type_name("ADDRESS")
        ->check([](const std::string& address) {
          const bool fit = !address.empty() && std::none_of(address.begin(), address.end(), [](char byte) {
            return static_cast<unsigned char>(byte) <= ' ' || byte == '\x7f';
          });
          return std::string(fit ? "" : "that is no address");
        });
    logs_.declare(app);
  }

  Outcome run(double now) override {
    auto selection = logs_.selection(now);
    if (!selection) return failed(selection.error().message);
    if (selection->since)
      return failed("digest is of the seven days before --until (or today): --since has no meaning for it");
    const double moment = selection->until.value_or(now);
    const std::int64_t end = maillog::local_midnight(static_cast<std::int64_t>(moment));
    const double until = day_from(end, 0), week = day_from(end, -7), before = day_from(end, -14);
    selection->since = before;
    selection->until = until;
    SummaryCounter summary(logs_.rules());
    PeriodFilter of_week(summary, week, until);
    Comparison comparison({before, week, {}, {}, {}}, {week, until, {}, {}, {}});
    MailVisitor* const visitors[] = {&of_week, &comparison};
    const auto report = read_mails(*selection, visitors);
    if (!report) return failed(report.error().message);
    if (const auto nothing = nothing_to_report(*selection, *report, false)) return failed(*nothing);
    comparison.set_log(report->log_first, report->log_last);
    return write(summary.finish(), comparison, *selection, *report, {week, until, now});
  }

 private:
  struct Times {
    double week, until, now;
  };

  Outcome write(const Summary& summary, const Comparison& comparison, const LogSelection& selection,
                const ReadReport& report, const Times& times) const {
    Document document;
    document.command = "digest";
    document.title = fmt::format("milter manager: {} to {}", day_of(times.week), day_of(times.until - 1));
    describe_reading(selection, report, document);
    Section& changes = document.sections.emplace_back();
    changes.heading = "What has changed since the week before";
    if (comparison.mails_of_a() == 0) {
      changes.paragraphs.emplace_back("The log does not reach back to the week before.");
    } else {
      add_clipping(comparison, document);
      changes.conclusions = differences_in_words(comparison.figures());
    }
    add_summary(summary, report, logs_.rules(), document);
    Section& week = document.sections.back();
    week.heading = "The week";
    std::erase_if(week.tables, [](const Table& table) {
      return table.id == "verdicts" || table.id == "connections" || table.rows.empty();
    });
    Outcome outcome;
    const auto written = put_out(head(document.title, times.now) + render_text(document));
    if (!written) return failed(written.error().message);
    return outcome;
  }

  std::string head(const std::string& subject, double now) const {
    if (to_.empty()) return "";
    const auto time = static_cast<std::time_t>(now);
    std::tm local{};
    ::localtime_r(&time, &local);
    return fmt::format(
        "To: {}\nSubject: {}\nDate: {:%a, %d %b %Y %H:%M:%S %z}\nAuto-Submitted: "
        "auto-generated\nMIME-Version: 1.0\n"
        "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n",
        to_, subject, local);
  }

  LogOptions logs_;
  std::string to_;
};

}  // namespace

std::unique_ptr<Command> make_digest_command() { return std::make_unique<DigestCommand>(); }

}  // namespace milter_manager::report
