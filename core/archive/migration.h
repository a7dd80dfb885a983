// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/archive/layout.h"
#include "core/result.h"

namespace milter_manager::archive {

// Archives of older versions, and damaged ones, made fit for Archive::open().

// Renames old files in `directory` to their names of today, through every name between:
//
//   milter-log.session.rrd -> session.rrd
//   milter-log.mail.rrd -> milter-manager.rrd -> milter-manager.status.rrd
//   milter-log.milter.NAME.rrd -> milter.NAME.rrd -> milter.status.NAME.rrd
//   milter.report.A.B.rrd of a milter "A.B" -> milter.report.A%2EB.rrd, where A could be a report key
//
// A file whose next name is taken stays where it is. Returns a sentence for each renaming.
Result<std::vector<std::string>> rename_old_archives(const std::string& directory);

enum class Readiness : std::uint8_t {
  absent,   // no such file
  ready,    // Archive::open() will succeed
  damaged,  // of no use; also kept as PATH.damaged (or PATH.damaged.2, …) for when something takes its place
};
struct Prepared {
  Readiness readiness = Readiness::absent;
  std::vector<std::string> changes;  // what was done to it, a sentence each
};

// Makes one archive fit: data sources spelled with "-" are renamed to "_", missing ones are added behind the others
// (unknown until now), a heartbeat that an interrupted update() left is put right. Rows stay as they are: files of
// 8 row spans go on with 8.
// Each change is made in a copy that then takes the file's place, so that a kill leaves the one or the other. A damaged
// file stays where it is until DirectoryUpdate::begin_anew(): that it was there must not be forgotten. Errors: a data source that the layout does not
// have (nothing is ever removed), a file that can't be read or written, what is no plain file.
Result<Prepared> prepare(const std::string& path, const Layout& layout);

}  // namespace milter_manager::archive
