// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/maillog/unpack.h"

#include "core/maillog/packed_input.h"

namespace milter_manager::maillog {
namespace {

// The bytes read to see what they are, and then the rest.
class SourceBehind : public ByteSource {
 public:
  SourceBehind(std::string first, std::unique_ptr<ByteSource> rest)
      : first_(std::move(first)), rest_(std::move(rest)) {}

  Result<std::size_t> read(char* into, std::size_t size) override {
    if (at_ == first_.size()) return rest_->read(into, size);
    const std::size_t count = first_.copy(into, size, at_);
    at_ += count;
    return count;
  }

 private:
  std::string first_;
  std::size_t at_ = 0;
  std::unique_ptr<ByteSource> rest_;
};

}  // namespace

Compression compression_of(std::string_view first_bytes) {
  using namespace std::string_view_literals;
  if (first_bytes.starts_with("\x1f\x8b"sv)) return Compression::gzip;
  if (first_bytes.starts_with("\x28\xb5\x2f\xfd"sv)) return Compression::zstd;
  if (first_bytes.starts_with("\xfd\x37zXZ\0"sv)) return Compression::xz;
  return Compression::none;
}

Result<std::unique_ptr<ByteSource>> unpack(Compression compression, std::unique_ptr<ByteSource> packed,
                                           std::string name) {
  PackedInput input(std::move(packed), std::move(name));
  switch (compression) {
    case Compression::gzip:
      return unpack_gzip(std::move(input));
    case Compression::zstd:
      return unpack_zstd(std::move(input));
    case Compression::xz:
      return unpack_xz(std::move(input));
    case Compression::none:
      break;
  }
  return failure("nothing to unpack");
}

Result<std::unique_ptr<ByteSource>> unpack_if_packed(std::unique_ptr<ByteSource> source, std::string name) {
  std::string first(kMagicBytes, '\0');
  std::size_t read = 0;
  while (read < first.size()) {
    const auto count = source->read(first.data() + read, first.size() - read);
    if (!count) return tl::unexpected(count.error());
    if (*count == 0) break;
    read += *count;
  }
  first.resize(read);
  const Compression compression = compression_of(first);
  source = std::make_unique<SourceBehind>(std::move(first), std::move(source));
  if (compression == Compression::none) return source;
  return unpack(compression, std::move(source), std::move(name));
}

}  // namespace milter_manager::maillog
