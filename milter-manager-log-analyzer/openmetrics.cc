// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-manager-log-analyzer/openmetrics.h"

#include <fmt/format.h>

#include <cmath>
#include <set>

#include "core/archive/working_copy.h"
#include "milter-manager-log-analyzer/file_replacement.h"
#include "milter-manager-log-analyzer/metric_table.h"

namespace milter_manager::log_analyzer {
namespace {

constexpr std::int64_t kMinute = 60;
constexpr std::int64_t kLongestFilledGap = 60 * kMinute;

// The minutes that get a sample, in order: those with events, and those between.
class Minutes {
 public:
  explicit Minutes(const std::vector<std::int64_t>& eventful) : eventful_(eventful) {}

  bool next() {
    if (at_ >= eventful_.size()) return false;
    const std::int64_t goal = eventful_[at_];
    if (at_ == 0 || current_ + kMinute >= goal || (!in_gap_ && goal - current_ > kLongestFilledGap)) {
      // The last minute of a long gap, then the minute behind it.
      in_gap_ = at_ > 0 && current_ + kMinute < goal;
      current_ = in_gap_ ? goal - kMinute : goal;
      if (!in_gap_) ++at_;
    } else {
      current_ += kMinute;
    }
    return true;
  }
  std::int64_t current() const { return current_; }
  // Samples are of a minute's end.
  std::int64_t stamp() const { return current_ + kMinute; }

 private:
  const std::vector<std::int64_t>& eventful_;
  std::size_t at_ = 0;
  std::int64_t current_ = 0;
  bool in_gap_ = false;
};

class Writer {
 public:
  Writer(FileReplacement& file, RowSpool& spool, const maillog::SeriesTotals& before)
      : file_(file), spool_(spool), before_(before) {
    for (const auto& [key, row] : before) keys_.insert(key);
    for (const auto& key : spool.keys()) keys_.insert(key);
  }

  void write() {
    for (const MetricFamily& family : metric_families()) {
      bool has_head = false;
      for (const maillog::SeriesKey& key : keys_) {
        for (const MetricField& field : family.fields) {
          if (field.kind == key.kind) write_series(family, field, key, has_head);
        }
      }
    }
    file_.write("# EOF\n");
  }

 private:
  void write_series(const MetricFamily& family, const MetricField& field, const maillog::SeriesKey& key,
                    bool& has_head) {
    text_.clear();
    const bool is_counter = family.type == MetricType::counter;
    name_ = fmt::format("{}{}{}", family.name, is_counter ? "_total" : "", labels_of(field, key));
    if (!has_head) text_ = head_of(family, family.name);
    has_sample_ = false;
    if (is_counter) {
      write_counter(field, key);
    } else {
      write_gauge(field, key);
    }
    if (has_sample_) file_.write(text_);
    has_head = has_head || has_sample_;
  }

  void write_counter(const MetricField& field, const maillog::SeriesKey& key) {
    const auto found = before_.find(key);
    const double base = found == before_.end() ? 0 : found->second[field.field];
    if (base == 0 && !ever_counts(field, key)) return;
    double sum = base;
    auto rows = spool_.read(key);
    auto row = rows.next();
    bool is_first = true;
    for (Minutes minutes(spool_.minutes()); minutes.next();) {
      if (is_first) put(sum, minutes.current());
      is_first = false;
      if (row && row->first == minutes.current()) {
        sum += std::isnan(row->second[field.field]) ? 0 : row->second[field.field];
        row = rows.next();
      }
      put(sum, minutes.stamp());
    }
  }

  bool ever_counts(const MetricField& field, const maillog::SeriesKey& key) {
    auto rows = spool_.read(key);
    while (const auto row = rows.next()) {
      if (row->second[field.field] > 0) return true;
    }
    return false;
  }

  void write_gauge(const MetricField& field, const maillog::SeriesKey& key) {
    auto rows = spool_.read(key);
    while (const auto row = rows.next()) {
      if (!std::isnan(row->second[field.field])) put(row->second[field.field], row->first + kMinute);
    }
  }

  void put(double value, std::int64_t stamp) {
    constexpr std::size_t kPiece = 1 << 16;
    fmt::format_to(std::back_inserter(text_), "{} {} {}\n", name_, value, stamp);
    has_sample_ = true;
    if (text_.size() < kPiece) return;
    file_.write(text_);
    text_.clear();
  }

  FileReplacement& file_;
  RowSpool& spool_;
  const maillog::SeriesTotals& before_;
  std::set<maillog::SeriesKey> keys_;
  std::string name_;  // with labels
  std::string text_;
  bool has_sample_ = false;
};

}  // namespace

Result<void> write_openmetrics(const std::string& path, RowSpool& spool,
                               const maillog::SeriesTotals& before) {
  auto file = FileReplacement::open(archive::file_behind(path));
  if (!file) return tl::unexpected(file.error());
  Writer(*file, spool, before).write();
  if (!spool.ok())
    return failure(fmt::format("cannot write {}: the rows of this run cannot be read again", path));
  return file->commit();
}

}  // namespace milter_manager::log_analyzer
