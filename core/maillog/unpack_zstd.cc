// SPDX-License-Identifier: GPL-3.0-or-later
#include <zstd.h>
#include <zstd_errors.h>

#include "core/maillog/packed_input.h"

namespace milter_manager::maillog {
namespace {

constexpr int kMaximumWindow = 27;  // as a power of 2: 128 MiB, as for the program zstd

class ZstdSource : public ByteSource {
 public:
  ZstdSource(PackedInput input, ZSTD_DCtx* context) : input_(std::move(input)), context_(context) {}

  Result<std::size_t> read(char* into, std::size_t size) override {
    for (;;) {
      const auto bytes = input_.bytes();
      if (!bytes) return tl::unexpected(bytes.error());
      if (bytes->empty() && in_frame_ && !has_more_) return input_.truncated();
      if (bytes->empty() && !in_frame_) return 0;
      ZSTD_inBuffer in{bytes->data(), bytes->size(), 0};
      ZSTD_outBuffer out{into, size, 0};
      const std::size_t status = ::ZSTD_decompressStream(context_.get(), &out, &in);
      if (::ZSTD_isError(status) != 0) return failed(status);
      input_.consume(in.pos);
      in_frame_ = status != 0;
      has_more_ = out.pos == out.size;
      if (out.pos > 0) return out.pos;
      if (bytes->empty()) has_more_ = false;
    }
  }

 private:
  struct Free {
    void operator()(ZSTD_DCtx* context) const { ::ZSTD_freeDCtx(context); }
  };
  tl::unexpected<Error> failed(std::size_t status) const {
    switch (::ZSTD_getErrorCode(status)) {
      case ZSTD_error_frameParameter_windowTooLarge:
      case ZSTD_error_memory_allocation:
        return input_.too_large();
      case ZSTD_error_prefix_unknown:
        return input_.followed();
      default:
        return input_.damaged();
    }
  }

  PackedInput input_;
  std::unique_ptr<ZSTD_DCtx, Free> context_;
  bool in_frame_ = false;
  bool has_more_ = false;  // unpacked bytes may wait that had no room
};

}  // namespace

Result<std::unique_ptr<ByteSource>> unpack_zstd(PackedInput input) {
  ZSTD_DCtx* const context = ::ZSTD_createDCtx();
  if (context == nullptr) return failure("no memory to unpack");
  ::ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, kMaximumWindow);
  return std::make_unique<ZstdSource>(std::move(input), context);
}

}  // namespace milter_manager::maillog
