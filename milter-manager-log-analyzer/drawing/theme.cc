// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-manager-log-analyzer/drawing/theme.h"

namespace milter_manager::log_analyzer {
namespace {

constexpr Theme kThemes[] = {
    {"", false, 0xffffff, 0x1c1c1c, 0x5c5c5c, 0x8a8a8a, 0xe4e4e4, 0xf3f3f3},
    {".dark", true, 0x1e1e1e, 0xe8e8e8, 0xa8a8a8, 0x777777, 0x353535, 0x292929},
};

}  // namespace

std::span<const Theme> themes() { return kThemes; }

}  // namespace milter_manager::log_analyzer
