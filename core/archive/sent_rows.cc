// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/archive/sent_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>

#include "core/archive/rrd_file.h"

namespace milter_manager::archive {
namespace {

constexpr std::size_t kMostRemembered = 1440;

std::int64_t unix_time(Minute minute) {
  return std::chrono::duration_cast<std::chrono::seconds>(minute.time_since_epoch()).count();
}

template <typename Names>
std::optional<std::size_t> place_of(std::string_view name, const Names& names) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<std::size_t>(std::distance(names.begin(), found));
}

std::string text_of(Minute minute, std::span<const double> values,
                    const std::vector<std::optional<std::size_t>>& order) {
  std::string text = fmt::format("{}", unix_time(minute));
  for (const auto& place : order) {
    const double value = !place ? NAN : values.empty() ? 0 : values[*place];
    if (std::isfinite(value)) {
      fmt::format_to(std::back_inserter(text), ":{}", value);
    } else {
      text += ":U";
    }
  }
  return text;
}

}  // namespace

Result<std::vector<std::string>> updates_to_send(const Archive& archive, std::span<const Row> rows,
                                                 Minute through) {
  const auto head = read_head(archive.path());
  if (!head) return tl::unexpected(head.error());
  std::vector<std::optional<std::size_t>> order;
  for (const Source& source : head->sources) order.push_back(place_of(source.name, archive.layout().sources));
  std::vector<std::string> updates;
  Minute last = archive.last();
  const auto add_zeros = [&](Minute end) {
    while (last < end) updates.push_back(text_of(last += std::chrono::minutes(1), {}, order));
  };
  for (const Row& row : rows) {
    if (row.minute <= last) continue;
    add_zeros(row.minute - std::chrono::minutes(1));
    updates.push_back(text_of(row.minute, row.values, order));
    last = row.minute;
  }
  add_zeros(through);
  return updates;
}

void remember_sent(const Archive& archive, std::span<const Row> rows, std::vector<Row>& sent) {
  std::copy_if(rows.begin(), rows.end(), std::back_inserter(sent),
               [&](const Row& row) { return row.minute > archive.last(); });
  if (sent.size() > kMostRemembered) {
    sent.erase(sent.begin(), sent.end() - static_cast<std::ptrdiff_t>(kMostRemembered));
  }
}

bool holds(const Archive& archive, std::span<const Row> sent) {
  if (sent.empty()) return true;
  constexpr auto kReach = std::chrono::hours(47);
  const Minute from = std::max(sent.front().minute, archive.last() - kReach);
  const auto table = archive.fetch(Consolidation::maximum, from, archive.last(), std::chrono::seconds(kStep));
  if (!table) return false;
  if (table->step != std::chrono::seconds(kStep)) return true;
  for (const Row& row : sent) {
    if (row.minute < from) continue;
    const auto at = static_cast<std::size_t>((row.minute - table->first) / table->step);
    for (std::size_t i = 0; i < row.values.size(); ++i) {
      const auto place = place_of(archive.layout().sources[i], table->sources);
      const double stored = at < table->rows() && place ? table->at(at, *place) : NAN;
      const double value = row.values[i];
      if (std::isfinite(value) != std::isfinite(stored)) return false;
      // The daemon and librrd pass numbers on as text and as rates of seconds.
      constexpr double kPrecision = 1e-6;
      if (std::isfinite(value) && std::abs(value - stored) > kPrecision * std::max(1.0, std::abs(value)))
        return false;
    }
  }
  return true;
}

}  // namespace milter_manager::archive
