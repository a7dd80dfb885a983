// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/result.h"
#include "gui/pages/options.h"

namespace milter_manager::gui {

class Source;

// --export: reads, draws as the window does, writes the file. Needs a QGuiApplication; runs its own loop until all is there.
// Returns what was written.
Result<QStringList> export_charts(Source& source, const Options& options);

}  // namespace milter_manager::gui
