// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTimer>
#include <functional>
#include <string>

#include "gui/source/archive_folder.h"
#include "gui/source/readings.h"
#include "gui/source/source.h"

namespace milter_manager::gui {

// Answers from a folder of archives, which is listed anew for each question: what comes and goes there is seen at once.
class ArchiveSource : public Source {
  Q_OBJECT
 public:
  // Where the folder is; called off the GUI's thread, for each question, perhaps by two threads at once.
  using Find = std::function<Result<std::string>(const IsCancelled&)>;
  ArchiveSource(Place place, Find find, QObject* parent = nullptr);

  bool is_live() const override { return false; }
  QFuture<Result<Contents>> contents() override;
  QFuture<Result<Overview>> overview(const std::string& host, const Period& period) override;
  QFuture<Result<ChartData>> charts(const ChartQuery& query) override;
  QFuture<Result<WorkersMaterial>> workers(const Period& period, const std::string& milter) override;
  QFuture<Result<GreylistMaterial>> greylist(const Period& period, const std::string& milter) override;
  QFuture<Result<EvaluationMaterial>> evaluation(const Period& period) override;

 protected:
  template <typename T, typename Work>
  QFuture<Result<T>> ask(Work work);
  Readings& readings() { return readings_; }

 private:
  Find find_;
  Readings readings_;
};

// A folder on this machine. Says changed() when an archive in it has been replaced.
class FolderSource final : public ArchiveSource {
  Q_OBJECT
 public:
  static constexpr std::chrono::seconds kLook{10};
  explicit FolderSource(Place place, std::chrono::milliseconds look = kLook, QObject* parent = nullptr);

  bool is_live() const override { return true; }

 private:
  void look();

  QTimer timer_;
  bool is_looking_ = false;
  qint64 newest_ = 0;  // change of the folder, or of a host's; as the file system counts. 0: not known yet
};

}  // namespace milter_manager::gui
