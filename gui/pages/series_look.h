// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <string_view>

#include "gui/chart/palette.h"
#include "gui/model/chart.h"

namespace milter_manager::gui {

// How a series looks: as on the pictures of the statistics page.
struct SeriesLook {
  QString name;  // in the window's language
  SeriesColour colour;
  bool is_dashed = false;
  bool is_area = false;  // stacked
  bool is_shown = true;  // until somebody says otherwise
};

// `place`: of the line in its chart. It gives a colour to those that no table has, whose name is their key.
SeriesLook series_look(ChartKind kind, std::string_view key, std::size_t place);

// "Connections", "spamass-milter: load": what a chart is called. `milter`: "" for the manager.
QString chart_title(ChartKind kind, const std::string& milter);

// What numbers of this measure are counted in, for an axis.
QString unit_text(ChartKind kind, Measure measure);

}  // namespace milter_manager::gui
