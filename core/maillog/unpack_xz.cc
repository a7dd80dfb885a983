// SPDX-License-Identifier: GPL-3.0-or-later
#include <lzma.h>

#include <optional>

#include "core/maillog/packed_input.h"
#include "core/maillog/unpack.h"

namespace milter_manager::maillog {
namespace {

class XzSource : public ByteSource {
 public:
  explicit XzSource(PackedInput input) : input_(std::move(input)) {}
  ~XzSource() override { ::lzma_end(&stream_); }
  XzSource(const XzSource&) = delete;
  XzSource& operator=(const XzSource&) = delete;

  bool begin() { return ::lzma_stream_decoder(&stream_, kUnpackMemory, LZMA_CONCATENATED) == LZMA_OK; }

  Result<std::size_t> read(char* into, std::size_t size) override {
    while (!end_) {
      const auto bytes = input_.bytes();
      if (!bytes) return tl::unexpected(bytes.error());
      stream_.next_in = reinterpret_cast<const std::uint8_t*>(bytes->data());
      stream_.avail_in = bytes->size();
      stream_.next_out = reinterpret_cast<std::uint8_t*>(into);
      stream_.avail_out = size;
      const lzma_ret status = ::lzma_code(&stream_, bytes->empty() ? LZMA_FINISH : LZMA_RUN);
      input_.consume(bytes->size() - stream_.avail_in);
      if (status != LZMA_OK) end_ = status;
      if (const std::size_t count = size - stream_.avail_out; count > 0) return count;
    }
    return *end_ == LZMA_STREAM_END ? Result<std::size_t>(0) : failed(*end_);
  }

 private:
  tl::unexpected<Error> failed(lzma_ret status) const {
    switch (status) {
      case LZMA_BUF_ERROR:
        return input_.truncated();
      case LZMA_MEMLIMIT_ERROR:
      case LZMA_MEM_ERROR:
        return input_.too_large();
      case LZMA_FORMAT_ERROR:
        return input_.followed();
      default:
        return input_.damaged();
    }
  }

  PackedInput input_;
  lzma_stream stream_ = LZMA_STREAM_INIT;
  std::optional<lzma_ret> end_;
};

}  // namespace

Result<std::unique_ptr<ByteSource>> unpack_xz(PackedInput input) {
  auto source = std::make_unique<XzSource>(std::move(input));
  if (!source->begin()) return failure("no memory to unpack");
  return source;
}

}  // namespace milter_manager::maillog
