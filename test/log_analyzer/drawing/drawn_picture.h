// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "milter-manager-log-analyzer/drawing/sizes.h"

namespace milter_manager::log_analyzer {

// The drawing area of a picture without a second one, in dots.
inline constexpr int kLeft = kPlotLeft * kDots;
inline constexpr int kRight = (kPlotLeft + kPlotWidth) * kDots;
inline constexpr int kTop = kPlotTop * kDots;
inline constexpr int kBottom = (kPlotTop + kPlotHeight) * kDots;

// A PNG file's dots, as another library reads them.
class DrawnPicture {
 public:
  // Fails the test if it is no PNG file.
  explicit DrawnPicture(const std::string& png);

  int width() const { return width_; }
  int height() const { return height_; }
  std::uint32_t at(int x, int y) const;  // 0xRRGGBB
  // Dots of this colour in column x, from line `top` to above line `bottom`.
  int count(std::uint32_t colour, int x, int top = kTop, int bottom = kBottom) const;
  // Of the whole picture.
  int count(std::uint32_t colour) const;

 private:
  int width_ = 0;
  int height_ = 0;
  std::vector<std::uint32_t> dots_;
};

}  // namespace milter_manager::log_analyzer
