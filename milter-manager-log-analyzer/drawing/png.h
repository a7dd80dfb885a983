// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "milter-manager-log-analyzer/drawing/canvas.h"

namespace milter_manager::log_analyzer {

// The canvas as a PNG file (W3C PNG, 2nd edition): a palette, two dots to the CSS pixel, and a text that says what it shows.
// `note` is Latin-1 without NUL, at most 200 bytes.
// Cost: some 5 ms for a million dots.
std::string encode_png(const Canvas& canvas, std::string_view note);

// The note of such a file; "" where the file is none, or can't be read. Only the file's head is read.
std::string png_note(const std::string& path);

}  // namespace milter_manager::log_analyzer
