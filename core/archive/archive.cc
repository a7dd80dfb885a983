// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/archive/archive.h"

#include <fmt/format.h>
#include <rrd.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstdlib>
#include <iterator>

#include "core/archive/rrd_file.h"
#include "core/archive/update_batch.h"

namespace milter_manager::archive {
namespace {

std::int64_t unix_time(Minute minute) {
  return std::chrono::duration_cast<std::chrono::seconds>(minute.time_since_epoch()).count();
}

const char* word(Consolidation consolidation) {
  switch (consolidation) {
    case Consolidation::average:
      return "AVERAGE";
    case Consolidation::maximum:
      return "MAX";
    case Consolidation::last:
      return "LAST";
  }
  return "";
}

bool has_source(const Head& head, std::string_view name) {
  return std::any_of(head.sources.begin(), head.sources.end(),
                     [&](const Source& source) { return source.name == name; });
}

Result<void> check(const Head& head, const Layout& layout, const std::string& path) {
  if (head.step != kStep) {
    return failure(fmt::format("the archive {} has steps of {} s, not of {} s", path, head.step, kStep));
  }
  for (std::string_view name : layout.sources) {
    if (!has_source(head, name))
      return failure(fmt::format("the archive {} has no data source {}", path, name));
  }
  return {};
}

std::vector<std::string> definitions(const Layout& layout) {
  std::vector<std::string> words;
  for (std::string_view source : layout.sources)
    words.push_back(fmt::format("DS:{}:GAUGE:{}:0:U", source, kHeartbeat));
  for (const RowSpan& span : row_spans()) {
    words.push_back(fmt::format("RRA:{}:0.5:{}:{}", span.consolidation, span.steps, span.rows));
  }
  return words;
}

// What rrd_fetch_r() allocates.
struct Fetched {
  time_t start = 0;
  time_t end = 0;
  unsigned long step = 0;
  unsigned long source_count = 0;
  char** names = nullptr;
  rrd_value_t* values = nullptr;

  Fetched() = default;
  Fetched(const Fetched&) = delete;
  Fetched& operator=(const Fetched&) = delete;
  ~Fetched() {
    for (unsigned long i = 0; names && i < source_count; ++i) rrd_freemem(names[i]);
    rrd_freemem(names);
    rrd_freemem(values);
  }
};

}  // namespace

Result<Archive> Archive::open(std::string path, const Layout& layout) {
  const auto head = read_head(path);
  if (!head) return tl::unexpected(head.error());
  if (auto fits = check(*head, layout, path); !fits) return tl::unexpected(fits.error());
  Archive archive(std::move(path), layout);
  archive.last_ =
      std::chrono::floor<std::chrono::minutes>(std::chrono::sys_seconds(std::chrono::seconds(head->last)));
  archive.heartbeat_ = kHeartbeat;
  for (const Source& source : head->sources) {
    archive.sources_.push_back(source.name);
    archive.heartbeat_ = std::min(archive.heartbeat_, source.heartbeat);
  }
  archive.row_lengths_ = head->row_lengths;
  return archive;
}

Result<Archive> Archive::create(std::string path, const Layout& layout, Minute first) {
  const auto words = definitions(layout);
  std::vector<const char*> argv;
  for (const std::string& one : words) argv.push_back(one.c_str());
  // From the end of the minute before: with less than the whole step known RRDtool drops the first value.
  const std::int64_t before = unix_time(first) - kStep;
  if (before < 0)
    return failure(fmt::format("cannot make the archive {}: its first minute is before 1970", path));
  rrd_clear_error();
  if (rrd_create_r2(path.c_str(), kStep, before, 1, nullptr, nullptr, static_cast<int>(argv.size()),
                    argv.data()) != 0) {
    return rrd_failure("make", path);
  }
  Archive archive(std::move(path), layout);
  archive.last_ = first - std::chrono::minutes(1);
  archive.sources_.assign(layout.sources.begin(), layout.sources.end());
  archive.heartbeat_ = kHeartbeat;
  for (const RowSpan& span : row_spans()) archive.row_lengths_.push_back(span.steps);
  sort_row_lengths(archive.row_lengths_);
  return archive;
}

Archive Archive::in_copy(std::string path) const {
  Archive copy = *this;
  copy.path_ = std::move(path);
  return copy;
}

Result<std::size_t> Archive::update(std::span<const Row> rows, Minute through, Gap gap) {
  UpdateBatch batch(path_, layout_->sources, unix_time(last_), {sources_, heartbeat_, row_lengths_}, gap);
  std::size_t stored = 0;
  for (const Row& row : rows) {
    assert(row.values.size() == layout_->sources.size());
    if (row.minute <= last_) continue;
    if (auto added = batch.add(unix_time(row.minute), row.values); !added)
      return tl::unexpected(added.error());
    last_ = row.minute;
    ++stored;
  }
  if (through > last_) {
    if (auto added = batch.fill(unix_time(through)); !added) return tl::unexpected(added.error());
    last_ = through;
  }
  if (auto written = batch.finish(); !written) return tl::unexpected(written.error());
  return stored;
}

Result<Table> Archive::fetch(Consolidation consolidation, std::chrono::sys_seconds from,
                             std::chrono::sys_seconds to, std::chrono::seconds resolution) const {
  if (to < from)
    return failure(fmt::format("cannot read the archive {}: the time ends before it begins", path_));
  // The file may have changed since it was opened, and librrd trusts what it reads.
  if (const auto head = read_head(path_); !head) return tl::unexpected(head.error());
  Fetched fetched;
  // RRDtool's range is open at its start.
  fetched.start = from.time_since_epoch().count() - 1;
  fetched.end = std::max(to.time_since_epoch().count() - 1, fetched.start);
  fetched.step = static_cast<unsigned long>(std::max<std::int64_t>(resolution.count(), 1));
  rrd_clear_error();
  if (rrd_fetch_r(path_.c_str(), word(consolidation), &fetched.start, &fetched.end, &fetched.step,
                  &fetched.source_count, &fetched.names, &fetched.values) != 0) {
    return rrd_failure("read", path_);
  }
  Table table;
  table.step = std::chrono::seconds(fetched.step);
  table.first = std::chrono::sys_seconds(std::chrono::seconds(fetched.start)) + table.step;
  table.sources.assign(fetched.names, fetched.names + fetched.source_count);
  const auto rows = static_cast<std::size_t>(fetched.end - fetched.start) / fetched.step;
  table.values.assign(fetched.values, fetched.values + rows * fetched.source_count);
  return table;
}

}  // namespace milter_manager::archive
