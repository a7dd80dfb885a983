// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/archive/layout.h"
#include "core/result.h"

namespace milter_manager::archive {

using Minute = std::chrono::sys_time<std::chrono::minutes>;

// The values of the minute [minute, minute + 60 s), in the order of a layout's sources. NaN is "unknown".
struct Row {
  Minute minute;
  std::vector<double> values;
};

// What a minute was that no row tells of.
enum class Gap : std::uint8_t {
  zero,     // the log was alive and nothing happened
  unknown,  // nobody looked
};

enum class Consolidation : std::uint8_t { average, maximum, last };

// What fetch() found: rows of equal length, one after the other.
struct Table {
  std::chrono::sys_seconds first{};  // time of the first row
  std::chrono::seconds step{};
  std::vector<std::string> sources;
  std::vector<double> values;  // row by row; NaN where nothing is known

  std::size_t rows() const { return sources.empty() ? 0 : values.size() / sources.size(); }
  std::chrono::sys_seconds time(std::size_t row) const {
    return first + step * static_cast<std::int64_t>(row);
  }
  double at(std::size_t row, std::size_t source) const { return values[row * sources.size() + source]; }
};

// Whether a value of a row can be what events have caused: what none can cause, a damaged archive can hold.
inline bool is_count(double value) {
  constexpr double kMost = 1e15;
  return value >= 0 && value <= kMost;
}

// One RRD file of a kind. The counts of the minute [T, T + 60 s) are stored at T.
//
//   auto status = Archive::create(path, layout(Kind::manager_status), first_minute);
//   status->update(rows, closed);
//   auto table = status->fetch(Consolidation::maximum, from, to, 60s);
//
// An object holds no open file: each call opens, works and closes, so the archive may be read by others at any
// time. Writers must keep each other out. librrd keeps its last error per thread; threads may use different
// archives at once, but update() and create() only one thread of a process.
//
// librrd writes in place, through mapped memory: who is killed in update(), or meets a full disk there, leaves a file
// that is neither old nor new. DirectoryUpdate (directory_update.h) has the promise that programs want.
class Archive {
 public:
  // Reads the head of an existing archive. Errors: not there, not readable, damaged, not of 60 s steps, a data
  // source of the layout missing (migration.h adds it). Sources beyond the layout are left alone.
  static Result<Archive> open(std::string path, const Layout& layout);
  // Makes a new archive, in which `first` is the first minute that counts. An existing file is an error.
  static Result<Archive> create(std::string path, const Layout& layout, Minute first);

  const std::string& path() const { return path_; }
  const Layout& layout() const { return *layout_; }
  // The same archive in a copy of its file.
  Archive in_copy(std::string path) const;
  // The newest minute stored; of a new archive the one before its first.
  Minute last() const { return last_; }

  // Stores rows, which must be in the order of time. Minutes up to last() are skipped: they are stored, and to
  // come with them again changes nothing. Minutes between, and those after the last row up to `through`, become
  // what `gap` says. `through` before the last row is no limit.
  // Returns how many rows were stored (not the zeros).
  // Cost: a microsecond per source and ten minutes. A gap of any length costs no more than a dozen minutes do.
  // After an error the file is of no use.
  Result<std::size_t> update(std::span<const Row> rows, Minute through, Gap gap = Gap::zero);

  // Rows whose periods touch [from, to], from the finest rows that are at least `resolution` long and reach
  // back to `from`, as RRDtool chooses; rows of longer periods are at the end of their period.
  // Minutes never stored are NaN; with several sources wanted, pick by Table::sources.
  Result<Table> fetch(Consolidation consolidation, std::chrono::sys_seconds from, std::chrono::sys_seconds to,
                      std::chrono::seconds resolution) const;

 private:
  Archive(std::string path, const Layout& layout) : path_(std::move(path)), layout_(&layout) {}

  std::string path_;
  const Layout* layout_;
  Minute last_{};
  std::vector<std::string> sources_;   // of the file: those of the layout, and perhaps more
  std::int64_t heartbeat_ = 0;         // of the file, seconds: the shortest of any source
  std::vector<unsigned> row_lengths_;  // minutes; shortest first
};

}  // namespace milter_manager::archive
