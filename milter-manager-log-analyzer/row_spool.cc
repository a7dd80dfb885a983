// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-manager-log-analyzer/row_spool.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace milter_manager::log_analyzer {

Result<RowSpool> RowSpool::create(const std::string& directory) {
  std::string path = directory + "/.milter-manager-log-analyzer.rows.XXXXXX";
  const int descriptor = ::mkostemp(path.data(), O_CLOEXEC);
  if (descriptor >= 0) ::unlink(path.c_str());
  std::FILE* const file = descriptor < 0 ? nullptr : ::fdopen(descriptor, "w+");
  if (file == nullptr) {
    auto failed = failure(fmt::format("cannot write in {}: {}", directory, std::strerror(errno)));
    if (descriptor >= 0) ::close(descriptor);
    return failed;
  }
  return RowSpool(file);
}

// A row is its minute, then its fields, all as doubles: a double holds every minute exactly.
Result<void> RowSpool::add(const maillog::SeriesTable& rows) {
  const auto before = static_cast<std::ptrdiff_t>(minutes_.size());
  for (const auto& [key, series] : rows) {
    const std::size_t fields = maillog::field_count(key.kind);
    parts_[key].push_back({size_, series.size()});
    for (const auto& [minute, row] : series) {
      const auto time = static_cast<double>(minute);
      if (std::fwrite(&time, sizeof time, 1, file_.get()) != 1 ||
          std::fwrite(row.data(), sizeof(double), fields, file_.get()) != fields) {
        return failure(fmt::format("cannot keep rows for --openmetrics: {}", std::strerror(errno)));
      }
      minutes_.push_back(minute);
    }
    size_ += static_cast<std::int64_t>(series.size() * (fields + 1) * sizeof(double));
    // Not all series at once: they have the same minutes.
    std::sort(minutes_.begin() + before, minutes_.end());
    minutes_.erase(std::unique(minutes_.begin() + before, minutes_.end()), minutes_.end());
  }
  if (std::fflush(file_.get()) != 0) {
    return failure(fmt::format("cannot keep rows for --openmetrics: {}", std::strerror(errno)));
  }
  return {};
}

std::vector<maillog::SeriesKey> RowSpool::keys() const {
  std::vector<maillog::SeriesKey> keys;
  for (const auto& [key, parts] : parts_) keys.push_back(key);
  return keys;
}

RowSpool::Reader::Reader(RowSpool& spool, const maillog::SeriesKey& key)
    : spool_(&spool), fields_(maillog::field_count(key.kind)) {
  if (const auto found = spool.parts_.find(key); found != spool.parts_.end()) parts_ = &found->second;
}

std::optional<std::pair<std::int64_t, maillog::Row>> RowSpool::Reader::next() {
  constexpr std::size_t kRowsAtOnce = 512;
  const std::size_t width = fields_ + 1;
  if (in_buffer_ >= buffer_.size()) {
    while (parts_ != nullptr && part_ < parts_->size() && row_ >= (*parts_)[part_].rows) {
      ++part_;
      row_ = 0;
    }
    if (parts_ == nullptr || part_ >= parts_->size()) return std::nullopt;
    const Part& part = (*parts_)[part_];
    const std::size_t rows = std::min(kRowsAtOnce, part.rows - row_);
    const auto offset = part.offset + static_cast<std::int64_t>(row_ * width * sizeof(double));
    buffer_.resize(rows * width);
    in_buffer_ = 0;
    const std::size_t bytes = buffer_.size() * sizeof(double);
    if (::pread(::fileno(spool_->file_.get()), buffer_.data(), bytes, offset) !=
        static_cast<ssize_t>(bytes)) {
      spool_->ok_ = false;
      parts_ = nullptr;
      buffer_.clear();
      return std::nullopt;
    }
    row_ += rows;
  }
  std::pair<std::int64_t, maillog::Row> row{static_cast<std::int64_t>(buffer_[in_buffer_]), {}};
  std::copy_n(buffer_.begin() + static_cast<std::ptrdiff_t>(in_buffer_) + 1, fields_, row.second.begin());
  in_buffer_ += width;
  return row;
}

}  // namespace milter_manager::log_analyzer
