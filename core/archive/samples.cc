// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/archive/samples.h"

#include <unistd.h>

#include <utility>

#include "core/archive/durable_file.h"
#include "core/archive/migration.h"
#include "core/archive/working_copy.h"

namespace milter_manager::archive {
namespace {

// The archive in a copy at `copy`, or a new one there. No value where there is nothing new to store.
Result<std::optional<Archive>> copy_or_create(const std::string& path, const std::string& copy, bool exists,
                                              const Layout& layout, std::span<const Row> rows) {
  if (!exists) {
    auto created = Archive::create(copy, layout, rows.front().minute);
    if (!created) return tl::unexpected(created.error());
    return std::move(*created);
  }
  const auto archive = Archive::open(path, layout);
  if (!archive) return tl::unexpected(archive.error());
  if (rows.back().minute <= archive->last()) return std::nullopt;
  if (auto copied = copy_file(path, copy); !copied) return tl::unexpected(copied.error());
  return archive->in_copy(copy);
}

}  // namespace

Result<std::vector<std::string>> store_samples(const std::string& given, const Layout& layout,
                                               std::span<const Row> rows) {
  if (rows.empty()) return std::vector<std::string>();
  auto prepared = prepare(given, layout);
  if (!prepared) return tl::unexpected(prepared.error());
  const std::string path = file_behind(given);
  const std::string copy = working_path(path);
  ::unlink(copy.c_str());  // of a run that was killed
  auto archive = copy_or_create(path, copy, prepared->readiness == Readiness::ready, layout, rows);
  if (!archive) return tl::unexpected(archive.error());
  if (!*archive) return std::move(prepared->changes);
  Result<void> done;
  if (const auto updated = (*archive)->update(rows, rows.back().minute, Gap::unknown); !updated) {
    done = tl::unexpected(updated.error());
  } else {
    done = replace_by_copy(path);
  }
  if (!done) {
    ::unlink(copy.c_str());
    return tl::unexpected(done.error());
  }
  return std::move(prepared->changes);
}

}  // namespace milter_manager::archive
