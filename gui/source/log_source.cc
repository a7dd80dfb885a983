// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/source/log_source.h"

#include <QDateTime>
#include <QElapsedTimer>
#include <QFileInfo>
#include <atomic>
#include <mutex>
#include <optional>

#include "core/maillog/installed_rules.h"
#include "gui/source/log_rows.h"
#include "gui/source/tuning_of_logs.h"

namespace milter_manager::gui {

// What questions share, and what outlives the source while one of them still reads.
struct LogSource::Logs {
  std::vector<std::string> paths;
  Clock now;
  std::atomic<int> readers{0};

  using Rows = std::shared_ptr<const LogReading>;
  Result<Rows> rows();
  Result<std::shared_ptr<const maillog::ReportRules>> rules();

 private:
  // So long what was read, or the trouble with it, is taken as it is.
  static constexpr qint64 kFresh = 10'000;  // milliseconds

  qint64 bytes() const;

  std::mutex mutex_;
  std::optional<Result<Rows>> last_;
  QElapsedTimer since_;
  qint64 bytes_ = 0;
  std::mutex rules_mutex_;
  std::shared_ptr<const maillog::ReportRules> rules_;
};

namespace {

double system_clock() { return static_cast<double>(QDateTime::currentMSecsSinceEpoch()) / 1000; }

// Counts who reads, for the status bar.
class Reading {
 public:
  explicit Reading(std::atomic<int>& readers) : readers_(readers) { ++readers_; }
  ~Reading() { --readers_; }
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;

 private:
  std::atomic<int>& readers_;
};

}  // namespace

qint64 LogSource::Logs::bytes() const {
  qint64 sum = 0;
  for (const std::string& path : paths) sum += QFileInfo(QString::fromStdString(path)).size();
  return sum;
}

Result<std::shared_ptr<const maillog::ReportRules>> LogSource::Logs::rules() {
  const std::lock_guard lock(rules_mutex_);
  if (!rules_) {
    auto loaded = maillog::load_rules({});
    if (!loaded) return tl::unexpected(loaded.error());
    rules_ = std::make_shared<const maillog::ReportRules>(std::move(*loaded));
  }
  return rules_;
}

Result<LogSource::Logs::Rows> LogSource::Logs::rows() {
  const std::lock_guard lock(mutex_);
  if (last_ && (since_.elapsed() < kFresh || (*last_ && bytes() == bytes_))) return *last_;
  const Reading reading(readers);
  bytes_ = bytes();
  const auto known = rules();
  if (!known) return tl::unexpected(known.error());
  auto read = read_logs(paths, **known, now());
  last_ = read ? Result<Rows>(std::make_shared<const LogReading>(std::move(*read)))
               : tl::unexpected(read.error());
  since_.start();
  return *last_;
}

LogSource::LogSource(Place place, Clock clock, QObject* parent)
    : Source(std::move(place), parent), logs_(std::make_shared<Logs>()) {
  logs_->now = clock ? std::move(clock) : &system_clock;
  for (const QString& path : this->place().paths) logs_->paths.push_back(path.toStdString());
  connect(&timer_, &QTimer::timeout, this, &LogSource::tell);
  timer_.start(std::chrono::milliseconds(300));
}

void LogSource::tell() {
  const bool is_reading = logs_->readers > 0;
  if (is_reading == told_) return;
  told_ = is_reading;
  emit progress(is_reading ? tr("Reading %n log file(s) …", nullptr, static_cast<int>(logs_->paths.size()))
                           : QString());
}

QFuture<Result<Contents>> LogSource::contents() {
  return readings_.start<Contents>([logs = logs_](const IsCancelled&) -> Result<Contents> {
    const auto rows = logs->rows();
    if (!rows) return tl::unexpected(rows.error());
    const std::chrono::sys_seconds now(std::chrono::seconds(static_cast<std::int64_t>(logs->now())));
    Contents contents = (*rows)->rows.contents(now + kFuture);
    contents.failures = (*rows)->failures;
    if (!contents.first)
      contents.failures.push_back(tr("There is no event of milter-manager in the log.").toStdString());
    return contents;
  });
}

QFuture<Result<Overview>> LogSource::overview(const std::string& host, const Period& period) {
  return readings_.start<Overview>([logs = logs_, host, period](const IsCancelled&) -> Result<Overview> {
    const auto rows = logs->rows();
    if (!rows) return tl::unexpected(rows.error());
    return (*rows)->rows.overview(host, period);
  });
}

QFuture<Result<ChartData>> LogSource::charts(const ChartQuery& query) {
  return readings_.start<ChartData>([logs = logs_, query](const IsCancelled&) -> Result<ChartData> {
    if (query.period.to <= query.period.from) return failure("The period ends before it begins.");
    const auto rows = logs->rows();
    if (!rows) return tl::unexpected(rows.error());
    return (*rows)->rows.chart(query);
  });
}

QFuture<Result<WorkersMaterial>> LogSource::workers(const Period& period, const std::string& milter) {
  return readings_.start<WorkersMaterial>(
      [logs = logs_, period, milter](const IsCancelled&) -> Result<WorkersMaterial> {
        const Reading reading(logs->readers);
        const auto rules = logs->rules();
        if (!rules) return tl::unexpected(rules.error());
        return workers_of_logs({logs->paths, period, logs->now(), rules->get()}, milter);
      });
}

QFuture<Result<GreylistMaterial>> LogSource::greylist(const Period& period, const std::string& milter) {
  return readings_.start<GreylistMaterial>(
      [logs = logs_, period, milter](const IsCancelled&) -> Result<GreylistMaterial> {
        const Reading reading(logs->readers);
        const auto rules = logs->rules();
        if (!rules) return tl::unexpected(rules.error());
        return greylist_of_logs({logs->paths, period, logs->now(), rules->get()}, milter);
      });
}

QFuture<Result<EvaluationMaterial>> LogSource::evaluation(const Period& period) {
  return readings_.start<EvaluationMaterial>(
      [logs = logs_, period](const IsCancelled&) -> Result<EvaluationMaterial> {
        const Reading reading(logs->readers);
        const auto rules = logs->rules();
        if (!rules) return tl::unexpected(rules.error());
        return evaluation_of_logs({logs->paths, period, logs->now(), rules->get()});
      });
}

}  // namespace milter_manager::gui
