// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/source/archive_source.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "gui/source/answer.h"
#include "gui/source/tuning_of_archives.h"

namespace milter_manager::gui {
namespace {

// When a name in the folder, or in a folder in it, was last put in place.
qint64 newest_change(const std::string& path) {
  std::error_code error;
  const auto changed = [&](const std::filesystem::path& folder) {
    const auto time = std::filesystem::last_write_time(folder, error);
    return error ? qint64{0} : static_cast<qint64>(time.time_since_epoch().count());
  };
  qint64 newest = changed(path);
  std::size_t looked_at = 0;
  std::filesystem::directory_iterator file(path, error);
  for (; !error && file != std::filesystem::directory_iterator() && looked_at < kMaximumHosts;
       file.increment(error)) {
    std::error_code unknown;
    if (!file->is_directory(unknown)) continue;
    newest = std::max(newest, changed(file->path()));
    ++looked_at;
  }
  return newest;
}

}  // namespace

ArchiveSource::ArchiveSource(Place place, Find find, QObject* parent)
    : Source(std::move(place), parent), find_(std::move(find)) {}

// The work gets the folder, listed.
template <typename T, typename Work>
QFuture<Result<T>> ArchiveSource::ask(Work work) {
  return readings_.start<T>(
      [find = find_, work = std::move(work)](const IsCancelled& is_cancelled) -> Result<T> {
        const auto path = find(is_cancelled);
        if (!path) return tl::unexpected(path.error());
        const auto folder = list_archives(*path);
        if (!folder) return tl::unexpected(folder.error());
        return work(*folder, is_cancelled);
      });
}

QFuture<Result<Contents>> ArchiveSource::contents() {
  return ask<Contents>([](const ArchiveFolder& folder, const IsCancelled& is_cancelled) {
    return Result<Contents>(contents_of(folder, is_cancelled));
  });
}

QFuture<Result<Overview>> ArchiveSource::overview(const std::string& host, const Period& period) {
  return ask<Overview>([host, period](const ArchiveFolder& folder, const IsCancelled& is_cancelled) {
    return overview_of(folder, host, period, is_cancelled);
  });
}

QFuture<Result<ChartData>> ArchiveSource::charts(const ChartQuery& query) {
  return ask<ChartData>([query](const ArchiveFolder& folder, const IsCancelled& is_cancelled) {
    return chart_of(folder, query, is_cancelled);
  });
}

QFuture<Result<WorkersMaterial>> ArchiveSource::workers(const Period& period, const std::string& milter) {
  return ask<WorkersMaterial>(
      [period, milter](const ArchiveFolder& folder, const IsCancelled&) -> Result<WorkersMaterial> {
        if (folder.hosts.empty()) return workers_of_archives(folder.path, period, milter);
        WorkersMaterial all{.period = period};
        for (const auto& [name, host] : folder.hosts) {
          auto part = workers_of_archives(host.path, period, milter);
          if (!part) {
            all.cautions.push_back(part.error().message);
            continue;
          }
          if (all.milter.empty()) all.milter = part->milter;
          for (std::string& one : part->milters) {
            if (std::find(all.milters.begin(), all.milters.end(), one) == all.milters.end())
              all.milters.push_back(one);
          }
          for (std::string& one : part->cautions) {
            if (std::find(all.cautions.begin(), all.cautions.end(), one) == all.cautions.end())
              all.cautions.push_back(one);
          }
          for (auto& [unnamed, load] : part->hosts) all.hosts.emplace(name, std::move(load));
        }
        return all;
      });
}

QFuture<Result<GreylistMaterial>> ArchiveSource::greylist(const Period&, const std::string&) {
  return answered<GreylistMaterial>(failure(
      tr("What greylisting did to single mails no archive tells: open the log files.").toStdString()));
}

QFuture<Result<EvaluationMaterial>> ArchiveSource::evaluation(const Period& period) {
  return ask<EvaluationMaterial>([period](const ArchiveFolder& folder,
                                          const IsCancelled&) -> Result<EvaluationMaterial> {
    if (!folder.archives.empty()) return evaluation_of_archives(folder.path, period);
    return failure(tr("Each host has archives of its own: choose the folder of one of them.").toStdString());
  });
}

FolderSource::FolderSource(Place place, std::chrono::milliseconds look, QObject* parent)
    : ArchiveSource(
          place,
          [path = place.paths.value(0).toStdString()](const IsCancelled&) {
            return Result<std::string>(path);
          },
          parent) {
  connect(&timer_, &QTimer::timeout, this, &FolderSource::look);
  timer_.start(look);
  this->look();
}

void FolderSource::look() {
  // Where the disk hangs one look is enough.
  if (is_looking_) return;
  is_looking_ = true;
  const std::string path = place().paths.value(0).toStdString();
  const auto newest =
      readings().start<qint64>([path](const IsCancelled&) { return Result<qint64>(newest_change(path)); });
  on_answer(newest, this, [this](Result<qint64> change) {
    is_looking_ = false;
    const bool is_news = newest_ != 0 && *change != newest_;
    newest_ = *change;
    if (is_news) emit changed();
  });
}

}  // namespace milter_manager::gui
