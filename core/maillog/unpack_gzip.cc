// SPDX-License-Identifier: GPL-3.0-or-later
#include <zlib.h>

#include <algorithm>
#include <limits>

#include "core/maillog/packed_input.h"

namespace milter_manager::maillog {
namespace {

class GzipSource : public ByteSource {
 public:
  explicit GzipSource(PackedInput input) : input_(std::move(input)) {}
  ~GzipSource() override {
    if (begun_) ::inflateEnd(&stream_);
  }
  GzipSource(const GzipSource&) = delete;
  GzipSource& operator=(const GzipSource&) = delete;

  bool begin() {
    constexpr int kGzipOnly = 16;
    begun_ = ::inflateInit2(&stream_, MAX_WBITS + kGzipOnly) == Z_OK;
    return begun_;
  }

  Result<std::size_t> read(char* into, std::size_t size) override {
    size = std::min<std::size_t>(size, std::numeric_limits<uInt>::max());
    while (!damaged_) {
      const auto bytes = input_.bytes();
      if (!bytes) return tl::unexpected(bytes.error());
      if (between_members_) {
        const Result<bool> more = begin_member(*bytes);
        if (!more) return tl::unexpected(more.error());
        if (!*more) return 0;
        if (between_members_) continue;
      } else if (bytes->empty()) {
        return input_.truncated();
      }
      stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes->data()));
      stream_.avail_in = static_cast<uInt>(bytes->size());
      stream_.next_out = reinterpret_cast<Bytef*>(into);
      stream_.avail_out = static_cast<uInt>(size);
      const int status = ::inflate(&stream_, Z_NO_FLUSH);
      input_.consume(bytes->size() - stream_.avail_in);
      damaged_ = status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR;
      between_members_ = status == Z_STREAM_END;
      if (const std::size_t count = size - stream_.avail_out; count > 0) return count;
    }
    return input_.damaged();
  }

 private:
  // What may stand between members: their beginnings, and zeros, with which tapes are filled up.
  Result<bool> begin_member(std::string_view bytes) {
    if (bytes.empty()) return false;
    if (bytes.front() == '\0') {
      input_.consume(std::min(bytes.find_first_not_of('\0'), bytes.size()));
      padded_ = true;
      return true;
    }
    if (padded_ || bytes.front() != '\x1f') return input_.followed();
    between_members_ = false;
    return ::inflateReset(&stream_) == Z_OK ? Result<bool>(true) : input_.damaged();
  }

  PackedInput input_;
  z_stream stream_{};
  bool begun_ = false;
  bool between_members_ = false;
  bool padded_ = false;
  bool damaged_ = false;
};

}  // namespace

Result<std::unique_ptr<ByteSource>> unpack_gzip(PackedInput input) {
  auto source = std::make_unique<GzipSource>(std::move(input));
  if (!source->begin()) return failure("no memory to unpack");
  return source;
}

}  // namespace milter_manager::maillog
