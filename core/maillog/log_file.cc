// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/maillog/log_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "core/maillog/fingerprint.h"

namespace milter_manager::maillog {
namespace {

// What the state tells of the file's beginning.
FileState head_of(const FileState& state) {
  FileState head;
  head.offset = head.head_size = state.head_size;
  head.head = state.head;
  head.tail = fingerprint("");
  return head;
}

}  // namespace

Result<LogFile> LogFile::open(const std::string& path) {
  LogFile file;
  file.path_ = path;
  file.descriptor_ = file.is_standard_input() ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                                              : ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
  struct stat status {};
  if (file.descriptor_ < 0 && errno == ENOENT && path.find_first_of("*?[") != path.npos)
    return failure(fmt::format("{}: no log fits this pattern", path));
  if (file.descriptor_ < 0 || ::fstat(file.descriptor_, &status) != 0) {
    return failure(fmt::format("{}: cannot be opened: {}", file.name(), std::strerror(errno)));
  }
  if (S_ISDIR(status.st_mode)) return failure(fmt::format("{}: is a directory, not a log", path));
  file.regular_ = S_ISREG(status.st_mode);
  file.identity_.path = path;
  if (file.regular_) {
    file.identity_.device = status.st_dev;
    file.identity_.inode = status.st_ino;
    file.identity_.size = static_cast<std::uint64_t>(status.st_size);
    file.identity_.modified = status.st_mtim.tv_sec * 1'000'000'000LL + status.st_mtim.tv_nsec;
    file.compression_ = compression_of(file.read_at(0, kMagicBytes));
  }
  return file;
}

LogFile::LogFile(LogFile&& other) noexcept { *this = std::move(other); }

LogFile& LogFile::operator=(LogFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(descriptor_, other.descriptor_);
  std::swap(regular_, other.regular_);
  std::swap(compression_, other.compression_);
  std::swap(identity_, other.identity_);
  return *this;
}

LogFile::~LogFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::string LogFile::read_at(std::uint64_t offset, std::size_t size) const {
  std::string bytes(size, '\0');
  std::size_t done = 0;
  while (done < size) {
    const ssize_t count =
        ::pread(descriptor_, bytes.data() + done, size - done, static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    done += static_cast<std::size_t>(count);
  }
  bytes.resize(done);
  return bytes;
}

Result<std::unique_ptr<ByteSource>> LogFile::raw() const {
  const int copy = ::fcntl(descriptor_, F_DUPFD_CLOEXEC, 0);
  if (copy < 0) return failure(fmt::format("{}: cannot be opened: {}", name(), std::strerror(errno)));
  return read_descriptor(copy, true, name());
}

Result<std::unique_ptr<TrackedSource>> LogFile::begin() const {
  auto source = raw();
  if (!source) return tl::unexpected(source.error());
  if (!regular_) {
    source = unpack_if_packed(std::move(*source), name());
  } else {
    ::lseek(descriptor_, 0, SEEK_SET);
    if (is_packed()) source = unpack(compression_, std::move(*source), name());
  }
  if (!source) return tl::unexpected(source.error());
  return std::make_unique<TrackedSource>(std::move(*source));
}

Result<std::unique_ptr<TrackedSource>> LogFile::resume(const FileState& state) const {
  if (regular_ && !is_packed()) return resume_plain(state);
  auto source = begin();
  if (!source) return source;
  // A glance at its beginning saves unpacking most of the files that are others.
  const FileState head = head_of(state);
  auto reached = (*source)->skip_to(head.offset);
  if (!reached || !*reached || !(*source)->is_as(head)) return nullptr;
  reached = (*source)->skip_to(state.offset);
  if (!reached || !*reached || !(*source)->is_as(state)) return nullptr;
  return source;
}

Result<std::unique_ptr<TrackedSource>> LogFile::resume_stream(FileState& state) const {
  auto source = begin();
  if (!source) return source;
  const FileState head = head_of(state);
  auto reached = (*source)->skip_to(head.offset);
  if (!reached) return tl::unexpected(reached.error());
  if (!*reached || !(*source)->is_as(head)) {
    (*source)->rewind();
    state.offset = 0;
    state.in_line = false;
    return source;
  }
  reached = (*source)->skip_to(state.offset);
  if (!reached) return tl::unexpected(reached.error());
  if (!*reached || !(*source)->is_as(state)) {
    return failure(fmt::format(
        "{}: begins with what was read before, but is different in its first {} bytes; it was not read",
        name(), state.offset));
  }
  return source;
}

Result<std::unique_ptr<TrackedSource>> LogFile::resume_plain(const FileState& state) const {
  if (identity_.size < state.offset) return nullptr;
  auto source = raw();
  if (!source) return tl::unexpected(source.error());
  ::lseek(descriptor_, static_cast<off_t>(state.offset), SEEK_SET);
  auto tracked = std::make_unique<TrackedSource>(std::move(*source));
  const auto head = static_cast<std::size_t>(std::min<std::uint64_t>(TrackedSource::kHead, state.offset));
  const auto tail = static_cast<std::size_t>(std::min<std::uint64_t>(TrackedSource::kTail, state.offset));
  tracked->begin_at(state.offset, read_at(0, head), read_at(state.offset - tail, tail));
  if (!tracked->is_as(state)) return nullptr;
  return tracked;
}

}  // namespace milter_manager::maillog
