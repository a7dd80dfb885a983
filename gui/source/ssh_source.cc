// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/source/ssh_source.h"

#include <QDir>
#include <QElapsedTimer>
#include <QLocale>
#include <QTemporaryDir>
#include <mutex>

namespace milter_manager::gui {

// What questions share, and what outlives the source while one of them still waits.
struct SshSource::Fetched {
  SshFetch what;
  std::atomic<qint64> bytes{0};
  std::atomic<bool> is_busy{false};

  Result<std::string> find(const IsCancelled& is_cancelled);
  // Removes the copy at once, and lets nobody make another. Does not wait for who fetches.
  void leave();

 private:
  // Questions that come together are answered together: a host that hangs is waited for once.
  static constexpr qint64 kRemembered = 3000;  // milliseconds

  Result<std::string> fetch(const IsCancelled& is_cancelled);
  // A new temporary folder; null: the source has gone.
  std::unique_ptr<QTemporaryDir> make_copy();

  std::mutex path_mutex_;  // held for moments only, unlike the other one
  QString path_;           // of copy_
  std::atomic<bool> is_left_{false};
  std::mutex mutex_;
  std::unique_ptr<QTemporaryDir> copy_;
  Result<std::string> last_ = failure("");
  QElapsedTimer since_;
};

Result<std::string> SshSource::Fetched::find(const IsCancelled& is_cancelled) {
  const std::lock_guard lock(mutex_);
  if (last_ || (since_.isValid() && since_.elapsed() < kRemembered)) return last_;
  is_busy = true;
  Result<std::string> fetched = fetch(is_cancelled);
  is_busy = false;
  // Who has gone away leaves no failure to those who wait.
  if (!fetched && is_cancelled()) return fetched;
  last_ = std::move(fetched);
  since_.start();
  return last_;
}

Result<std::string> SshSource::Fetched::fetch(const IsCancelled& is_cancelled) {
  bytes = 0;
  copy_ = make_copy();
  if (!copy_) return failure("");
  // A folder of the host's name in it: messages name files.
  const QString target = copy_->filePath(what.host);
  if (!copy_->isValid() || !QDir().mkdir(target))
    return failure(tr("A temporary folder cannot be made: %1").arg(copy_->errorString()).toStdString());
  const auto fetched =
      fetch_archives(what, target.toStdString(), bytes, [&] { return is_left_ || is_cancelled(); });
  if (!fetched) return tl::unexpected(fetched.error());
  return target.toStdString();
}

std::unique_ptr<QTemporaryDir> SshSource::Fetched::make_copy() {
  const std::lock_guard lock(path_mutex_);
  if (is_left_) return nullptr;
  auto copy = std::make_unique<QTemporaryDir>();
  path_ = copy->isValid() ? copy->path() : QString();
  return copy;
}

void SshSource::Fetched::leave() {
  const std::lock_guard lock(path_mutex_);
  is_left_ = true;
  if (path_.isEmpty()) return;
  // Under another name nothing is put into it any more by who writes there this moment.
  const QString gone = path_ + QStringLiteral("-gone");
  const bool is_moved = QDir().rename(path_, gone);
  QDir(is_moved ? gone : path_).removeRecursively();
}

SshSource::SshSource(Place place, std::chrono::milliseconds patience, QObject* parent)
    : SshSource(place, std::make_shared<Fetched>(), parent) {
  fetched_->what = {place.host, place.paths.value(0), patience};
}

SshSource::SshSource(Place place, std::shared_ptr<Fetched> fetched, QObject* parent)
    : ArchiveSource(
          std::move(place),
          [fetched](const IsCancelled& is_cancelled) { return fetched->find(is_cancelled); }, parent),
      fetched_(std::move(fetched)) {
  connect(&timer_, &QTimer::timeout, this, &SshSource::tell);
  timer_.start(std::chrono::milliseconds(500));
}

SshSource::~SshSource() { fetched_->leave(); }

void SshSource::tell() {
  QString sentence;
  if (fetched_->is_busy) {
    sentence = tr("Fetching from %1: %2").arg(place().host, QLocale().formattedDataSize(fetched_->bytes));
  }
  if (sentence == told_) return;
  told_ = sentence;
  emit progress(sentence);
}

}  // namespace milter_manager::gui
