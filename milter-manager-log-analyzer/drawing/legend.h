// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "milter-manager-log-analyzer/drawing/canvas.h"
#include "milter-manager-log-analyzer/drawing/theme.h"
#include "milter-manager-log-analyzer/drawing/typesetter.h"
#include "milter-manager-log-analyzer/page/language.h"
#include "milter-manager-log-analyzer/window.h"

namespace milter_manager::log_analyzer {

// A line of a legend: what a colour is, and its numbers; or the columns' heads.
struct LegendLine {
  const Curve* curve = nullptr;  // none: heads
  bool is_area = false;
  std::string label, total, mean, highest;  // "" where there is none
};

// A table below the drawing.
class Legend {
 public:
  // The language must outlive it.
  explicit Legend(const Language& language) : language_(&language) {}

  // The curves of one axis; those that were never above 0 are named only, at the end. `unit` of what is no event, or "".
  void add(const std::vector<const Curve*>& curves, Shape shape, std::string_view unit);
  // A last line.
  void add_note(std::string note);

  // In CSS pixels.
  int height() const;
  void draw(Canvas& canvas, Typesetter& typesetter, const Theme& theme, int top) const;

  const std::vector<LegendLine>& lines() const { return lines_; }
  // Words in lines as wide as the picture: what is not drawn, then notes.
  std::vector<std::string> notes() const;

 private:
  const Language* language_;
  std::vector<LegendLine> lines_;
  std::vector<std::string_view> absent_;
  std::vector<std::string> notes_;
};

}  // namespace milter_manager::log_analyzer
