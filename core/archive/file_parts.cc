// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/archive/file_parts.h"

#include <unistd.h>

namespace milter_manager::archive {

template <typename Part>
bool FilePartsReader::read(std::vector<Part>& parts, std::size_t count) {
  parts.resize(count);
  const std::size_t size = count * sizeof(Part);
  if (::pread(fd_, parts.data(), size, static_cast<off_t>(offset_)) != static_cast<ssize_t>(size))
    return false;
  offset_ += size;
  return true;
}

bool FilePartsReader::read_head() { return read(parts_.head, 1); }

bool FilePartsReader::read_definitions() {
  const std::size_t sources = parts_.head[0].ds_cnt;
  const std::size_t spans = parts_.head[0].rra_cnt;
  return read(parts_.sources, sources) && read(parts_.spans, spans) && read(parts_.live, 1) &&
         read(parts_.source_preparations, sources) && read(parts_.row_preparations, sources * spans) &&
         read(parts_.pointers, spans);
}

bool FilePartsReader::read_values() {
  std::size_t rows = 0;
  for (const rra_def_t& span : parts_.spans) rows += span.row_cnt;
  return read(parts_.values, rows * parts_.sources.size());
}

}  // namespace milter_manager::archive
