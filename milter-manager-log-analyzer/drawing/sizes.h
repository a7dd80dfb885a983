// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace milter_manager::log_analyzer {

// A picture has so many dots to the CSS pixel: it is to be shown at half its size.
inline constexpr int kDots = 2;

// Places in a picture, in CSS pixels.
inline constexpr int kPictureWidth = 608;
inline constexpr int kPlotLeft = 52;
inline constexpr int kPlotWidth = 540;
inline constexpr int kPlotTop = 48;
inline constexpr int kPlotHeight = 180;  // of all drawings together, and what is between them

}  // namespace milter_manager::log_analyzer
