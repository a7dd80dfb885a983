// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QPalette>
#include <cstdint>

namespace milter_manager::gui {

enum class Scheme : std::uint8_t { light, dark, contrast };

// A series' colour, 0xRRGGBB, on a light ground and on a dark one.
struct SeriesColour {
  std::uint32_t light = 0;
  std::uint32_t dark = 0;
  bool operator==(const SeriesColour&) const = default;
};

// The colours of a chart that are no series'. Light and dark are those of the statistics page's pictures.
struct ChartPalette {
  bool is_dark;
  QColor paper;
  QColor ink;
  QColor faint;    // texts that matter less
  QColor axis;     //
  QColor grid;     // } lines
  QColor unknown;  // the ground where nothing is known
  QColor accent;   // what has the focus, what is selected
  QColor alarm;    // what needs attention
  double pen = 1;  // how much thicker than usual lines are
  QColor of(const SeriesColour& colour) const {
    return QColor::fromRgb(is_dark ? colour.dark : colour.light);
  }
};

const ChartPalette& chart_palette(Scheme scheme);

// The same for the widgets around charts.
QPalette widget_palette(Scheme scheme);

}  // namespace milter_manager::gui
