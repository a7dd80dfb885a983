// SPDX-License-Identifier: GPL-3.0-or-later
#include "test/log_analyzer/drawing/drawn_picture.h"

#include <cairo.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <string_view>

namespace milter_manager::log_analyzer {

DrawnPicture::DrawnPicture(const std::string& png) {
  std::string_view rest = png;
  const auto read = [](void* closure, unsigned char* to, unsigned int size) {
    auto& left = *static_cast<std::string_view*>(closure);
    if (left.size() < size) return CAIRO_STATUS_READ_ERROR;
    std::memcpy(to, left.data(), size);
    left.remove_prefix(size);
    return CAIRO_STATUS_SUCCESS;
  };
  cairo_surface_t* surface = cairo_image_surface_create_from_png_stream(read, &rest);
  REQUIRE(cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS);
  width_ = cairo_image_surface_get_width(surface);
  height_ = cairo_image_surface_get_height(surface);
  const unsigned char* bytes = cairo_image_surface_get_data(surface);
  const int stride = cairo_image_surface_get_stride(surface);
  for (int y = 0; y < height_; ++y) {
    for (int x = 0; x < width_; ++x) {
      std::uint32_t dot = 0;
      std::memcpy(&dot, bytes + static_cast<std::ptrdiff_t>(y) * stride + static_cast<std::ptrdiff_t>(x) * 4,
                  4);
      dots_.push_back(dot & 0xffffff);
    }
  }
  cairo_surface_destroy(surface);
}

std::uint32_t DrawnPicture::at(int x, int y) const {
  return dots_.at(static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) +
                  static_cast<std::size_t>(x));
}

int DrawnPicture::count(std::uint32_t colour, int x, int top, int bottom) const {
  int found = 0;
  for (int y = top; y < bottom; ++y) found += at(x, y) == colour ? 1 : 0;
  return found;
}

int DrawnPicture::count(std::uint32_t colour) const {
  return static_cast<int>(std::count(dots_.begin(), dots_.end(), colour));
}

}  // namespace milter_manager::log_analyzer
