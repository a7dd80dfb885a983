// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/maillog/minutes.h"
#include "core/result.h"

namespace milter_manager::log_analyzer {

// Rows of complete minutes on their way to an export that wants them series by series, while a run has them minute by
// minute. They wait in a file without a name, so that a log of years takes no memory but 8 bytes a minute.
class RowSpool {
 public:
  // The file is in `directory`.
  static Result<RowSpool> create(const std::string& directory);

  // Later calls must bring later minutes. Errors: the disk is full.
  Result<void> add(const maillog::SeriesTable& rows);

  // All minutes that any series has a row of, in order.
  const std::vector<std::int64_t>& minutes() const { return minutes_; }

  std::vector<maillog::SeriesKey> keys() const;

  // Reads one series again, in the order of time; after an error, or the last row, none.
  class Reader {
   public:
    std::optional<std::pair<std::int64_t, maillog::Row>> next();

   private:
    friend class RowSpool;
    Reader(RowSpool& spool, const maillog::SeriesKey& key);
    struct Part {
      std::int64_t offset = 0;
      std::size_t rows = 0;
    };
    RowSpool* spool_;
    std::size_t fields_;
    const std::vector<Part>* parts_ = nullptr;
    std::size_t part_ = 0;
    std::size_t row_ = 0;
    std::vector<double> buffer_;
    std::size_t in_buffer_ = 0;
  };
  Reader read(const maillog::SeriesKey& key) { return {*this, key}; }

  // Whether every read was good so far.
  bool ok() const { return ok_; }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  explicit RowSpool(std::FILE* file) : file_(file) {}

  std::unique_ptr<std::FILE, Close> file_;
  std::map<maillog::SeriesKey, std::vector<Reader::Part>> parts_;
  std::vector<std::int64_t> minutes_;
  std::int64_t size_ = 0;
  bool ok_ = true;
};

}  // namespace milter_manager::log_analyzer
