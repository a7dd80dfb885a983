// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTimer>
#include <memory>

#include "gui/source/archive_source.h"
#include "gui/source/ssh_fetch.h"

namespace milter_manager::gui {

// The archives of another host: fetched once into a temporary folder, with the first question.
class SshSource final : public ArchiveSource {
  Q_OBJECT
 public:
  explicit SshSource(Place place, std::chrono::milliseconds patience = SshFetch::kPatience,
                     QObject* parent = nullptr);
  // Removes the folder, whoever still fetches.
  ~SshSource() override;

 private:
  struct Fetched;
  SshSource(Place place, std::shared_ptr<Fetched> fetched, QObject* parent);
  void tell();

  std::shared_ptr<Fetched> fetched_;
  QTimer timer_;
  QString told_;
};

}  // namespace milter_manager::gui
