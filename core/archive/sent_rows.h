// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/archive/archive.h"
#include "core/result.h"

// Private to this room: rows on their way through rrdcached, which knows no data sources' names.
namespace milter_manager::archive {

// The minutes after the archive's last(), as "TIME:VALUE:…" with a value for each data source in the file's order. Those
// between, and up to `through`, are 0; what the layout does not have is unknown.
Result<std::vector<std::string>> updates_to_send(const Archive& archive, std::span<const Row> rows,
                                                 Minute through);

// Adds the rows after the archive's last() to `sent`, of which the newest are kept.
void remember_sent(const Archive& archive, std::span<const Row> rows, std::vector<Row>& sent);

// Whether the file holds these rows. True where its rows are too long to tell: old archives have no rows of a minute.
bool holds(const Archive& archive, std::span<const Row> sent);

}  // namespace milter_manager::archive
