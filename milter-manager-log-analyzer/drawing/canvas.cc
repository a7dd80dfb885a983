// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-manager-log-analyzer/drawing/canvas.h"

#include <algorithm>
#include <array>

namespace milter_manager::log_analyzer {
namespace {

constexpr std::size_t kMostColours = 256;
constexpr unsigned kSteps = 15;

std::uint32_t mixed(std::uint32_t ground, std::uint32_t ink, unsigned step) {
  std::uint32_t colour = 0;
  for (unsigned shift : {16u, 8u, 0u}) {
    const unsigned from = ground >> shift & 0xff, to = ink >> shift & 0xff;
    colour |= (from * (kSteps - step) + to * step + kSteps / 2) / kSteps << shift;
  }
  return colour;
}

}  // namespace

Canvas::Canvas(int width, int height, std::uint32_t ground)
    : width_(width),
      height_(height),
      palette_{ground},
      dots_(static_cast<std::size_t>(width) * static_cast<std::size_t>(height), 0) {}

std::uint8_t Canvas::place_of(std::uint32_t colour) {
  const auto found = std::find(palette_.begin(), palette_.end(), colour);
  if (found != palette_.end()) return static_cast<std::uint8_t>(found - palette_.begin());
  if (palette_.size() == kMostColours) return 0;
  palette_.push_back(colour);
  return static_cast<std::uint8_t>(palette_.size() - 1);
}

void Canvas::fill(int x, int y, int width, int height, std::uint32_t colour) {
  const int left = std::max(x, 0), right = std::min(x + width, width_);
  const int top = std::max(y, 0), bottom = std::min(y + height, height_);
  if (left >= right || top >= bottom) return;
  const std::uint8_t place = place_of(colour);
  for (int line = top; line < bottom; ++line) std::fill_n(&at(left, line), right - left, place);
}

void Canvas::write(int x, int y, const Mask& text, std::uint32_t ink, std::uint32_t ground) {
  std::array<std::uint8_t, kSteps + 1> places{};
  for (unsigned step = 0; step <= kSteps; ++step) places[step] = place_of(mixed(ground, ink, step));
  for (int line = std::max(0, -y); line < text.height && y + line < height_; ++line) {
    for (int column = std::max(0, -x); column < text.width && x + column < width_; ++column) {
      const auto i = static_cast<std::size_t>(line) * static_cast<std::size_t>(text.width) +
                     static_cast<std::size_t>(column);
      const unsigned step = (text.cover[i] * kSteps + 127) / 255;
      if (step > 0) at(x + column, y + line) = places[step];
    }
  }
}

}  // namespace milter_manager::log_analyzer
