// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>
#include <optional>
#include <string>
#include <vector>

#include "gui/chart/palette.h"
#include "gui/model/chart.h"
#include "gui/pages/picture.h"

namespace milter_manager::gui {

// What the command line says.
struct Options {
  QStringList place;             // words; none: what was opened last is not opened by itself
  std::optional<Format> format;  // --export: no window
  std::string milter;
  std::string host;
  QString range = QStringLiteral("week");  // a word of RangeBar::words(), or FROM/TO
  std::vector<ChartKind> charts;
  QString output;
  int width = 1200;
  bool peaks = false;
  bool compare = false;  // with the period before
  std::optional<Scheme> scheme;
  QString language;  // "" as the desktop says
};

// Reads the command line. None: there is nothing more to do, and `status` is the program's exit status; help and version are
// printed, errors are on standard error.
std::optional<Options> read_options(int argc, const char* const* argv, const std::string& version,
                                    int& status);

// The period that --range means, `newest` being the end of one without its own. None: no such range.
std::optional<Period> period_of(const QString& range, std::chrono::sys_seconds newest);

}  // namespace milter_manager::gui
