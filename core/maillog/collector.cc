// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/maillog/collector.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "core/maillog/local_time.h"
#include "core/maillog/minute.h"
#include "core/maillog/oldest_time.h"

namespace milter_manager::maillog {
namespace {

constexpr double kHour = 60 * 60;
constexpr double kDay = 24 * kHour;
constexpr double kNever = std::numeric_limits<double>::infinity();

// Tells how many bytes of a source have been read.
class CountedSource : public ByteSource {
 public:
  CountedSource(ByteSource& source, std::function<void(std::size_t)> count)
      : source_(source), count_(std::move(count)) {}
  Result<std::size_t> read(char* into, std::size_t size) override {
    auto read = source_.read(into, size);
    if (read) count_(*read);
    return read;
  }

 private:
  ByteSource& source_;
  std::function<void(std::size_t)> count_;
};

}  // namespace

void LinesByDay::add(std::string_view host, double time, std::uint64_t lines) {
  const std::int64_t day = local_midnight(static_cast<std::int64_t>(std::floor(time)));
  const std::pair<std::string, std::int64_t> key(host, day);
  const auto found = lines_.find(key);
  if (found != lines_.end()) {
    found->second += lines;
  } else if (lines_.size() < kMaximum) {
    lines_.emplace(key, lines);
  } else {
    lines_[{"", 0}] += lines;
  }
}

Collector::Collector(Settings settings, ReadState state, Store store)
    : settings_(std::move(settings)),
      state_(std::move(state)),
      store_(std::move(store)),
      minutes_(settings_.rules),
      stream_({settings_.program, settings_.now, settings_.maximum_samples},
              [this](const Record& record) { add(record); }),
      next_store_(settings_.maximum_rows) {
  minutes_.restore(state_.rows, state_.maxima);
  stream_.restore(state_.hosts, state_.processes);
  state_.rows.clear();
  state_.maxima.clear();
  state_.hosts.clear();
  state_.processes.clear();
}

ReadState Collector::state() const {
  ReadState state = state_;
  state.rows = minutes_.series();
  state.maxima = minutes_.maxima();
  state.hosts = stream_.host_states();
  state.processes = stream_.process_states();
  return state;
}

void Collector::add(const Record& record) {
  if (record.delivery.lost > 0) report_.lost.add(record.host, record.time, record.delivery.lost);
  const std::int64_t minute = minute_of(record.time);
  if (state_.closed && minute <= *state_.closed) {
    report_.late.add(record.host, record.time, 1);
    return;
  }
  if (record.time > settings_.now + kDay) {
    report_.future.add(record.host, record.time, 1);
    return;
  }
  if (!state_.first || minute < *state_.first) state_.first = minute;
  minutes_.add(record);

  constexpr std::size_t kRecent = 4096;
  if (++recent_ >= kRecent) {
    oldest_before_ = oldest_recent_;
    oldest_recent_ = kNever;
    recent_ = 0;
    if (minutes_.row_count() > next_store_) store_old_rows();
  }
  oldest_recent_ = std::min(oldest_recent_, record.time);
}

// In mid-run only what is an hour older than all that was read lately or is still to be read is complete for
// sure. A single
// line with a wrong time, or a host that is behind, change nothing in that.
void Collector::store_old_rows() {
  const double oldest = std::min({oldest_before_, oldest_recent_, oldest_to_come_});
  const double passed = std::min(oldest, settings_.now) - kHour;
  if (std::isfinite(passed)) {
    const std::int64_t end = minute_of(passed);
    store_before(end, LogClock{end - kMinute, end - kMinute});
  }
  next_store_ = minutes_.row_count() + settings_.maximum_rows;
}

std::optional<LogClock> Collector::close_minutes() {
  const auto clock = settings_.complete ? read_final_clock(stream_.hosts())
                                        : read_clock(stream_.hosts(), settings_.now, settings_.lateness);
  if (!clock) return clock;
  // Not `closed`: a log that is brought late goes on where it ended, however long ago that is.
  store_before(clock->alive + kMinute, *clock);
  return clock;
}

void Collector::store_before(std::int64_t end, const LogClock& clock) {
  if (state_.closed && end <= *state_.closed + kMinute) return;  // clocks may be put back
  state_.closed = end - kMinute;
  SeriesTable rows = minutes_.take_before(end);
  add_to(state_.totals, rows);
  store_(std::move(rows), clock);
}

void Collector::read(const std::vector<std::string>& paths) {
  LogPlan plan = plan_reading(paths, state_.files);
  report_.notes.insert(report_.notes.end(), plan.notes.begin(), plan.notes.end());
  report_.gaps.insert(report_.gaps.end(), plan.gaps.begin(), plan.gaps.end());
  state_.files = std::move(plan.kept);

  std::vector<std::pair<double, LogPiece*>> order;
  std::uint64_t total = 0;
  for (LogPiece& piece : plan.pieces) {
    double time = plan.pieces.size() > 1 ? first_time(piece).value_or(-kNever) : 0;
    // Those of one log stay in their order, though a file may begin with a line that is older than the last
    // before it.
    const bool goes_on = !order.empty() && order.back().second->from.path == piece.from.path;
    if (goes_on) time = std::max(time, order.back().first);
    order.emplace_back(time, &piece);
    total += piece.file.identity().size;
  }
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  const auto tell = [&](std::uint64_t done) {
    if (settings_.progress) settings_.progress(done, total);
  };
  std::uint64_t done = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    oldest_to_come_ = i + 1 < order.size() ? order[i + 1].first : kNever;
    oldest_before_ = oldest_recent_ = kNever;
    recent_ = 0;
    LogPiece& piece = *order[i].second;
    const std::uint64_t size = piece.file.identity().size;
    std::uint64_t in_piece = piece.file.is_packed() ? 0 : piece.from.offset;
    read(piece, [&](std::size_t count) {
      report_.bytes += count;
      in_piece += count;
      tell(done + std::min(in_piece, size));
    });
    done += size;
  }
  tell(total);
  // The plan's order: those of one log, oldest first.
  for (LogPiece& piece : plan.pieces) {
    if (piece.keep) state_.files.push_back(std::move(piece.from));
  }
}

// The time of the first lines that are new. None where there are none.
std::optional<double> Collector::first_time(const LogPiece& piece) const {
  if (!piece.file.is_regular() || (piece.from.offset > 0 && piece.file.is_untouched(piece.from))) {
    return std::nullopt;
  }
  auto source = piece.from.offset > 0 ? piece.file.resume(piece.from) : piece.file.begin();
  if (!source || *source == nullptr) return std::nullopt;
  return oldest_time(**source, settings_.now);
}

Result<std::unique_ptr<TrackedSource>> Collector::open(LogPiece& piece) {
  if (piece.from.offset == 0) return piece.file.begin();
  if (!piece.file.is_regular()) return piece.file.resume_stream(piece.from);
  auto source = piece.file.resume(piece.from);
  if (!source || *source != nullptr) return source;
  report_.gaps.push_back(piece.file.path() +
                         ": was changed while it was looked at; it is read from its beginning");
  piece.from.offset = 0;
  piece.from.in_line = false;
  return piece.file.begin();
}

void Collector::read(LogPiece& piece, const std::function<void(std::size_t)>& count) {
  const FileState& now = piece.file.identity();
  if (piece.file.is_packed() && piece.from.offset > 0 && piece.file.is_untouched(piece.from)) return;
  auto source = open(piece);
  if (!source) {
    report_.failures.push_back(source.error().message);
    return;
  }
  constexpr double kNanoseconds = 1e9;
  const bool is_old = settings_.now - static_cast<double>(now.modified) / kNanoseconds > kHour;
  const auto last_line =
      piece.may_grow && !is_old && !settings_.complete ? Stream::LastLine::leave : Stream::LastLine::take;
  CountedSource counted(**source, count);
  const Stream::Progress progress =
      stream_.read_on(counted, piece.file.path(), last_line, piece.from.in_line);
  if (progress.error) report_.failures.push_back(progress.error->message);
  (*source)->describe(piece.from.offset + progress.done, piece.from);
  piece.from.in_line = progress.in_line;
  piece.from.device = now.device;
  piece.from.inode = now.inode;
  piece.from.size = now.size;
  piece.from.modified = now.modified;
}

}  // namespace milter_manager::maillog
