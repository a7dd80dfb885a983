// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/archive/head_damage.h"

#include <fcntl.h>
#include <fmt/format.h>
// The file format is "deprecated" in the sense that it is not to be written by others than librrd.
#define RRD_EXPORT_DEPRECATED
#include <rrd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

namespace milter_manager::archive {
namespace {

constexpr unsigned long kMostSources = 256;
constexpr unsigned long kMostRowSpans = 256;
constexpr unsigned long kMostRows = 10'000'000;
constexpr unsigned long kMostSteps = 10'000'000;
constexpr std::int64_t kLatest = std::int64_t{1} << 40;  // Unix time
constexpr std::string_view kVersion = "0003";            // what RRDtool writes since 1.2

class Descriptor {
 public:
  explicit Descriptor(const std::string& path)
      : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

// Reads the head's parts one behind the other.
class HeadReader {
 public:
  explicit HeadReader(int fd) : fd_(fd) {}

  template <typename Part>
  bool read(std::vector<Part>& parts, std::size_t count) {
    parts.resize(count);
    const std::size_t size = count * sizeof(Part);
    if (::pread(fd_, parts.data(), size, static_cast<off_t>(offset_)) != static_cast<ssize_t>(size))
      return false;
    offset_ += size;
    return true;
  }
  std::size_t offset() const { return offset_; }

 private:
  int fd_;
  std::size_t offset_ = 0;
};

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
  HeadReader reader(fd);
  std::vector<stat_head_t> head;
  std::vector<ds_def_t> sources;
  std::vector<rra_def_t> spans;
  std::vector<live_head_t> live;
  std::vector<pdp_prep_t> source_preparations;
  std::vector<cdp_prep_t> row_preparations;
  std::vector<rra_ptr_t> pointers;

  if (!reader.read(head, 1)) return kShort;
  const stat_head_t& start = head[0];
  if (auto damage = check(start)) return damage;
  if (!reader.read(sources, start.ds_cnt) || !reader.read(spans, start.rra_cnt) || !reader.read(live, 1) ||
      !reader.read(source_preparations, start.ds_cnt) ||
      !reader.read(row_preparations, start.ds_cnt * start.rra_cnt) || !reader.read(pointers, start.rra_cnt)) {
    return kShort;
  }
  std::size_t size = reader.offset();
  for (const ds_def_t& source : sources) {
    if (auto damage = check(source)) return damage;
  }
  for (std::size_t i = 0; i < spans.size(); ++i) {
    if (auto damage = check(spans[i])) return damage;
    if (pointers[i].cur_row >= spans[i].row_cnt) return "a row pointer is outside its rows";
    size += spans[i].row_cnt * start.ds_cnt * sizeof(rrd_value_t);
  }
  if (live[0].last_up < 0 || live[0].last_up > kLatest || live[0].last_up_usec != 0)
    return "its last update cannot be";
  for (const pdp_prep_t& preparation : source_preparations) {
    if (auto damage = check(preparation, start.pdp_step)) return damage;
  }
  for (std::size_t i = 0; i < row_preparations.size(); ++i) {
    if (auto damage = check(row_preparations[i], spans[i / start.ds_cnt].pdp_cnt)) return damage;
  }
  if (size != file_size) return fmt::format("it has {} bytes, not {}", file_size, size);
  return std::nullopt;
}

}  // namespace

Result<std::optional<std::string>> find_head_damage(const std::string& path) {
  const Descriptor file(path);
  struct stat status {};
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0) {
    return failure(fmt::format("cannot read the archive {}: {}", path, std::strerror(errno)));
  }
  if (!S_ISREG(status.st_mode)) return failure(fmt::format("the archive {} is no plain file", path));
  return damage_of(file.get(), static_cast<std::size_t>(status.st_size));
}

}  // namespace milter_manager::archive
