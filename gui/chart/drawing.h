// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFont>
#include <QRectF>

#include "gui/chart/content.h"
#include "gui/chart/curves.h"
#include "gui/chart/frame.h"

class QPainter;

namespace milter_manager::gui {

// Draws a chart: the same for the window, for files and for paper.
class Drawing {
 public:
  void set_look(Scheme scheme, const QFont& font);
  const ChartPalette& palette() const { return *palette_; }

  // Where curves go in a rectangle of that size. All charts of one width have them at the same columns, whatever their
  // labels are.
  QRectF plot_in(const QRectF& whole, bool has_words_below = false) const;

  // Everything but a cross-hair. Returns where things are.
  Mapping draw(QPainter& painter, const QRectF& whole, const ChartContent& content, double from, double to);

  // A legend below a picture: as many lines as needed. Returns its height; with a null painter it is only measured.
  double draw_legend(QPainter* painter, const QRectF& where, const ChartContent& content) const;

 private:
  void draw_texts(QPainter& painter, const QRectF& whole, const QRectF& plot,
                  const ChartContent& content) const;

  const ChartPalette* palette_ = &chart_palette(Scheme::light);
  QFont font_;
  Frame frame_;
};

}  // namespace milter_manager::gui
