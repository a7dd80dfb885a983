// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>

#include "core/maillog/read_state.h"
#include "core/maillog/tracked_source.h"
#include "core/maillog/unpack.h"

namespace milter_manager::maillog {

// An open log: a file, or a pipe that can be read once; "-" is standard input.
class LogFile {
 public:
  // Error: names the path.
  static Result<LogFile> open(const std::string& path);
  LogFile(LogFile&& other) noexcept;
  LogFile& operator=(LogFile&& other) noexcept;
  ~LogFile();

  const std::string& path() const { return path_; }
  // Standard input has no name, and no older files beside it.
  bool is_standard_input() const { return path_ == "-"; }
  // Whether it can be read again.
  bool is_regular() const { return regular_; }
  bool is_packed() const { return compression_ != Compression::none; }
  // What the system knows of it: device, inode, size, modified. The rest of the state is empty.
  const FileState& identity() const { return identity_; }
  bool is_same_file(const FileState& state) const {
    return regular_ && identity_.device == state.device && identity_.inode == state.inode;
  }
  // The same file, and nobody has written to it since.
  bool is_untouched(const FileState& state) const {
    return is_same_file(state) && identity_.size == state.size && identity_.modified == state.modified;
  }

  // A source that stands at the beginning. Valid independently of this object; one at a time.
  Result<std::unique_ptr<TrackedSource>> begin() const;
  // A source that stands where the run before ended. None if the file is not the one that was read then: what
  // it begins with,
  // or what stands before that place, is different. Cost: two small reads; a packed file has to be unpacked
  // up to there.
  Result<std::unique_ptr<TrackedSource>> resume(const FileState& state) const;

  // The same for a pipe: the run before may have read the same bytes, or those before. Where it begins
  // otherwise than then,
  // `state` is set to its beginning. Error: it begins as then, but goes on differently.
  Result<std::unique_ptr<TrackedSource>> resume_stream(FileState& state) const;

 private:
  LogFile() = default;
  Result<std::unique_ptr<TrackedSource>> resume_plain(const FileState& state) const;
  Result<std::unique_ptr<ByteSource>> raw() const;
  std::string read_at(std::uint64_t offset, std::size_t size) const;
  std::string name() const { return is_standard_input() ? "standard input" : path_; }

  std::string path_;
  int descriptor_ = -1;
  bool regular_ = false;
  Compression compression_ = Compression::none;
  FileState identity_;
};

}  // namespace milter_manager::maillog
