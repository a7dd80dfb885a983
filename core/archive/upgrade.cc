// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/archive/upgrade.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string_view>

#include "core/archive/archive.h"
#include "core/archive/descriptor.h"
#include "core/archive/durable_file.h"
#include "core/archive/file_parts.h"
#include "core/archive/rrd_file.h"
#include "core/archive/working_copy.h"

namespace milter_manager::archive {
namespace {

// What a row span is called where people read it.
struct Added {
  RowSpan span;
  const char* name;
};
constexpr Added kAdded[] = {
    {{"MAX", 1, 2880}, "minutes for 2 days"},
    {{"MAX", 1440, 3650}, "maxima of days for 10 years"},
    {{"AVERAGE", 1440, 3650}, "averages of days for 10 years"},
};

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Close>;

template <typename Part>
bool write(std::FILE* file, const std::vector<Part>& parts) {
  return std::fwrite(parts.data(), sizeof(Part), parts.size(), file) == parts.size();
}

Result<FileParts> read_parts(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  FileParts parts;
  FilePartsReader reader(file.get(), parts);
  if (file.get() >= 0 && reader.read_head() && reader.read_definitions() && reader.read_values())
    return parts;
  return failure(fmt::format("cannot read the archive {}: {}", path, std::strerror(errno)));
}

bool write_parts(std::FILE* file, const FileParts& parts) {
  return write(file, parts.head) && write(file, parts.sources) && write(file, parts.spans) &&
         write(file, parts.live) && write(file, parts.source_preparations) &&
         write(file, parts.row_preparations) && write(file, parts.pointers) && write(file, parts.values) &&
         std::fflush(file) == 0;
}

bool has(const FileParts& parts, const RowSpan& wanted) {
  return std::any_of(parts.spans.begin(), parts.spans.end(), [&](const rra_def_t& span) {
    return wanted.consolidation == span.cf_nam && span.pdp_cnt == wanted.steps && span.row_cnt >= wanted.rows;
  });
}

// librrd can add rows too, but fills minutes with the maxima of longer rows, and days at the wrong places. These are as
// rrd_create() makes them: nothing is known, neither of the rows nor of the part of the present row that has passed.
void add(const RowSpan& wanted, FileParts& parts) {
  rra_def_t span{};
  wanted.consolidation.copy(span.cf_nam, sizeof span.cf_nam - 1);
  span.row_cnt = wanted.rows;
  span.pdp_cnt = wanted.steps;
  span.par[RRA_cdp_xff_val].u_val = 0.5;
  parts.spans.push_back(span);

  const auto row = static_cast<std::uint64_t>(wanted.steps) * kStep;
  cdp_prep_t preparation{};
  preparation.scratch[CDP_val].u_val = NAN;
  preparation.scratch[CDP_unkn_pdp_cnt].u_cnt =
      static_cast<std::uint64_t>(parts.live[0].last_up) % row / kStep;
  parts.row_preparations.insert(parts.row_preparations.end(), parts.sources.size(), preparation);

  parts.pointers.push_back({wanted.rows - 1});
  parts.values.insert(parts.values.end(), wanted.rows * parts.sources.size(), NAN);
  ++parts.head[0].rra_cnt;
}

Result<void> write_copy(const FileParts& parts, const std::string& path) {
  const std::string copy = working_path(path);
  ::unlink(copy.c_str());
  // For its owner and mode.
  if (auto copied = copy_file(path, copy); !copied) return copied;
  const File file(std::fopen(copy.c_str(), "r+e"));
  if (!file || !write_parts(file.get(), parts)) {
    return failure(fmt::format("cannot write {}: {}", copy, std::strerror(errno)));
  }
  return {};
}

}  // namespace

Result<std::vector<std::string>> add_missing_rows(const std::string& given, const Layout& layout) {
  const std::string path = file_behind(given);
  // What it trusts below has been looked at there.
  if (const auto sound = Archive::open(path, layout); !sound) return tl::unexpected(sound.error());
  auto parts = read_parts(path);
  if (!parts) return tl::unexpected(parts.error());
  std::vector<std::string> names;
  for (const Added& one : kAdded) {
    if (has(*parts, one.span)) continue;
    add(one.span, *parts);
    names.emplace_back(one.name);
  }
  if (names.empty()) return names;
  auto done = write_copy(*parts, path);
  if (done) done = replace_by_copy(path);
  if (!done) {
    ::unlink(working_path(path).c_str());
    return tl::unexpected(done.error());
  }
  return names;
}

}  // namespace milter_manager::archive
