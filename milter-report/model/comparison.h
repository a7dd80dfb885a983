// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "milter-report/model/bounds.h"
#include "milter-report/model/mails.h"
#include "milter-report/model/names.h"

namespace milter_manager::report {

// One of two parts of a log that are compared: a period, the mails of a host, the mails in one group of a milter's trial.
struct Side {
  std::optional<double> since, until;  // Unix seconds: [since, until)
  std::string host;                    // "": any
  std::optional<statistics::Group> group;
  std::string milter;  // whose group
};

// A figure of both sides and their difference.
struct ComparedFigure {
  enum class Kind : std::uint8_t {
    share,  // of mails or recipients
    mean,   // seconds or bytes
    rate,   // an hour
  };
  std::string key;     // "rejected"
  std::string milter;  // "": of the mails in all
  Kind kind = Kind::share;
  double a = 0, b = 0;
  double of_a = 0, of_b = 0;  // how many mails (recipients, hours) that is of
  double change = 0;          // b − a
  Bounds bounds;              // of the change, 95 %
  bool known = false;         // whether there is enough for bounds: at least two hours on each side
  // The change is more than what two parts of the same traffic differ by in 19 of 20 cases.
  bool is_more_than_chance() const { return known && !bounds.contains(0); }
};

// Compares two sides. Mails that come in one hour are more alike than those of two (a wave of spam, a broken milter), so
// hours are what is counted, and not mails:
//
//   share  Σ hits / Σ mails; bounds by Wilson of as many independent mails as tell as much (clustered.h), clusters being hours;
//          those of the difference by Newcombe (proportion.h)
//   mean   Σ sum / Σ mails = m; variance G / (G−1) · Σ (sum(h) − m mails(h))² / (Σ mails)² over the G hours; difference with
//          Welch's t
//   rate   mails of all hours / hours, those without mails too; its variance is that of the hours' counts; Welch's t.
//          Hours count from the side's beginning, and only whole ones that the log can tell of: of a period those from
//          the log's first record to its last (each ± 300 s), of hosts and groups from their first mail to their last.
//
// Memory: some 100 bytes for each milter and hour.
class Comparison : public MailVisitor {
 public:
  static constexpr std::size_t kMaximumHours = 100'000;

  Comparison(Side a, Side b);

  void event(const maillog::Record& record) override;
  void message(const Message& message) override;

  // From when to when there are records, also outside what this was told: hours outside are nobody's. Without it what
  // it was told counts.
  void set_log(std::optional<double> first, std::optional<double> last);
  // Where a period begins before the log, or ends behind it: the time of the log's first record (its last).
  std::optional<double> begins_late() const;
  std::optional<double> ends_early() const;

  // Of messages where there are any, else of connections. Figures that are 0 on both sides are left out.
  std::vector<ComparedFigure> figures() const;
  // Messages, where there are any, else connections.
  std::uint64_t mails_of_a() const { return mails(sides_[0]); }
  std::uint64_t mails_of_b() const { return mails(sides_[1]); }
  bool is_of_messages() const { return sides_[0].messages + sides_[1].messages > 0; }

 private:
  struct Sum {
    double hits = 0;
    double of = 0;
  };
  struct FigureKey {
    std::uint16_t figure = 0;  // index into the table in comparison.cc
    std::uint32_t milter = 0;
    auto operator<=>(const FigureKey&) const = default;
  };
  using Hours = std::map<std::int64_t, Sum>;
  struct Counts {
    Side side;
    std::map<FigureKey, Hours> figures;
    std::uint64_t messages = 0;
    std::uint64_t connections = 0;
    std::optional<double> first, last;
  };

  std::uint64_t mails(const Counts& side) const {
    return is_of_messages() ? side.messages : side.connections;
  }
  bool is_of(const Side& side, double time, std::string_view host) const;
  bool is_in_group(const Side& side, const Message& message) const;
  void count(Counts& counts, const Message& message);
  void add(Counts& counts, std::uint16_t figure, std::uint32_t milter, double time, double hits, double of);
  void see(Counts& counts, double time);
  ComparedFigure compare(const FigureKey& key) const;
  struct Hourly {
    std::vector<double> counts;  // of whole hours
    double mean = 0;             // an hour: of these, or where there is no whole one of what there is
  };
  Hourly hourly(const Counts& counts, const Hours& hours) const;

  Counts sides_[2];
  std::optional<double> log_first_, log_last_;
  Names milters_{kMaximumMilters};
};

}  // namespace milter_manager::report
