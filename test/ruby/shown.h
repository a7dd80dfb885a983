// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

std::string read_text(const std::string& path);
std::vector<std::string> lines_of(const std::string& text);

// The lines of a shown configuration without those that tell where a value was set; indentation taken away.
std::vector<std::string> value_lines(const std::string& shown);
