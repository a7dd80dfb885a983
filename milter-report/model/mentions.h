// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <string_view>

#include "core/maillog/ascii.h"

namespace milter_manager::report {

// Whether `text` has the word somewhere, in any case; `lower_case` is in lower case.
inline bool mentions(std::string_view text, std::string_view lower_case) {
  return std::search(text.begin(), text.end(), lower_case.begin(), lower_case.end(),
                     [](char byte, char expected) { return maillog::lower(byte) == expected; }) != text.end();
}

}  // namespace milter_manager::report
