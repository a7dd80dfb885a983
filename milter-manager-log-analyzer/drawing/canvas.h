// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace milter_manager::log_analyzer {

// How much of each dot a text covers, 0 to 255, line by line.
struct Mask {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> cover;
};

// A picture of dots, each one of at most 256 colours (0xRRGGBB). What is outside is not drawn. A colour for which there is no
// room any more becomes the first one, the ground's.
class Canvas {
 public:
  Canvas(int width, int height, std::uint32_t ground);

  void fill(int x, int y, int width, int height, std::uint32_t colour);
  // The text in `ink`, on a plain ground that has the colour `ground`. Its edges come in 16 steps.
  void write(int x, int y, const Mask& text, std::uint32_t ink, std::uint32_t ground);

  int width() const { return width_; }
  int height() const { return height_; }
  const std::vector<std::uint32_t>& palette() const { return palette_; }
  // Places in the palette, line by line.
  const std::vector<std::uint8_t>& dots() const { return dots_; }

 private:
  std::uint8_t place_of(std::uint32_t colour);
  std::uint8_t& at(int x, int y) {
    return dots_[static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) +
                 static_cast<std::size_t>(x)];
  }

  int width_;
  int height_;
  std::vector<std::uint32_t> palette_;
  std::vector<std::uint8_t> dots_;
};

}  // namespace milter_manager::log_analyzer
