// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/maillog/byte_source.h"

namespace milter_manager::maillog {

enum class Compression : std::uint8_t { none, gzip, zstd, xz };

// By the source's first bytes, of which kMagicBytes are enough; names tell nothing.
inline constexpr std::size_t kMagicBytes = 6;
Compression compression_of(std::string_view first_bytes);

// Unpacks while it is read. Several compressed streams one behind the other are one log, as for zcat.
// Errors name the source: data that are damaged, that end too early, that are followed by something else,
// that need more
// memory to unpack than kUnpackMemory. What could be unpacked before has been delivered.
// Memory: some 200 KiB for gzip, what the packer chose for the others; nothing depends on the unpacked size.
// `compression` is not `none`.
inline constexpr std::uint64_t kUnpackMemory = 128ULL * 1024 * 1024;
Result<std::unique_ptr<ByteSource>> unpack(Compression compression, std::unique_ptr<ByteSource> packed,
                                           std::string name);

// The same for a source that may be compressed or not: its first bytes are read to see.
Result<std::unique_ptr<ByteSource>> unpack_if_packed(std::unique_ptr<ByteSource> source, std::string name);

}  // namespace milter_manager::maillog
