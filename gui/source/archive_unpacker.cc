// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/source/archive_unpacker.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "core/archive/layout.h"

namespace milter_manager::gui {
namespace {

// Where fields of a header are (POSIX.1-1988, ustar).
struct Field {
  std::size_t at, size;
};
constexpr Field kName{0, 100}, kSize{124, 12}, kChecksum{148, 8}, kType{156, 1}, kMagic{257, 5},
    kPrefix{345, 155};
constexpr std::size_t kLongestName = 4096;

std::string_view text(std::string_view header, Field field) {
  const std::string_view whole = header.substr(field.at, field.size);
  return whole.substr(0, whole.find('\0'));
}

std::optional<std::uint64_t> octal(std::string_view header, Field field) {
  std::string_view digits = text(header, field);
  while (!digits.empty() && digits.front() == ' ') digits.remove_prefix(1);
  while (!digits.empty() && digits.back() == ' ') digits.remove_suffix(1);
  if (digits.empty()) return std::nullopt;
  std::uint64_t number = 0;
  for (const char digit : digits) {
    if (digit < '0' || digit > '7') return std::nullopt;
    number = number * 8 + static_cast<std::uint64_t>(digit - '0');
  }
  return number;
}

// The sum of all bytes, those of the sum itself taken as spaces.
std::uint64_t checksum(std::string_view header) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < header.size(); ++i) {
    const bool is_own = i >= kChecksum.at && i < kChecksum.at + kChecksum.size;
    sum += is_own ? ' ' : static_cast<unsigned char>(header[i]);
  }
  return sum;
}

// "session.rrd", or "mail/session.rrd": the folder's name is a host's.
bool is_archive(const std::string& name) {
  const std::size_t slash = name.find('/');
  if (slash == std::string::npos) return archive::parse_file_name(name).has_value();
  constexpr std::size_t kLongestHost = 255;
  return slash > 0 && slash <= kLongestHost && name.front() != '.' &&
         archive::parse_file_name(std::string_view(name).substr(slash + 1)).has_value();
}

}  // namespace

Result<void> ArchiveUnpacker::feed(std::string_view bytes) {
  while (!bytes.empty() && !is_finished_) {
    if (content_ > 0) {
      if (auto taken = take_content(bytes); !taken) return taken;
      continue;
    }
    if (padding_ > 0) {
      const auto skipped = std::min<std::uint64_t>(padding_, bytes.size());
      bytes.remove_prefix(skipped);
      padding_ -= skipped;
      continue;
    }
    const std::size_t taken = std::min(kBlock - header_.size(), bytes.size());
    header_ += bytes.substr(0, taken);
    bytes.remove_prefix(taken);
    if (header_.size() < kBlock) continue;
    if (auto known = take_header(); !known) return known;
    header_.clear();
  }
  return {};
}

Result<void> ArchiveUnpacker::take_header() {
  const std::string_view header = header_;
  if (header.find_first_not_of('\0') == header.npos) {
    is_finished_ = true;
    return {};
  }
  const auto size = octal(header, kSize);
  if (text(header, kMagic) != "ustar" && text(header, kMagic) != "ustar ")
    return failure("what came is no tar stream");
  if (!size || octal(header, kChecksum) != checksum(header)) return failure("the tar stream is damaged");
  const char type = header[kType.at];
  is_long_name_ = type == 'L';
  if (*size > (is_long_name_ ? kLongestName : kMaximumFile))
    return failure(fmt::format("an archive of {} bytes is none", *size));
  total_ += kBlock + *size;
  if (total_ > kMaximumTotal) return failure("that are more archives than can be shown");
  content_ = *size;
  padding_ = (kBlock - *size % kBlock) % kBlock;
  if (is_long_name_) {
    long_name_.clear();
    return {};
  }
  std::string name = std::exchange(long_name_, std::string());
  if (name.empty()) {
    const std::string_view prefix = text(header, kPrefix);
    name =
        prefix.empty() ? std::string(text(header, kName)) : fmt::format("{}/{}", prefix, text(header, kName));
  }
  name.resize(std::strlen(name.c_str()));
  file_.reset();
  const bool is_file = type == '0' || type == '\0';
  return is_file && is_archive(name) ? begin_file(name) : Result<void>();
}

Result<void> ArchiveUnpacker::begin_file(const std::string& name) {
  if (++files_ > kMaximumFiles) return failure("that are more archives than can be shown");
  file_name_ = folder_ + "/" + name;
  if (const std::size_t slash = name.find('/'); slash != name.npos)
    ::mkdir((folder_ + "/" + name.substr(0, slash)).c_str(), 0700);
  const int fd = ::open(file_name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) return failure(fmt::format("{}: cannot be written: {}", file_name_, std::strerror(errno)));
  file_.reset(::fdopen(fd, "wb"));
  if (!file_) ::close(fd);
  return {};
}

Result<void> ArchiveUnpacker::take_content(std::string_view& bytes) {
  const std::string_view part = bytes.substr(0, std::min<std::uint64_t>(content_, bytes.size()));
  bytes.remove_prefix(part.size());
  content_ -= part.size();
  if (is_long_name_) {
    long_name_ += part;
  } else if (file_) {
    const bool is_written = std::fwrite(part.data(), 1, part.size(), file_.get()) == part.size();
    const bool is_whole = content_ > 0 || std::fclose(file_.release()) == 0;
    if (!is_written || !is_whole)
      return failure(fmt::format("{}: cannot be written: {}", file_name_, std::strerror(errno)));
  }
  return {};
}

}  // namespace milter_manager::gui
