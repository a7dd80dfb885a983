// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "core/result.h"

namespace milter_manager::gui {

// Unpacks archives from a tar stream of another host into a folder, as the bytes come. The stream is not trusted: only plain files whose names are an
// archive's ("session.rrd") or an archive's in a folder ("mail/session.rrd") are written, all else is passed over; no name leaves
// the folder, nothing is replaced, and there are bounds on sizes and numbers.
//
// Reads what tar has written since 1988 (ustar), and GNU's long names.
class ArchiveUnpacker {
 public:
  static constexpr std::uint64_t kMaximumFile = std::uint64_t{64} << 20;
  static constexpr std::uint64_t kMaximumTotal = std::uint64_t{2} << 30;
  static constexpr std::size_t kMaximumFiles = 20'000;

  // `folder` exists.
  explicit ArchiveUnpacker(std::string folder) : folder_(std::move(folder)) {}

  // Error: no tar stream, too much, or the disk can't take it. Then nothing more is taken.
  Result<void> feed(std::string_view bytes);
  // Whether the stream's end has come.
  bool is_finished() const { return is_finished_; }
  std::size_t files() const { return files_; }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  static constexpr std::size_t kBlock = 512;

  Result<void> take_header();
  Result<void> begin_file(const std::string& name);
  Result<void> take_content(std::string_view& bytes);

  std::string folder_;
  std::string header_;         // what there is of the block at hand
  std::string long_name_;      // of the entry that follows
  bool is_long_name_ = false;  // the content at hand is one
  std::unique_ptr<std::FILE, Close> file_;
  std::string file_name_;
  std::uint64_t content_ = 0;  // bytes to come
  std::uint64_t padding_ = 0;  // bytes to come behind them
  std::uint64_t total_ = 0;
  std::size_t files_ = 0;
  bool is_finished_ = false;
};

}  // namespace milter_manager::gui
