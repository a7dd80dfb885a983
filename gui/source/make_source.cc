// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/source/archive_source.h"
#include "gui/source/live_source.h"
#include "gui/source/log_source.h"
#include "gui/source/source.h"
#include "gui/source/ssh_source.h"

namespace milter_manager::gui {

std::unique_ptr<Source> make_source(const Place& place) {
  switch (place.kind) {
    case Place::Kind::ssh:
      return std::make_unique<SshSource>(place);
    case Place::Kind::logs:
      return std::make_unique<LogSource>(place);
    case Place::Kind::controller:
      return std::make_unique<LiveSource>(place, [spec = place.address.toStdString()] {
        return ask_controller(spec, LiveSource::kPatience);
      });
    case Place::Kind::metrics:
      return std::make_unique<LiveSource>(
          place, [address = place.address] { return ask_metrics(address, LiveSource::kPatience); });
    case Place::Kind::folder:
      break;
  }
  return std::make_unique<FolderSource>(place);
}

}  // namespace milter_manager::gui
