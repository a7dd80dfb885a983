// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <cstdint>

namespace milter_manager::gui {

// Numbers as people read them, in the language and with the marks of the default locale.
QString shown_count(std::uint64_t count);
QString shown_share(double share);  // 0.0123 → "1.23 %"
QString shown_seconds(
    double seconds);  // 0.0042 → "4.20 ms", 12.5 → "12.5 s", 125 → "2 min 5 s", 7500 → "2 h 5 min"

}  // namespace milter_manager::gui
