// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/archive/head_damage.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "core/archive/descriptor.h"
#include "core/archive/file_parts.h"

namespace milter_manager::archive {
namespace {

constexpr unsigned long kMostSources = 256;
constexpr unsigned long kMostRowSpans = 256;
constexpr unsigned long kMostRows = 10'000'000;
constexpr unsigned long kMostSteps = 10'000'000;
constexpr std::int64_t kLatest = std::int64_t{1} << 40;  // Unix time
constexpr std::string_view kVersion = "0003";            // what RRDtool writes since 1.2

template <std::size_t size>
bool is_text(const char (&field)[size], std::string_view allowed) {
  const std::size_t length = ::strnlen(field, size);
  return length > 0 && length < size &&
         std::string_view(field, length).find_first_not_of(allowed) == std::string_view::npos;
}

constexpr std::string_view kCapitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr std::string_view kNameBytes = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";

using Damage = std::optional<std::string>;

Damage check(const stat_head_t& head) {
  if (std::memcmp(head.cookie, RRD_COOKIE, sizeof RRD_COOKIE) != 0 || head.float_cookie != FLOAT_COOKIE) {
    return "it does not begin as an RRD file of this machine";
  }
  if (std::memcmp(head.version, kVersion.data(), kVersion.size() + 1) != 0)
    return "its format is not version 0003";
  if (head.ds_cnt < 1 || head.ds_cnt > kMostSources) return "its number of data sources cannot be";
  if (head.rra_cnt < 1 || head.rra_cnt > kMostRowSpans) return "its number of row spans cannot be";
  if (head.pdp_step < 1 || head.pdp_step > kMostSteps) return "its step cannot be";
  return std::nullopt;
}

Damage check(const ds_def_t& source) {
  if (!is_text(source.ds_nam, kNameBytes) || std::string_view(source.dst) != "GAUGE") {
    return "a data source is spoilt";
  }
  const unsigned long heartbeat = source.par[DS_mrhb_cnt].u_cnt;
  if (heartbeat < 1 || heartbeat > static_cast<unsigned long>(kLatest)) return "a heartbeat cannot be";
  return std::nullopt;
}

bool is_consolidation(const rra_def_t& span) {
  if (!is_text(span.cf_nam, kCapitals)) return false;
  const std::string_view name = span.cf_nam;
  return name == "AVERAGE" || name == "MAX" || name == "LAST" || name == "MIN";
}

Damage check(const rra_def_t& span) {
  if (!is_consolidation(span)) return "a row span's consolidation is spoilt";
  if (span.row_cnt < 1 || span.row_cnt > kMostRows) return "a number of rows cannot be";
  if (span.pdp_cnt < 1 || span.pdp_cnt > kMostSteps) return "a row's length cannot be";
  const double unknown_share = span.par[RRA_cdp_xff_val].u_val;
  if (!(unknown_share >= 0 && unknown_share < 1)) return "a row span's share of unknown values cannot be";
  return std::nullopt;
}

Damage check(const pdp_prep_t& preparation, unsigned long step) {
  if (::strnlen(preparation.last_ds, LAST_DS_LEN) == LAST_DS_LEN) return "a last value is spoilt";
  if (preparation.scratch[PDP_unkn_sec_cnt].u_cnt > step) return "unknown seconds cannot be";
  return std::nullopt;
}

Damage check(const cdp_prep_t& preparation, unsigned long steps) {
  if (preparation.scratch[CDP_unkn_pdp_cnt].u_cnt > steps) return "unknown steps cannot be";
  return std::nullopt;
}

Damage damage_of(int fd, std::size_t file_size) {
  const char* const kShort = "it ends within its head";
  FileParts parts;
  FilePartsReader reader(fd, parts);
  if (!reader.read_head()) return kShort;
  const stat_head_t& start = parts.head[0];
  if (auto damage = check(start)) return damage;
  if (!reader.read_definitions()) return kShort;
  std::size_t size = reader.offset();
  for (const ds_def_t& source : parts.sources) {
    if (auto damage = check(source)) return damage;
  }
  for (std::size_t i = 0; i < parts.spans.size(); ++i) {
    if (auto damage = check(parts.spans[i])) return damage;
    if (parts.pointers[i].cur_row >= parts.spans[i].row_cnt) return "a row pointer is outside its rows";
    size += parts.spans[i].row_cnt * start.ds_cnt * sizeof(rrd_value_t);
  }
  const live_head_t& live = parts.live[0];
  if (live.last_up < 0 || live.last_up > kLatest || live.last_up_usec != 0)
    return "its last update cannot be";
  for (const pdp_prep_t& preparation : parts.source_preparations) {
    if (auto damage = check(preparation, start.pdp_step)) return damage;
  }
  for (std::size_t i = 0; i < parts.row_preparations.size(); ++i) {
    if (auto damage = check(parts.row_preparations[i], parts.spans[i / start.ds_cnt].pdp_cnt)) return damage;
  }
  if (size != file_size) return fmt::format("it has {} bytes, not {}", file_size, size);
  return std::nullopt;
}

}  // namespace

Result<std::optional<std::string>> find_head_damage(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status {};
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0) {
    return failure(fmt::format("cannot read the archive {}: {}", path, std::strerror(errno)));
  }
  if (!S_ISREG(status.st_mode)) return failure(fmt::format("the archive {} is no plain file", path));
  return damage_of(file.get(), static_cast<std::size_t>(status.st_size));
}

}  // namespace milter_manager::archive
