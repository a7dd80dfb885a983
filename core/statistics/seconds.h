// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace milter_manager::statistics {

// Appends what "{:.6f}" gives: "1.500000". Digit for digit the same as fmt, several times faster for the times and spans of
// lines, of which the proxy writes thousands a second.
void append_fixed(double seconds, std::string& out);

// The same for "{:g}", six significant digits: "0.00118", "12.5", "1e-07".
void append_general(double seconds, std::string& out);

}  // namespace milter_manager::statistics
