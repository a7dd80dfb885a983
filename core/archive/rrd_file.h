// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/result.h"

// Private to this room: librrd's calls behind Results.
namespace milter_manager::archive {

constexpr std::int64_t kStep = 60;        // seconds
constexpr std::int64_t kHeartbeat = 180;  // seconds

struct Source {
  std::string name;
  std::int64_t heartbeat = 0;  // seconds
};

// The head of an RRD file.
struct Head {
  std::int64_t step = 0;              // seconds
  std::int64_t last = 0;              // Unix time
  std::vector<Source> sources;        // in the file's order
  std::vector<unsigned> row_lengths;  // steps; each length once, shortest first
};

// Puts them in order, each once.
void sort_row_lengths(std::vector<unsigned>& lengths);

// Error: what librrd last complained of, with the path; its error is cleared.
tl::unexpected<Error> rrd_failure(const char* what, const std::string& path);

// Errors: no RRD file, cut short, a head that contradicts itself.
Result<Head> read_head(const std::string& path);

// "rrdtool tune PATH ARGUMENTS…"
Result<void> tune(const std::string& path, const std::vector<std::string>& arguments);

// Tune arguments that give these sources this heartbeat.
std::vector<std::string> heartbeat_arguments(std::span<const std::string> sources, std::int64_t seconds);

}  // namespace milter_manager::archive
