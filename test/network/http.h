// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

// What http://127.0.0.1:PORT/PATH answers, head and all; "" when nobody does, or not within ten seconds.
std::string http_get(int port, const std::string& path);
