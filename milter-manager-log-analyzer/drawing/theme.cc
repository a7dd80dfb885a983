// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-manager-log-analyzer/drawing/theme.h"

namespace milter_manager::log_analyzer {
namespace {

// Grounds and letters are those of the page (page/style.css).
constexpr Theme kThemes[] = {
    {"", false, 0xffffff, 0x1c1c1c, 0x5c5c5c, 0x8a8a8a, 0xe4e4e4, 0xf3f3f3},
    {".dark", true, 0x1a1f25, 0xe6e9ed, 0xa3adb8, 0x737b85, 0x323941, 0x242b33},
};

}  // namespace

std::span<const Theme> themes() { return kThemes; }

}  // namespace milter_manager::log_analyzer
